//! How to reach a server, and what to show it.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use futures::channel::mpsc::unbounded;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use typed_socketio::Catalogue;

use crate::{
    backlog::Backlog,
    client::{Client, Handle},
    connection::{Config, Name, Observed, Observer},
    driver::{Address, Auth, Setup},
    engine::Transports,
    notice::Notices,
    packet::MAIN_NAMESPACE,
};

/// How to reach a server.
#[derive(Clone)]
pub struct Options {
    address: Address,
    path: String,
    query: String,
    namespace: NamespaceOptions,
    config: Config,
    observer: Option<Observer>,
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    pub(crate) native: crate::native::NativeOptions,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Options {
    /// The server at this address: `http://127.0.0.1:8000`, `wss://chat.example`, …
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            address: address(&url.into()),
            path: "/socket.io/".to_owned(),
            query: String::new(),
            namespace: NamespaceOptions::default(),
            config: Config::default(),
            observer: None,
            #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
            native: crate::native::NativeOptions::default(),
        }
    }

    /// Connects with what the function returns, which must be an object when it is JSON, or
    /// nothing (`None`, `()`). It is asked anew for each connection, so that it can return a token
    /// that was renewed meanwhile.
    #[must_use]
    pub fn auth<T: Serialize>(mut self, auth: impl Fn() -> T + Send + Sync + 'static) -> Self {
        self.namespace = self.namespace.auth(auth);
        self
    }

    /// How long a call waits for its ack, the time that it waits for a connection included.
    /// 20 seconds by default.
    #[must_use]
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.namespace.call_timeout = timeout;
        self
    }

    /// Which ways to the server may be used, and which is tried first; part of the
    /// [`config`](Self::config).
    #[must_use]
    pub fn transports(mut self, transports: Transports) -> Self {
        self.config.transports = transports;
        self
    }

    /// How the connection behaves.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Where Socket.IO is on the server; `/socket.io/` by default.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// More parameters for the URLs of the connection, `key=value` with `&` between them,
    /// percent-encoded where they must be.
    #[must_use]
    pub fn query(mut self, query: &str) -> Self {
        self.query = format!("{query}&");
        self
    }

    /// Calls the function with every event that is sent or arrives, in any namespace, for logs. An
    /// event that waits for a connection is reported when it goes out; one that is dropped is not
    /// reported.
    #[must_use]
    pub fn observe(mut self, observe: impl Fn(Observed<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Some(Observer(Arc::new(observe)));
        self
    }

    /// Makes a client and what its driver needs.
    pub(crate) fn build<C: Catalogue>(self, seed: u64) -> (Client<C>, Notices<C>, Setup) {
        let (commands, receiver) = unbounded();
        let (events, notices) = unbounded();
        let Self { mut address, path, query, namespace, config, observer, .. } = self;
        address.rest = format!("{}/{}/?{query}", address.rest, path.trim_matches('/'));
        let handle = Arc::new(Handle {
            namespace: Name::Borrowed(MAIN_NAMESPACE),
            commands,
            call_timeout: namespace.call_timeout,
            others: Arc::default(),
            auth: None,
            backlog: Arc::new(Backlog::new(
                config.send_buffer,
                config.max_unsent_bytes,
                config.max_unread_bytes,
            )),
        });
        let setup = Setup {
            address,
            config,
            seed,
            observer,
            commands: receiver,
            auth: namespace.auth,
            events,
            others: handle.others.clone(),
            backlog: handle.backlog.clone(),
        };
        let notices = Notices::new(notices, &handle);
        (Client { handle, catalogue: PhantomData }, notices, setup)
    }
}

/// How to join one namespace.
#[derive(Clone)]
pub struct NamespaceOptions {
    pub(crate) auth: Auth,
    pub(crate) call_timeout: Duration,
}

impl Default for NamespaceOptions {
    fn default() -> Self {
        Self { auth: Arc::new(|| None), call_timeout: Duration::from_secs(20) }
    }
}

impl fmt::Debug for NamespaceOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamespaceOptions").field("call_timeout", &self.call_timeout).finish_non_exhaustive()
    }
}

impl NamespaceOptions {
    /// See [`Options::auth`].
    #[must_use]
    pub fn auth<T: Serialize>(mut self, auth: impl Fn() -> T + Send + Sync + 'static) -> Self {
        self.auth = Arc::new(move || {
            let auth = to_raw_value(&auth()).ok()?;
            (auth.get() != RawValue::NULL.get()).then_some(auth)
        });
        self
    }

    /// See [`Options::call_timeout`].
    #[must_use]
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }
}

fn address(url: &str) -> Address {
    let scheme = url.split_once(':').and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?)));
    let (scheme, rest) = scheme.unwrap_or(("http", url));
    Address { secure: matches!(scheme, "https" | "wss"), rest: rest.trim_end_matches('/').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_written_in_any_usual_way() {
        for url in ["http://localhost:8000", "ws://localhost:8000/", "localhost:8000"] {
            let address = address(url);
            assert_eq!((address.secure, address.rest.as_str()), (false, "localhost:8000"));
        }
        assert!(address("https://chat.example").secure && address("wss://chat.example").secure);
    }

    #[test]
    fn what_is_shown_is_what_the_function_returns_if_it_is_something() {
        let shown = |options: NamespaceOptions| (options.auth)().map(|shown| shown.get().to_owned());
        assert_eq!(shown(NamespaceOptions::default()), None);
        assert_eq!(shown(NamespaceOptions::default().auth(|| [7])).unwrap(), "[7]");
        assert_eq!(shown(NamespaceOptions::default().auth(|| None::<u8>)), None);
    }
}
