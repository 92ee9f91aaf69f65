//! The JSON body of a request, read with the same care as an event's payload.

use std::{error::Error, io};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{StatusCode, header},
};
use protocol::{ErrorCode, decode_request};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::answer::HttpError;

pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        // A form of another page cannot have this type, so it cannot log anybody in.
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(is_json) {
            let sentence = "The body must be JSON: send `content-type: application/json`.";
            return Err(bad(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence));
        }
        let address = request.uri().path().to_owned();
        let body =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                _ if is_late(&rejection) => {
                    bad(StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive.")
                }
                StatusCode::PAYLOAD_TOO_LARGE => bad(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
                status => bad(status, "The body did not arrive whole."),
            })?;
        let json: &RawValue = serde_json::from_slice(&body)
            .map_err(|error| bad(StatusCode::BAD_REQUEST, &format!("The body is not JSON: {error}.")))?;
        let name = address.rsplit('/').next().unwrap_or_default();
        decode_request(name, json).map(Json).map_err(|error| HttpError::invalid(error.into()))
    }
}

/// Whether one of the causes is that the body took too long.
fn is_late(rejection: &BytesRejection) -> bool {
    let mut cause: Option<&dyn Error> = Some(rejection);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn bad(status: StatusCode, sentence: &str) -> HttpError {
    HttpError::new(status, ErrorCode::InvalidPayload, sentence)
}
