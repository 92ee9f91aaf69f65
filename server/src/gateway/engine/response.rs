//! Answers to requests, as the protocol wants them.

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE},
};
use serde::Deserialize;

/// Engine.IO's own errors.
pub(super) const UNKNOWN_SESSION: &str = r#"{"code":1,"message":"Session ID unknown"}"#;
const BAD_REQUEST: &str = r#"{"code":3,"message":"Bad request"}"#;

pub(super) type Answer = Response<Body>;

/// Writes error codes as numbers, and gives a refusal without a body the error for a bad request.
pub(super) async fn in_numbers(answered: Answer) -> Answer {
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

pub(super) fn bad_request() -> Answer {
    answer(StatusCode::BAD_REQUEST, BAD_REQUEST)
}

pub(super) fn answer(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let body = body.into();
    let kind = if status == StatusCode::OK { "text/plain; charset=UTF-8" } else { "application/json" };
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

/// A body that is in memory already.
pub(super) async fn whole(body: Body) -> Bytes {
    to_bytes(body, usize::MAX).await.unwrap_or_default()
}
