//! A server, people, and their devices.

mod http;
mod raw_socket;

use std::{io, net::SocketAddr, time::Duration};

use client::{CallError, Client, Notice, Notices, Options};
use futures::StreamExt;
use parlance::{Config, Server, Switch};
use protocol::{
    Call, Chat, ConnectAuth, CreateGroup, Credentials, ErrorBody, ErrorCode, Group, JoinGroup, ListGroups,
    LoggedIn, Message, SendGroupMessage, SendPrivateMessage, ServerEvent, User, UserId, Visibility, path,
};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use self::http::Answer;
pub(crate) use self::http::request;
pub(crate) use self::raw_socket::RawSocket;

/// Long enough for a busy machine, short enough to wait for a failure.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the servers of these tests wait before they say that somebody is gone.
pub(crate) const GRACE: Duration = Duration::from_millis(300);

pub(crate) type Refused = CallError<ErrorBody>;

/// A running server.
pub(crate) struct TestServer {
    pub(crate) addr: SocketAddr,
    pub(crate) metrics_addr: Option<SocketAddr>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<io::Result<()>>,
    config: Config,
    /// Removed with the server.
    data_dir: TempDir,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let data_dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut config = Config {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: data_dir.path().to_owned(),
            log: "info".to_owned(),
            rate_limit: Switch::On,
            token_ttl: Duration::from_secs(60),
            session_ttl: Duration::from_secs(60 * 60),
            presence_grace: GRACE,
            allow_origin: Vec::new(),
            trusted_proxies: Vec::new(),
            tls_cert: None,
            tls_key: None,
            database: None,
            redis: None,
            metrics: None,
            #[cfg(feature = "opentelemetry")]
            otlp: None,
        };
        change(&mut config);
        Self::run(config, data_dir).await
    }

    async fn run(config: Config, data_dir: TempDir) -> Self {
        let server = Server::bind(config.clone(), &[]).await.unwrap();
        let (addr, metrics_addr) = (server.local_addr(), server.metrics_addr());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async {
            stopped.await.ok();
        }));
        Self { addr, metrics_addr, stop, running, config, data_dir }
    }

    /// Ends it as Ctrl-C does.
    pub(crate) async fn stop(self) {
        self.end().await;
    }

    /// Ends it and starts another one on the same port and data.
    pub(crate) async fn restart(self) -> Self {
        let addr = self.addr;
        let (config, data_dir) = self.end().await;
        Self::run(Config { addr, ..config }, data_dir).await
    }

    async fn end(self) -> (Config, TempDir) {
        self.stop.send(()).ok();
        patiently(self.running).await.unwrap().unwrap();
        (self.config, self.data_dir)
    }

    pub(crate) fn data_dir(&self) -> &std::path::Path {
        &self.config.data_dir
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Registers somebody.
    pub(crate) async fn person(&self, name: &str) -> Person {
        register(self.addr, name).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        self.request("POST", path, &all, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], "").await
    }

    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        request(self.addr, method, path, headers, body).await
    }
}

pub(crate) async fn register(addr: SocketAddr, name: &str) -> Person {
    let headers = [("content-type", "application/json")];
    let answer = request(addr, "POST", path::REGISTER, &headers, &credentials(name, "password")).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    Person { addr, login: answer.json() }
}

/// Logs in somebody who has registered.
pub(crate) async fn log_in(addr: SocketAddr, name: &str) -> Person {
    let answer = answer_of(addr, path::LOGIN, &credentials(name, "password")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    Person { addr, login: answer.json() }
}

/// The answer to JSON that is posted.
pub(crate) async fn answer_of(addr: SocketAddr, path: &str, body: &str) -> Answer {
    request(addr, "POST", path, &[("content-type", "application/json")], body).await
}

pub(crate) fn credentials(name: &str, password: &str) -> String {
    let (username, password) = (name.parse().unwrap(), password.parse().unwrap());
    serde_json::to_string(&Credentials { username, password }).unwrap()
}

/// Somebody who is logged in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) addr: SocketAddr,
    pub(crate) login: LoggedIn,
}

impl Person {
    pub(crate) fn user(&self) -> &User {
        &self.login.user
    }

    pub(crate) fn id(&self) -> UserId {
        self.login.user.id
    }

    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.login.token)
    }

    /// A device that is connected, and was told who is online.
    pub(crate) async fn connect(&self) -> Device {
        let mut device = self.try_connect(&self.login.token);
        match device.notice().await {
            Notice::Connected => {}
            other => panic!("{other:?}"),
        }
        device
    }

    /// A device that connects with this token, or does not.
    pub(crate) fn try_connect(&self, token: &str) -> Device {
        let token = token.to_owned();
        let options = Options::new(format!("http://{}", self.addr))
            .auth(move || ConnectAuth::new(token.clone()))
            .call_timeout(PATIENCE);
        let (client, notices) = client::native::connect(options);
        Device { client, notices }
    }
}

/// A connection of somebody's.
pub(crate) struct Device {
    pub(crate) client: Client<Chat>,
    notices: Notices<Chat>,
}

impl Device {
    pub(crate) async fn call<E: Call<Catalogue = Chat>>(&self, event: E) -> Result<E::Ack, Refused> {
        self.client.call(event).await
    }

    pub(crate) async fn say(&self, to: &Person, text: &str) -> Message {
        self.call(private(to.id(), text, None)).await.unwrap()
    }

    pub(crate) async fn say_to_group(&self, to: &Group, text: &str) -> Message {
        self.call(to_group(to, text)).await.unwrap()
    }

    pub(crate) async fn create_group(&self, name: &str) -> Group {
        let name = name.parse().unwrap();
        self.call(CreateGroup { name, visibility: Visibility::Public, client_id: None }).await.unwrap()
    }

    pub(crate) async fn join(&self, group: &Group) -> Group {
        self.call(JoinGroup { group_id: group.id }).await.unwrap()
    }

    /// What it is told next.
    pub(crate) async fn notice(&mut self) -> Notice<Chat> {
        patiently(self.notices.next()).await.expect("the connection's end was told before")
    }

    /// The next event, whatever it is.
    pub(crate) async fn any_event(&mut self) -> ServerEvent {
        match self.notice().await {
            Notice::Event(event) => event,
            other => panic!("{other:?}"),
        }
    }

    /// The next event that is not about who comes and goes.
    pub(crate) async fn event(&mut self) -> ServerEvent {
        loop {
            let event = self.any_event().await;
            let presence = matches!(
                event,
                ServerEvent::OnlineUsers(_)
                    | ServerEvent::PresenceChanged(_)
                    | ServerEvent::UserOnline(_)
                    | ServerEvent::UserOffline(_)
            );
            if !presence {
                return event;
            }
        }
    }

    /// Checks that nothing else came: a note to oneself is what arrives next, at this device and at the
    /// others of its owner.
    pub(crate) async fn nothing_else(&mut self, owner: &Person) {
        let note = self.say(owner, "is anything before this?").await;
        match self.event().await {
            ServerEvent::MessageSent(message) => assert_eq!(message, note),
            other => panic!("{other:?}"),
        }
        match self.event().await {
            ServerEvent::PrivateMessage(message) => assert_eq!(message, note),
            other => panic!("{other:?}"),
        }
    }

    /// It was not let in.
    pub(crate) async fn refused(&mut self) {
        match self.notice().await {
            Notice::Refused { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    /// The connection works.
    pub(crate) async fn is_up(&self) {
        self.call(ListGroups::default()).await.unwrap();
    }
}

pub(crate) fn private(to: UserId, text: &str, client_id: Option<&str>) -> SendPrivateMessage {
    let client_id = client_id.map(|id| id.parse().unwrap());
    SendPrivateMessage { client_id, ..SendPrivateMessage::new(to, text.parse().unwrap()) }
}

pub(crate) fn to_group(group: &Group, text: &str) -> SendGroupMessage {
    SendGroupMessage::new(group.id, text.parse().unwrap())
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Refused>) -> ErrorCode {
    match result {
        Err(CallError::Refused(body)) => body.code,
        other => panic!("{other:?}"),
    }
}

/// A session over HTTP alone, by hand.
pub(crate) struct Polling<'a> {
    server: &'a TestServer,
    pub(crate) url: String,
}

impl<'a> Polling<'a> {
    pub(crate) async fn open(server: &'a TestServer) -> Self {
        let url = format!("{}?EIO=4&transport=polling", path::SOCKET_IO);
        let open = server.get(&url).await;
        let open: serde_json::Value = serde_json::from_str(open.body.strip_prefix('0').unwrap()).unwrap();
        Self { server, url: format!("{url}&sid={}", open["sid"].as_str().unwrap()) }
    }

    pub(crate) async fn connect(server: &'a TestServer, person: &Person) -> Self {
        let polling = Self::open(server).await;
        let connect = format!("40{}", serde_json::json!({ "token": person.login.token }));
        assert_eq!(polling.post(&connect).await.status, 200);
        while !polling.poll().await.body.contains("40{") {}
        polling
    }

    pub(crate) async fn post(&self, packets: &str) -> Answer {
        let plain = [("content-type", "text/plain;charset=UTF-8")];
        self.server.request("POST", &self.url, &plain, packets).await
    }

    pub(crate) async fn poll(&self) -> Answer {
        self.server.get(&self.url).await
    }
}

pub(crate) async fn patiently<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("nothing happened for ten seconds")
}
