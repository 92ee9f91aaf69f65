//! A node of several: socketioxide with one of its adapters, and groups.
//!
//! Its sender is told whether the adapter took the message. A socket's queue is so long that whatever is missing
//! was lost between the nodes.

use anyhow::{Result, anyhow, bail};
use socketioxide::{
    SocketIo,
    adapter::Adapter,
    extract::{AckSender, Data, SocketRef},
    handler::ConnectHandler as _,
};
use socketioxide_postgres::{PostgresAdapterCtr, SqlxAdapter, drivers::sqlx::sqlx_client::PgPool};
use socketioxide_redis::{RedisAdapter, RedisAdapterCtr, drivers::redis::redis_client};

use super::{Group, Message, NamedGroup, NewGroup, Reply, listen, now};

/// Packets that may wait for a socket.
const WAITING: usize = 1_000_000;

/// Serves until the process is ended.
pub(crate) async fn serve(engine: &str, url: &str) -> Result<()> {
    let builder = SocketIo::builder().max_buffer_size(WAITING);
    match engine {
        "redis" => {
            let client = redis_client::Client::open(format!("{url}?protocol=resp3"))?;
            let adapter = RedisAdapterCtr::new_with_redis(&client).await?;
            let (layer, io) = builder.with_adapter::<RedisAdapter<_>>(adapter).build_layer();
            io.ns("/", connected.with(admit)).await.map_err(|error| anyhow!("{error:?}"))?;
            listen(layer).await
        }
        "postgres" => {
            let adapter = PostgresAdapterCtr::new_with_sqlx(PgPool::connect(url).await?);
            let (layer, io) = builder.with_adapter::<SqlxAdapter<_>>(adapter).build_layer();
            io.ns("/", connected.with(admit)).await.map_err(|error| anyhow!("{error:?}"))?;
            listen(layer).await
        }
        other => bail!("there is no adapter `{other}`"),
    }
}

async fn connected<A: Adapter>(_: SocketRef<A>) {}

async fn admit<A: Adapter>(socket: SocketRef<A>) -> Result<(), std::convert::Infallible> {
    socket.on("createGroup", async |socket: SocketRef<A>, Data::<NewGroup>(new), ack: AckSender<A>| {
        socket.join(new.name.clone());
        ack.send(&Reply { data: NamedGroup { id: new.name, name: String::new() } }).ok();
    });
    socket.on("joinGroup", async |socket: SocketRef<A>, Data::<Group>(group), ack: AckSender<A>| {
        socket.join(group.group_id.clone());
        ack.send(&Reply { data: NamedGroup { id: group.group_id, name: String::new() } }).ok();
    });
    socket.on("groupMessage", async |socket: SocketRef<A>, Data::<Group>(sent), ack: AckSender<A>| {
        let room = sent.group_id.clone();
        let message = Message {
            id: "0192e4a0-7b3c-7000-8000-000000000000".to_owned(),
            sender_id: socket.id.to_string(),
            seq: 0,
            content: sent.content,
            recipient_id: None,
            group_id: Some(sent.group_id),
            created_at: now(),
        };
        match socket.within(room).emit("groupMessage", &message).await {
            Ok(()) => ack.send(&Reply { data: message }).ok(),
            Err(error) => ack.send(&error.to_string()).ok(),
        };
    });
    Ok(())
}
