//! Everything that is not a socket: login, health, the generated documents, the page.

mod answer;
mod auth;
mod cookie;
mod documents;
mod health;
mod json;
mod metrics;
mod origin;
mod page;
mod request;
mod serve;
mod tls;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, Method, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use protocol::{limits, session::path};
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{AllowOrigin, CorsLayer},
    set_header::SetResponseHeaderLayer,
};

pub use self::page::PageFile;
use self::{answer::HttpError, origin::Origins, page::Page};
pub(crate) use self::{metrics::router as metrics_router, serve::serve, tls::acceptor};
use crate::{app::App, client_address, config::Config, request_id::X_REQUEST_ID};

/// The whole of the server's HTTP.
pub(crate) fn router(app: Arc<App>, sockets: Router, page: &'static [PageFile], config: &Config) -> Router {
    let allowed = config.allow_origin.as_slice();
    let proxies = Arc::new(config.trusted_proxies.clone());
    let origins = Arc::new(Origins::new(allowed));
    let api = Router::new()
        .route(path::REGISTER, post(auth::register))
        .route(path::LOGIN, post(auth::login))
        .route(path::REFRESH, post(auth::refresh))
        .route(path::LOGOUT, post(auth::logout))
        .route(path::LOGOUT_ALL, post(auth::logout_all))
        .route(path::HEALTH, get(health::health))
        .route(path::READY, get(health::ready))
        .route("/api/asyncapi.json", get(documents::asyncapi))
        .route("/api/parlance.d.ts", get(documents::typescript))
        .route("/api/{*rest}", any(nothing_here))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(limits::HTTP_BODY_BYTES))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(app);
    let all = Router::new().merge(api).merge(sockets).merge(Page::new(page).router());
    let all = if allowed.is_empty() { all } else { all.layer(cors(allowed)) };
    // The check comes before CORS, which would answer a preflight of any page.
    all.layer(middleware::from_fn_with_state(origins, origin::check))
        .layer(middleware::from_fn_with_state(proxies.clone(), client_address::find))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .layer(middleware::from_fn_with_state(proxies, request::identify))
}

/// Pages of other origins may use the server only where its owner named them.
fn cors(allowed: &[crate::config::Origin]) -> CorsLayer {
    let origins = allowed.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION])
        .expose_headers([header::RETRY_AFTER, X_REQUEST_ID])
        .allow_credentials(true)
}

fn header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}

async fn nothing_here() -> HttpError {
    HttpError::not_found("There is nothing at this address.")
}

async fn wrong_method() -> HttpError {
    HttpError::wrong_method()
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = crate::store::panic_text(&*panic);
    HttpError::from(crate::error::Error::Panicked(text)).into_response()
}
