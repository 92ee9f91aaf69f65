//! How to reach a server, and what to show it.

#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
mod native;

use std::{fmt, sync::Arc, time::Duration};

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    connection::{Config, Observed, Observer},
    engine::Transports,
};

#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub(crate) use native::NativeOptions;

/// What a namespace is joined with; evaluated anew each time.
pub(crate) type Auth = Arc<dyn Fn() -> Option<Box<RawValue>> + Send + Sync>;

/// How to reach a server.
#[derive(Clone)]
pub struct Options {
    pub(crate) address: Address,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) namespace: NamespaceOptions,
    pub(crate) config: Config,
    pub(crate) observer: Option<Observer>,
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    pub(crate) native: NativeOptions,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Options {
    /// The server at this address: `http://127.0.0.1:8000`, `wss://chat.example`, … Parameters behind a `?` are sent as
    /// those of [`query`](Self::query) are.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        let url = url.into();
        let url = url.split('#').next().unwrap_or_default();
        let (url, query) = url.split_once('?').unwrap_or((url, ""));
        Self {
            address: address(url),
            path: "/socket.io/".to_owned(),
            query: parameters(query),
            namespace: NamespaceOptions::default(),
            config: Config::default(),
            observer: None,
            #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
            native: NativeOptions::default(),
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

    /// The address with the path and the parameters.
    pub(crate) fn endpoint(&self) -> Address {
        let path = match self.path.trim_matches('/') {
            "" => "/".to_owned(),
            path => format!("/{path}/"),
        };
        Address { secure: self.address.secure, rest: format!("{}{path}?{}", self.address.rest, self.query) }
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
        self.query.push_str(&parameters(query));
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

    /// Sends a header with every request, that of the WebSocket included. Natively only: a browser
    /// lets no program choose the headers of a WebSocket.
    ///
    /// If a header cannot be sent, [`Notice::Disconnected`](crate::Notice::Disconnected) says so as its
    /// reason.
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.native.headers.push((name.into(), value.into()));
        self
    }

    /// Trusts the certificates in this PEM text, and no others, to have signed the server's
    /// certificate: for a server with an authority of its own. Natively only. Without it, the
    /// authorities that the operating system trusts are trusted.
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    #[must_use]
    pub fn roots(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.native.roots = Some(pem.into());
        self
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

/// Where a server is, without the scheme and what belongs to one request.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) secure: bool,
    /// `chat.example/socket.io/?`, or with parameters of the program's own and an `&` behind.
    pub(crate) rest: String,
}

impl Address {
    pub(crate) fn url(&self, scheme: &str, query: &str) -> String {
        let secure = if self.secure { "s" } else { "" };
        format!("{scheme}{secure}://{}{query}", self.rest)
    }
}

fn address(url: &str) -> Address {
    let scheme = url.split_once(':').and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?)));
    let (scheme, rest) = scheme.unwrap_or(("http", url));
    let secure = ["https", "wss"].iter().any(|secure| scheme.eq_ignore_ascii_case(secure));
    Address { secure, rest: rest.trim_end_matches('/').to_owned() }
}

/// Parameters in front of which further ones may be written.
fn parameters(query: &str) -> String {
    if query.is_empty() { String::new() } else { format!("{query}&") }
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
        for url in
            ["https://chat.example", "wss://chat.example", "HTTPS://chat.example", "Wss://chat.example"]
        {
            assert!(address(url).secure, "{url}");
        }
        let ipv6 = address("http://[::1]:8000/");
        assert_eq!((ipv6.secure, ipv6.rest.as_str()), (false, "[::1]:8000"));
    }

    #[test]
    fn parameters_may_be_in_the_address_and_beside_it() {
        let query = |url: &str| Options::new(url).query;
        assert_eq!(query("http://localhost:8000/"), "");
        assert_eq!(query("http://localhost:8000?a=1&b=2#c"), "a=1&b=2&");
        let both = Options::new("http://localhost:8000/?a=1").query("").query("b=2");
        assert_eq!((both.query.as_str(), both.address.rest.as_str()), ("a=1&b=2&", "localhost:8000"));
    }

    #[test]
    fn a_server_may_be_at_any_path() {
        let at = |options: Options| options.endpoint().rest;
        let here = || Options::new("http://localhost:8000");
        assert_eq!(at(here()), "localhost:8000/socket.io/?");
        for root in ["", "/"] {
            assert_eq!(at(here().path(root)), "localhost:8000/?");
        }
        for path in ["chat/io", "/chat/io/"] {
            assert_eq!(at(here().path(path).query("a=1")), "localhost:8000/chat/io/?a=1&");
        }
    }

    #[test]
    fn what_is_shown_is_what_the_function_returns_if_it_is_something() {
        let shown = |options: NamespaceOptions| (options.auth)().map(|shown| shown.get().to_owned());
        assert_eq!(shown(NamespaceOptions::default()), None);
        assert_eq!(shown(NamespaceOptions::default().auth(|| [7])).unwrap(), "[7]");
        assert_eq!(shown(NamespaceOptions::default().auth(|| None::<u8>)), None);
    }
}
