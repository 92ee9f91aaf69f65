//! The way to a server: one connector for WebSockets (tungstenite) and for the requests of polling
//! (hyper), with TLS by rustls.

use std::{error::Error, future::Future, sync::Arc};

use http_body_util::{BodyExt as _, Limited};
use hyper::{
    HeaderMap, Request, StatusCode, Uri,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{self, client::IntoClientRequest as _, protocol::WebSocketConfig},
};
use tower_service::Service as _;

use crate::options::NativeOptions;

/// How many bytes one response, or one message of a WebSocket, may have.
const MESSAGE_BYTES: usize = 16 << 20;

type Stream = TokioIo<MaybeHttpsStream<TokioIo<TcpStream>>>;

/// Keeps the connections of polling open between requests.
#[derive(Clone)]
pub(super) struct Network {
    connector: HttpsConnector<HttpConnector>,
    pool: Pool<HttpsConnector<HttpConnector>, String>,
    headers: HeaderMap,
}

impl Network {
    /// An error is a sentence that says what is wrong with the options.
    pub(super) fn new(options: &NativeOptions) -> Result<Self, String> {
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        http.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(options)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let pool = Pool::builder(TokioExecutor::new()).build(connector.clone());
        let mut headers = HeaderMap::new();
        for (name, value) in &options.headers {
            let wrong = |error: &dyn Error| format!("the header `{name}` cannot be sent: {error}");
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| wrong(&error))?;
            headers.append(name, HeaderValue::from_str(value).map_err(|error| wrong(&error))?);
        }
        Ok(Self { connector, pool, headers })
    }

    /// Opens a WebSocket.
    pub(super) async fn open(mut self, url: String) -> Result<WebSocketStream<Stream>, String> {
        // The connector knows the schemes of HTTP, and `ws` begins as `http` does.
        let address: Uri = url.replacen("ws", "http", 1).parse().map_err(|error| sentence(&error))?;
        let stream = self.connector.call(address).await.map_err(|error| sentence(&*error))?;
        let mut request = url.into_client_request().map_err(|error| sentence(&error))?;
        request.headers_mut().extend(self.headers);
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES))
            .max_frame_size(Some(MESSAGE_BYTES));
        let opened = client_async_with_config(request, TokioIo::new(stream), Some(config)).await;
        opened.map(|(socket, _)| socket).map_err(|error| match error {
            tungstenite::Error::Http(response) => {
                format!("the server does not open a WebSocket here, but answers {}", response.status())
            }
            error => sentence(&error),
        })
    }

    /// See [`Environment::request`](crate::driver::Environment::request).
    pub(super) fn request(
        &self,
        url: String,
        body: Option<String>,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        let (pool, headers) = (self.pool.clone(), self.headers.clone());
        async move {
            let request = match body {
                Some(body) => Request::post(url).header(CONTENT_TYPE, "text/plain;charset=UTF-8").body(body),
                None => Request::get(url).body(String::new()),
            };
            let mut request = request.map_err(|error| sentence(&error))?;
            request.headers_mut().extend(headers);
            let response = pool.request(request).await.map_err(|error| sentence(&error))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), MESSAGE_BYTES);
            let bytes = body.collect().await.map_err(|error| sentence(&*error))?.to_bytes();
            let text = String::from_utf8(bytes.into()).map_err(|error| sentence(&error))?;
            if status == StatusCode::OK { Ok(text) } else { Err(format!("{status} {text}")) }
        }
    }
}

fn tls(options: &NativeOptions) -> Result<ClientConfig, String> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| sentence(&error))?;
    let Some(pem) = &options.roots else {
        return Ok(config.with_platform_verifier().map_err(|error| sentence(&error))?.with_no_client_auth());
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| format!("a root certificate: {error}"))?;
        roots.add(certificate).map_err(|error| format!("a root certificate: {}", sentence(&error)))?;
    }
    if roots.is_empty() {
        return Err("there is no certificate among the roots: PEM is expected".to_owned());
    }
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// An error with its causes. If it is about a certificate, the sentence begins with that.
fn sentence(error: &(dyn Error + 'static)) -> String {
    let mut all = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !all.contains(&text) {
            all = format!("{all}: {text}");
        }
        cause = error.source();
    }
    match all.find("invalid peer certificate") {
        Some(at) => format!("the server's certificate is not trusted ({})", &all[at..]),
        None => all,
    }
}
