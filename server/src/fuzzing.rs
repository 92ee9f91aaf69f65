//! Entry points for the fuzzers in `server/fuzz`. Each decodes something that strangers send.

use std::{net::SocketAddr, path::Path, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request},
    http::StatusCode,
};
use protocol::{Timestamp, UserId, Username};
use tokio::{runtime::Runtime, time::timeout};
use tower::ServiceExt;

pub use crate::gateway::fuzzing::wire;
use crate::{
    Config, Server, Switch,
    auth::{
        device::Devices,
        name,
        refresh::RefreshSecret,
        token::{Grant, Tokens},
    },
    ids::SessionId,
};

/// What all spellings of a name have in common, and what all that look like it have.
#[must_use]
pub fn name(username: &Username) -> (Option<String>, Vec<String>) {
    (name::fold(username), name::looks(username))
}

/// The form of a password that is hashed.
#[must_use]
pub fn password(typed: &str) -> String {
    name::password(typed)
}

pub use crate::store::message_search::fuzzing::search;

/// A server's secrets, and one example of everything that it signs.
pub struct Secrets {
    tokens: Tokens,
    devices: Devices,
    /// A token, a refresh token, and the cookie of a known browser.
    pub genuine: [String; 3],
}

impl Secrets {
    /// The secrets are the same each time, except for their random parts.
    ///
    /// # Panics
    /// When the system has no random bytes.
    #[must_use]
    pub fn new() -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        let (tokens, devices) = (Tokens::new(&[7; 32], day), Devices::new(&[7; 32]).expect("a key"));
        let (user, session) = (UserId::from_bytes([1; 16]), SessionId([2; 16]));
        let grant = Grant { user, session, rotation: 0, ends_at: Timestamp(i64::MAX) };
        let token = tokens.issue(grant).expect("a token").token;
        let refresh = RefreshSecret::random().expect("something random").token(session);
        let device = devices.issue(user).expect("something random");
        Self { tokens, devices, genuine: [token, refresh, device] }
    }

    /// Whether a text is accepted as a token, has the form of a refresh token, and is accepted as the cookie
    /// of a known browser.
    #[must_use]
    pub fn accepts(&self, text: &str) -> [bool; 3] {
        [
            self.tokens.verify(text).is_ok(),
            RefreshSecret::parse(text).is_some(),
            self.devices.read(text).is_some(),
        ]
    }
}

impl Default for Secrets {
    fn default() -> Self {
        Self::new()
    }
}

/// A server on a free port, without limits.
///
/// # Panics
/// Never: the network is a constant.
#[must_use]
pub fn config(data_dir: &Path) -> Config {
    Config {
        addr: ([127, 0, 0, 1], 0).into(),
        data_dir: data_dir.to_owned(),
        log: String::new(),
        rate_limit: Switch::Off,
        token_ttl: Duration::from_secs(24 * 60 * 60),
        session_ttl: Duration::from_secs(24 * 60 * 60),
        presence_grace: Duration::from_millis(10),
        allow_origin: Vec::new(),
        trusted_proxies: vec!["127.0.0.0/8".parse().expect("a network")],
        tls_cert: None,
        tls_key: None,
        database: None,
        redis: None,
        metrics: None,
        #[cfg(feature = "opentelemetry")]
        otlp: None,
    }
}

/// A whole server that is asked without a network.
pub struct Web {
    runtime: Runtime,
    router: Router,
}

impl Web {
    /// # Panics
    /// When the server cannot be built.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let server = runtime.block_on(Server::bind(config(data_dir), &[])).expect("a server");
        // Its tasks go on for as long as the process does.
        let router = server.forever();
        Self { runtime, router }
    }

    /// The answer, if it comes within this time.
    pub fn ask(&self, mut request: Request, within: Duration) -> Option<(StatusCode, Bytes)> {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))));
        self.runtime.block_on(async {
            let answering = async {
                let Ok(answer) = self.router.clone().oneshot(request).await;
                let status = answer.status();
                (status, to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default())
            };
            timeout(within, answering).await.ok()
        })
    }

    /// Posts JSON.
    pub fn post(&self, path: &str, json: String) -> Option<(StatusCode, Bytes)> {
        let request = Request::post(path).header("content-type", "application/json").body(Body::from(json));
        self.ask(request.ok()?, Duration::from_secs(10))
    }
}
