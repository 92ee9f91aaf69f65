//! The requests of polling, by hyper.

use std::future::Future;

use http_body_util::{BodyExt as _, Limited};
use hyper::{Request, StatusCode, header::CONTENT_TYPE};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::TokioExecutor,
};

/// How many bytes one response may have.
const RESPONSE_BYTES: usize = 16 << 20;

/// Keeps connections to the server open between requests.
pub(super) struct Client(Pool<HttpConnector, String>);

impl Client {
    pub(super) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(Pool::builder(TokioExecutor::new()).build(connector))
    }

    /// See [`Environment::request`](crate::driver::Environment::request).
    pub(super) fn request(
        &self,
        url: String,
        body: Option<String>,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        let pool = self.0.clone();
        async move {
            let request = match body {
                Some(body) => Request::post(url)
                    .header(CONTENT_TYPE, "text/plain;charset=UTF-8")
                    .body(body)
                    .map_err(|error| error.to_string())?,
                None => Request::get(url).body(String::new()).map_err(|error| error.to_string())?,
            };
            let response = pool.request(request).await.map_err(|error| error.to_string())?;
            let status = response.status();
            let body = Limited::new(response.into_body(), RESPONSE_BYTES);
            let bytes = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
            let text = String::from_utf8(bytes.into()).map_err(|error| error.to_string())?;
            if status == StatusCode::OK { Ok(text) } else { Err(format!("{status} {text}")) }
        }
    }
}
