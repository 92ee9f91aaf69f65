//! How a request is refused: a stable [code](ErrorCode) for programs, a sentence for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_socketio::DecodeError;

use crate::text::ClientId;

pub use crate::error_code::{Coded, ErrorCode};

/// What a refused request is answered with, in an ack (`{ "error": … }`) and over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// A sentence for people.
    pub message: String,
    /// The field of the request that is at fault, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl ErrorBody {
    /// A refusal with no field to blame.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }

    /// The text of a `connect_error`, which can carry nothing else: `code: sentence`.
    #[must_use]
    pub fn to_refusal(&self) -> String {
        Coded(self.code, &self.message).to_string()
    }

    /// Reads the text of a `connect_error`. A text in another form is taken for an error inside the
    /// server.
    #[must_use]
    pub fn from_refusal(text: &str) -> Self {
        match Coded::split(text) {
            Some(Coded(code, message)) => Self { code, message, field: None },
            None => Self::new(ErrorCode::Internal, text),
        }
    }
}

impl From<DecodeError> for ErrorBody {
    fn from(error: DecodeError) -> Self {
        let DecodeError::Payload(error) = error else {
            return Self::new(ErrorCode::UnknownEvent, error.to_string());
        };
        match Coded::split(&error.reason) {
            Some(Coded(code, message)) => Self { code, message, field: error.field },
            None => Self { code: ErrorCode::InvalidPayload, message: error.message, field: error.field },
        }
    }
}

/// The `error` event: why an event that asked for no ack was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorEvent {
    /// For programs.
    pub code: ErrorCode,
    /// A sentence for people.
    pub message: String,
    /// The name of the event that was refused.
    pub event: String,
    /// The `clientId` of the message that was refused, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_the_text_of_a_connect_error() {
        let body = ErrorBody::new(ErrorCode::Unauthorized, "Log in again: the token has expired.");
        assert_eq!(body.to_refusal(), "unauthorized: Log in again: the token has expired.");
        assert_eq!(ErrorBody::from_refusal(&body.to_refusal()), body);
        let foreign = ErrorBody::from_refusal("Invalid namespace: x");
        assert_eq!((foreign.code, foreign.message.as_str()), (ErrorCode::Internal, "Invalid namespace: x"));
    }

    #[test]
    fn a_code_that_is_not_known_yet_is_read_all_the_same() {
        let body: ErrorBody =
            serde_json::from_str(r#"{"code":"tooLoud","message":"Quiet, please."}"#).unwrap();
        assert_eq!((body.code, body.message.as_str()), (ErrorCode::Other, "Quiet, please."));
    }

    #[test]
    fn an_error_names_its_field_only_when_there_is_one() {
        let mut body = ErrorBody::new(ErrorCode::TextTooShort, "Too short.");
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"code":"textTooShort","message":"Too short."}"#
        );
        body.field = Some("content".into());
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"code":"textTooShort","message":"Too short.","field":"content"}"#
        );
    }
}
