//! The layer in front of engineioxide: every request of Engine.IO passes here first.
//!
//! It gives each connection its [`Transport`], puts the [`Wire`] under WebSockets, counts what a poll takes
//! along, hands over a POST's packets only as fast as they can be taken, and answers itself where
//! engineioxide does not follow the protocol (`socketio/engine.io-protocol`).

mod polling;
mod response;
mod sessions;

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{
        HeaderValue, Method, Response, StatusCode, Uri,
        header::{CONTENT_TYPE, SEC_WEBSOCKET_VERSION},
    },
    routing::any,
};
use futures::future::BoxFuture;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use protocol::session::path;
use tokio::time::sleep;
use tower::{Service, ServiceExt};

use self::{
    response::{Answer, UNKNOWN_SESSION, answer, bad_request, in_numbers},
    sessions::Sessions,
};
use super::{handshake, on_drop::OnDrop, refusals::RefusalLog, transport::Transport, wire::Wire};
use crate::{client_address::ClientAddress, request_id::RequestId};

/// How long a client has to fetch what waits for it before its polling session is closed.
const FAREWELL: Duration = Duration::from_secs(1);

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
    refusals: Arc<RefusalLog>,
    /// Nothing new is accepted.
    stopping: AtomicBool,
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
            refusals: Arc::default(),
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

    /// What the log says of refused clients.
    pub(super) fn refusals(&self) -> &RefusalLog {
        &self.0.refusals
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
        let upgrade = upgrade.filter(|_| handshake::asks_for_websocket(request.headers()));
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
        let Some(upgrade) = upgrade else {
            let mut refusal = in_numbers(self.refuse(request).await).await;
            let version = HeaderValue::from_static(handshake::VERSION);
            refusal.headers_mut().insert(SEC_WEBSOCKET_VERSION, version);
            return refusal;
        };
        let uri = request.uri().clone();
        let id = request.extensions().get::<RequestId>().cloned();
        let address = request.extensions().get::<ClientAddress>().copied();
        // engineioxide checks the request and writes the answer to it. After that it finds no network
        // connection, because we take that first.
        let answer = self.ask(request).await;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            return in_numbers(answer).await;
        }
        if !transport.wired() {
            return bad_request();
        }
        if session.is_none() {
            transport.upgraded();
        }
        let engine = self.clone();
        tokio::spawn(async move {
            let session = session.map(|(session, _)| session);
            if let Ok(stream) = upgrade.await {
                let closed = session.map_or_else(OnDrop::nothing, |session| {
                    engine.close_unless_upgraded(transport.clone(), session)
                });
                let wire =
                    Wire::new(TokioIo::new(stream), transport.clone(), engine.0.refusals.clone(), closed);
                let Ok(mut request) = Request::get(uri).body(()) else { return };
                request.extensions_mut().insert(transport);
                id.and_then(|id| request.extensions_mut().insert(id));
                address.and_then(|address| request.extensions_mut().insert(address));
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

    /// A request for a WebSocket whose session id is not known.
    async fn unknown(&self, request: Request) -> Answer {
        let answered = self.ask(request).await;
        match answered.status() {
            StatusCode::SWITCHING_PROTOCOLS => answer(StatusCode::BAD_REQUEST, UNKNOWN_SESSION),
            _ => answered,
        }
    }

    /// A request for a WebSocket without an upgrade, or with one that is not right.
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

fn polling(session: &str) -> Uri {
    let uri = format!("{}?EIO=4&transport=polling&sid={session}", path::SOCKET_IO);
    uri.parse().unwrap_or_default()
}
