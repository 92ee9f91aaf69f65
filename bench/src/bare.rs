//! socketioxide and nothing else, with the documented events: how fast the library itself is.
//!
//! Like the peers on Node it has no login, presence, store and checks. [`adapters`] has several that tell each other.

pub(crate) mod adapters;

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use socketioxide::{
    SocketIo,
    adapter::Adapter,
    extract::{AckSender, Data, SocketRef},
    handler::ConnectHandler as _,
};

#[derive(Deserialize)]
struct Auth {
    token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Private {
    recipient_id: String,
    content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    group_id: String,
    #[serde(default)]
    content: String,
}

#[derive(Deserialize)]
struct NewGroup {
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: String,
    sender_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<String>,
    content: String,
    seq: u64,
    created_at: u64,
}

#[derive(Serialize)]
struct Reply<T> {
    data: T,
}

#[derive(Serialize)]
struct NamedGroup {
    id: String,
    name: String,
}

#[derive(Default)]
struct Heads {
    conversations: Mutex<HashMap<String, u64>>,
    ids: AtomicU64,
}

impl Heads {
    fn next(&self, conversation: String) -> u64 {
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        let head = conversations.entry(conversation).or_default();
        *head += 1;
        *head
    }

    fn id(&self) -> String {
        format!("0192e4a0-7b3c-7000-8000-{:012x}", self.ids.fetch_add(1, Ordering::Relaxed))
    }
}

/// Serves until the process is ended.
pub(crate) async fn serve() -> Result<()> {
    let (layer, io) = SocketIo::new_layer();
    let heads = Arc::new(Heads::default());
    // Runs before CONNECT is answered; otherwise the first events of a fast client would find no handler.
    let admit = move |socket: SocketRef, Data::<Auth>(auth)| {
        let heads = heads.clone();
        async move {
            let user = Arc::new(auth.token);
            socket.join(format!("user:{user}"));
            on_private(&socket, user.clone(), heads.clone());
            on_group(&socket, user, heads);
            Ok::<(), Infallible>(())
        }
    };
    io.ns("/", { async || () }.with(admit));
    listen(layer).await
}

/// Listens on a free port and says where.
async fn listen(layer: socketioxide::layer::SocketIoLayer<impl Adapter>) -> Result<()> {
    use axum::serve::ListenerExt as _;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = axum::Router::new().layer(layer);
    let listener = listener.tap_io(|stream| {
        stream.set_nodelay(true).ok();
    });
    Ok(axum::serve(listener, app).await?)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

fn on_private(socket: &SocketRef, user: Arc<String>, heads: Arc<Heads>) {
    socket.on("privateMessage", async move |socket: SocketRef, Data::<Private>(sent), ack: AckSender| {
        let mut pair = [user.as_str(), &sent.recipient_id];
        pair.sort_unstable();
        let message = Message {
            id: heads.id(),
            sender_id: user.to_string(),
            seq: heads.next(pair.join(",")),
            content: sent.content,
            recipient_id: Some(sent.recipient_id),
            group_id: None,
            created_at: now(),
        };
        let recipient = format!("user:{}", message.recipient_id.as_deref().unwrap_or_default());
        ack.send(&Reply { data: &message }).ok();
        socket.within(format!("user:{user}")).emit("messageSent", &message).await.ok();
        socket.within(recipient).emit("privateMessage", &message).await.ok();
    });
}

fn on_group(socket: &SocketRef, user: Arc<String>, heads: Arc<Heads>) {
    let ids = heads.clone();
    socket.on("createGroup", async move |socket: SocketRef, Data::<NewGroup>(new), ack: AckSender| {
        let group = NamedGroup { id: ids.id(), name: new.name };
        socket.join(format!("group:{}", group.id));
        ack.send(&Reply { data: group }).ok();
    });
    socket.on("joinGroup", async move |socket: SocketRef, Data::<Group>(group), ack: AckSender| {
        socket.join(format!("group:{}", group.group_id));
        ack.send(&Reply { data: NamedGroup { id: group.group_id, name: String::new() } }).ok();
    });
    socket.on("groupMessage", async move |socket: SocketRef, Data::<Group>(sent), ack: AckSender| {
        let room = format!("group:{}", sent.group_id);
        let message = Message {
            id: heads.id(),
            sender_id: user.to_string(),
            seq: heads.next(sent.group_id.clone()),
            content: sent.content,
            recipient_id: None,
            group_id: Some(sent.group_id),
            created_at: now(),
        };
        ack.send(&Reply { data: &message }).ok();
        socket.within(room).emit("groupMessage", &message).await.ok();
    });
}
