//! How HTTP refuses: a status, and the body `{ "error": { "code", "message", "field"? } }`.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{ErrorBody, ErrorCode, Reply};

use crate::error::Error;

pub(super) struct HttpError {
    status: StatusCode,
    body: ErrorBody,
    /// In seconds.
    retry_after: Option<u64>,
}

/// When to try again if nobody knows when the trouble ends, in seconds.
const SOON: u64 = 6;

impl HttpError {
    pub(super) fn new(status: StatusCode, code: ErrorCode, sentence: impl Into<String>) -> Self {
        Self { status, body: ErrorBody::new(code, sentence), retry_after: None }
    }

    pub(super) fn not_found(sentence: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, sentence)
    }

    pub(super) fn wrong_method() -> Self {
        let sentence = "This address does not know this method.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::NotFound, sentence)
    }

    /// The server runs, but cannot do its work.
    pub(super) fn unavailable(error: Error) -> Self {
        let body = error.into_body("ready");
        Self { status: StatusCode::SERVICE_UNAVAILABLE, body, retry_after: Some(SOON) }
    }

    /// The body is JSON, but a value in it is not valid.
    pub(super) fn invalid(body: ErrorBody) -> Self {
        let status =
            if body.field.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        Self { status, body, retry_after: None }
    }
}

impl From<Error> for HttpError {
    fn from(error: Error) -> Self {
        let wait = match &error {
            Error::TooSoon(wait) => wait.as_secs() + 1,
            _ => SOON,
        };
        let body = error.into_body("http");
        let status = match body.code {
            ErrorCode::UsernameTaken => StatusCode::CONFLICT,
            ErrorCode::InvalidCredentials | ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
            ErrorCode::ForbiddenOrigin => StatusCode::FORBIDDEN,
            ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::NotFound => StatusCode::NOT_FOUND,
            ErrorCode::StorageFull | ErrorCode::StorageUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self { status, retry_after: body.code.is_temporary().then_some(wait), body }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let mut response = json(self.status, &Reply::<(), _>::Error(self.body));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An answer that no cache keeps, because it is for one person.
pub(super) fn json(status: StatusCode, body: &impl serde::Serialize) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    match serde_json::to_vec(body) {
        Ok(bytes) => (status, headers, bytes).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
