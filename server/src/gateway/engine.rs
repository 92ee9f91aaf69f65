//! The layer in front of engineioxide: every request of Engine.IO passes here first.
//!
//! It gives each connection its [`Transport`], puts the [`Wire`] under WebSockets, counts what a poll takes
//! along, hands over a POST's packets only as fast as they can be taken, and answers itself where
//! engineioxide does not follow the protocol (`socketio/engine.io-protocol`).

use std::{
    borrow::Cow,
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{Method, Response, StatusCode, Uri, header::CONTENT_TYPE},
    routing::any,
};
use futures::future::BoxFuture;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use protocol::{limits, session::path};
use serde::Deserialize;
use tokio::time::{sleep, timeout};
use tower::{Service, ServiceExt};

use super::{
    handshake,
    on_drop::OnDrop,
    packet,
    poll::Poll,
    transport::{PLACEHOLDER, Transport},
    wire::Wire,
};

/// Between two packets of a payload.
const SEPARATOR: char = '\x1e';
/// Packets of a POST that are handed over together.
const TOGETHER: usize = 64;
/// How long the body of a POST may take.
const BODY: Duration = Duration::from_secs(30);
/// How long a poll waits for the last packet of an upgrade, which is on its way.
const UPGRADING: Duration = Duration::from_millis(50);
/// How long a client has to fetch what waits for it before its polling session is closed.
const FAREWELL: Duration = Duration::from_secs(1);

/// Engine.IO's own errors.
const UNKNOWN_SESSION: &str = r#"{"code":1,"message":"Session ID unknown"}"#;
const BAD_REQUEST: &str = r#"{"code":3,"message":"Bad request"}"#;

type Answer = Response<Body>;
type Stream = Wire<TokioIo<Upgraded>>;

/// What is behind this layer: engineioxide, with socketioxide on it.
pub(super) trait EngineService: Send + Sync {
    fn ask(&self, request: Request) -> BoxFuture<'static, Answer>;

    /// Serves a WebSocket whose request was answered before.
    fn speak(&self, stream: Stream, request: axum::http::Request<()>);
}

impl<S, B> EngineService for S
where
    S: Service<Request, Response = Response<B>, Error = Infallible>
        + Service<(Stream, axum::http::Request<()>)>
        + Clone
        + Send
        + Sync
        + 'static,
    <S as Service<Request>>::Future: Send,
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    fn ask(&self, request: Request) -> BoxFuture<'static, Answer> {
        let answering = ServiceExt::<Request>::oneshot(self.clone(), request);
        Box::pin(async move {
            let Ok(answer) = answering.await;
            answer.map(Body::new)
        })
    }

    fn speak(&self, stream: Stream, request: axum::http::Request<()>) {
        // The call starts a task; there is nothing to wait for.
        drop(self.clone().call((stream, request)));
    }
}

#[derive(Clone)]
pub(super) struct Engine(Arc<Shared>);

struct Shared {
    service: Box<dyn EngineService>,
    sessions: Arc<Sessions>,
    /// Nothing new is accepted.
    stopping: AtomicBool,
}

/// Polling sessions by their ids.
#[derive(Default)]
struct Sessions(Mutex<HashMap<String, Weak<Transport>>>);

impl Sessions {
    fn get(&self, id: &str) -> Option<Arc<Transport>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id)?.upgrade()
    }

    fn add(self: &Arc<Self>, id: &str, transport: &Arc<Transport>) {
        let (sessions, listed) = (Arc::downgrade(self), id.to_owned());
        transport.when_gone(OnDrop::new(move || {
            if let Some(sessions) = sessions.upgrade() {
                sessions.remove(&listed);
            }
        }));
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(id.to_owned(), Arc::downgrade(transport));
    }

    fn remove(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

/// What a request asks for.
struct Asked {
    websocket: bool,
    session: Option<String>,
}

impl Asked {
    fn read(uri: &Uri) -> Self {
        let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        let value = |wanted: &str| pairs.clone().find(|(name, _)| *name == wanted).map(|(_, value)| value);
        Self { websocket: value("transport") == Some("websocket"), session: value("sid").map(str::to_owned) }
    }
}

impl Engine {
    pub(super) fn new(service: impl EngineService + 'static) -> Self {
        Self(Arc::new(Shared {
            service: Box::new(service),
            sessions: Arc::default(),
            stopping: AtomicBool::new(false),
        }))
    }

    pub(super) fn router(&self) -> Router {
        Router::new()
            .route(path::SOCKET_IO, any(serve))
            .route(path::SOCKET_IO.trim_end_matches('/'), any(serve))
            .with_state(self.clone())
    }

    /// From now on opens no connection, and accepts nothing over polling.
    pub(super) fn stop(&self) {
        self.0.stopping.store(true, SeqCst);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.0.stopping.load(SeqCst)
    }

    /// Closes a connection when everything that waits for it is sent.
    pub(super) fn leave(&self, transport: &Arc<Transport>, session: &str) {
        transport.leave();
        if !transport.is_wired() {
            let (engine, session) = (self.clone(), session.to_owned());
            tokio::spawn(async move {
                sleep(FAREWELL).await;
                engine.close(&session).await;
            });
        }
    }

    /// Closes a connection now. Returns whether it was open.
    pub(super) fn cut(&self, transport: &Arc<Transport>, session: &str) -> bool {
        let was_open = transport.cut();
        if was_open && !transport.is_wired() {
            let (engine, session) = (self.clone(), session.to_owned());
            tokio::spawn(async move { engine.close(&session).await });
        }
        was_open
    }

    /// Closes a session that polls, or has not finished its upgrade, as if the client had closed it.
    async fn close(&self, session: &str) {
        self.say(session, "1").await;
    }

    /// Sends packets in a polling client's place.
    async fn say(&self, session: &str, packets: &str) -> Answer {
        self.hand_over(&polling(session), packets.to_owned()).await
    }

    async fn hand_over(&self, uri: &Uri, packets: String) -> Answer {
        let request = Request::post(uri).header(CONTENT_TYPE, "text/plain;charset=UTF-8");
        match request.body(Body::from(packets)) {
            Ok(request) => self.ask(request).await,
            Err(_) => bad_request(),
        }
    }

    /// Passes a request to engineioxide and returns its answer.
    async fn ask(&self, request: Request) -> Answer {
        self.0.service.ask(request).await
    }

    async fn serve(&self, mut request: Request) -> Answer {
        let Asked { websocket, session } = Asked::read(request.uri());
        if self.is_stopping() && (session.is_none() || request.method() == Method::POST) {
            return answer(StatusCode::SERVICE_UNAVAILABLE, "");
        }
        let upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let request = handshake::slim(request).await;
        let method = request.method().clone();
        let transport = session.as_deref().map(|session| self.0.sessions.get(session));
        let answer = match (method, websocket, session.zip(transport.flatten())) {
            (Method::GET, true, listed) => return self.connect(request, upgrade, listed).await,
            (Method::GET, false, None) => self.open(request).await,
            (Method::GET, false, Some((session, transport))) => {
                self.poll(request, &session, &transport).await
            }
            (Method::POST, false, Some((session, transport))) => {
                self.post(request, &session, &transport).await
            }
            _ => self.ask(request).await,
        };
        in_numbers(answer).await
    }

    /// Begins a polling session. (A request with an unknown session id comes here too, and is refused.)
    async fn open(&self, mut request: Request) -> Answer {
        #[derive(Deserialize)]
        struct Open {
            sid: String,
        }

        let transport = Transport::new();
        transport.block(true);
        request.extensions_mut().insert(transport.clone());
        let (head, body) = self.ask(request).await.into_parts();
        let body = whole(body).await;
        if head.status == StatusCode::OK
            && let Some(open) = body.strip_prefix(b"0")
            && let Ok(Open { sid }) = serde_json::from_slice(open)
        {
            self.0.sessions.add(&sid, &transport);
        }
        Response::from_parts(head, Body::from(body))
    }

    async fn poll(&self, request: Request, session: &str, transport: &Arc<Transport>) -> Answer {
        if transport.is_wired() {
            timeout(UPGRADING, transport.upgrade()).await.ok();
        }
        if transport.is_upgraded() {
            return bad_request();
        }
        // Something is missing in what waits for it.
        if transport.is_cut() {
            return answer(StatusCode::BAD_REQUEST, UNKNOWN_SESSION);
        }
        transport.block(false);
        let end = self.end_with_poll(transport.clone(), session.to_owned());
        let poll = Poll::new(transport.clone(), end);
        let answer = self.next_payload(request, session, poll).await;
        transport.block(!transport.is_wired());
        answer
    }

    /// Fetches what engineioxide has for a client that polls.
    async fn next_payload(&self, request: Request, session: &str, mut poll: Poll) -> Answer {
        let uri = request.uri().clone();
        let transport = poll.transport.clone();
        let mut asked = self.ask(request).await;
        loop {
            let (head, body) = asked.into_parts();
            if head.status != StatusCode::OK {
                poll.is_over();
                return Response::from_parts(head, body);
            }
            poll.has_packets();
            let body = whole(body).await;
            let Ok(payload) = str::from_utf8(&body) else {
                return Response::from_parts(head, poll.deliver(body));
            };
            let mut packets: Vec<Cow<'_, str>> = payload.split(SEPARATOR).map(Cow::from).collect();
            for packet in packets.iter_mut().filter(|packet| **packet == PLACEHOLDER) {
                *packet = transport.next_shared().unwrap_or_default().to_string().into();
            }
            let counted = packets.iter().filter(|packet| is_counted(packet));
            let (bytes, count) =
                counted.fold((0, 0), |(bytes, count), packet| (bytes + packet.len(), count + 1));
            transport.progressed();
            transport.left(bytes, count);
            if packets.iter().any(|packet| packet == "2") && transport.is_first_ping() {
                packets.retain(|packet| packet != "2");
                self.say(session, "3").await;
            }
            if !packets.is_empty() {
                let payload = packets.join(&SEPARATOR.to_string());
                return answer(StatusCode::OK, "").map(|_| poll.deliver(payload.into()));
            }
            let Ok(again) = Request::get(&uri).body(Body::empty()) else { return bad_request() };
            asked = self.ask(again).await;
        }
    }

    async fn post(&self, request: Request, session: &str, transport: &Transport) -> Answer {
        if transport.is_upgraded() {
            return bad_request();
        }
        // Two at a time could overtake each other; Engine.IO closes such a client's session.
        if transport.posting.swap(true, SeqCst) {
            self.close(session).await;
            return bad_request();
        }
        let answer = self.take(request, session, transport).await;
        transport.posting.store(false, SeqCst);
        answer
    }

    /// Hands over a POST's packets as fast as they can be taken.
    async fn take(&self, request: Request, session: &str, transport: &Transport) -> Answer {
        let (head, body) = request.into_parts();
        let Ok(Ok(body)) = timeout(BODY, to_bytes(body, limits::FRAME_BYTES)).await else {
            self.close(session).await;
            return answer(StatusCode::PAYLOAD_TOO_LARGE, "");
        };
        let mut body = body.to_vec();
        for packet in body.split_mut(|byte| *byte == SEPARATOR as u8) {
            if packet::has_unanswerable_id(packet) {
                self.close(session).await;
                return bad_request();
            }
            if packet::names_namespace(packet) {
                packet::without_query(packet);
            }
        }
        // An empty payload would be one empty packet, which does not exist.
        let payload = String::from_utf8(body).unwrap_or_default();
        if payload.is_empty() {
            self.close(session).await;
            return bad_request();
        }
        let packets: Vec<&str> = payload.split(SEPARATOR).collect();
        let mut last = bad_request();
        for some in packets.chunks(TOGETHER) {
            transport.emptied().await;
            if self.is_stopping() {
                return answer(StatusCode::SERVICE_UNAVAILABLE, "");
            }
            last = self.hand_over(&head.uri, some.join(&SEPARATOR.to_string())).await;
            if last.status() != StatusCode::OK {
                break;
            }
        }
        last
    }

    /// Begins a WebSocket: a new connection, or the upgrade of a polling session.
    async fn connect(
        &self,
        request: Request,
        upgrade: Option<OnUpgrade>,
        session: Option<(String, Arc<Transport>)>,
    ) -> Answer {
        let asked = Asked::read(request.uri()).session;
        if asked.is_some() && session.is_none() {
            return in_numbers(self.unknown(request).await).await;
        }
        let transport = session.as_ref().map_or_else(Transport::new, |(_, transport)| transport.clone());
        let Some(upgrade) = upgrade else { return in_numbers(self.refuse(request).await).await };
        let uri = request.uri().clone();
        // engineioxide checks the request and writes the answer to it. After that it finds no network
        // connection, because we take that first.
        let answer = self.ask(request).await;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            return in_numbers(answer).await;
        }
        if !transport.wired() {
            return bad_request();
        }
        let engine = self.clone();
        tokio::spawn(async move {
            let session = session.map(|(session, _)| session);
            if let Ok(stream) = upgrade.await {
                let closed = session.map_or_else(OnDrop::nothing, |session| {
                    engine.close_unless_upgraded(transport.clone(), session)
                });
                let wire = Wire::new(TokioIo::new(stream), transport.clone(), closed);
                let Ok(mut request) = Request::get(uri).body(()) else { return };
                request.extensions_mut().insert(transport);
                engine.0.service.speak(wire, request);
            } else if let Some(session) = session {
                engine.close(&session).await;
            }
        });
        answer
    }

    /// For the stream under a WebSocket. If the upgrade was broken off when it is gone, the session is closed: it
    /// neither polls nor has a WebSocket.
    fn close_unless_upgraded(&self, transport: Arc<Transport>, session: String) -> OnDrop {
        let engine = self.clone();
        OnDrop::new(move || {
            if !transport.is_upgraded()
                && let Ok(runtime) = tokio::runtime::Handle::try_current()
            {
                runtime.spawn(async move { engine.close(&session).await });
            }
        })
    }

    /// For a poll that is broken off.
    pub(super) fn end_with_poll(&self, transport: Arc<Transport>, session: String) -> OnDrop {
        let engine = self.clone();
        OnDrop::new(move || {
            if tokio::runtime::Handle::try_current().is_ok() {
                tracing::debug!(session, "a poll was broken off, and its session ends");
                engine.cut(&transport, &session);
            }
        })
    }

    /// A request for a WebSocket whose session id is not known.
    async fn unknown(&self, request: Request) -> Answer {
        let answered = self.ask(request).await;
        match answered.status() {
            StatusCode::SWITCHING_PROTOCOLS => answer(StatusCode::BAD_REQUEST, UNKNOWN_SESSION),
            _ => answered,
        }
    }

    /// A request for a WebSocket without an upgrade.
    async fn refuse(&self, request: Request) -> Answer {
        let answered = self.ask(request).await;
        match answered.status() {
            StatusCode::SWITCHING_PROTOCOLS => bad_request(),
            _ => answered,
        }
    }
}

async fn serve(State(engine): State<Engine>, request: Request) -> Answer {
    engine.serve(request).await
}

/// An event or an ack.
fn is_counted(packet: &str) -> bool {
    packet.starts_with("42") || packet.starts_with("43")
}

fn polling(session: &str) -> Uri {
    let uri = format!("{}?EIO=4&transport=polling&sid={session}", path::SOCKET_IO);
    uri.parse().unwrap_or_default()
}

/// Writes error codes as numbers, and gives a refusal without a body the error for a bad request.
async fn in_numbers(answered: Answer) -> Answer {
    #[derive(Deserialize)]
    struct Refusal<'a> {
        code: &'a str,
        message: &'a str,
    }

    if answered.status() != StatusCode::BAD_REQUEST {
        return answered;
    }
    let body = whole(answered.into_body()).await;
    match serde_json::from_slice(&body) {
        Ok(Refusal { code, message }) => {
            answer(StatusCode::BAD_REQUEST, format!(r#"{{"code":{code},"message":"{message}"}}"#))
        }
        Err(_) if body.is_empty() => bad_request(),
        Err(_) => answer(StatusCode::BAD_REQUEST, body),
    }
}

fn bad_request() -> Answer {
    answer(StatusCode::BAD_REQUEST, BAD_REQUEST)
}

fn answer(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let body = body.into();
    let kind = if status == StatusCode::OK { "text/plain; charset=UTF-8" } else { "application/json" };
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, axum::http::HeaderValue::from_static(kind));
    answer
}

/// A body that is in memory already.
async fn whole(body: Body) -> Bytes {
    to_bytes(body, usize::MAX).await.unwrap_or_default()
}
