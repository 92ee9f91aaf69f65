//! How a request is refused: a stable code for programs, a sentence for people.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_socketio::DecodeError;

use crate::text::ClientId;

/// Why a request was refused. The spelling on the wire is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
// Later versions may have more: `Other` stands for them.
#[schemars(extend("x-open" = true))]
pub enum ErrorCode {
    /// There is no event of this name.
    UnknownEvent,
    /// The payload is not an object, or a field is missing or of the wrong type.
    InvalidPayload,
    /// A text has fewer characters than it must, or none.
    TextTooShort,
    /// A text has more characters than it may.
    TextTooLong,
    /// A text has characters that it may not have.
    InvalidText,
    /// No person has this id.
    UnknownUser,
    /// No group has this id.
    UnknownGroup,
    /// Only members of the group may do this.
    NotAMember,
    /// A search query cannot be understood, or names somebody or something that cannot be told.
    InvalidQuery,
    /// This `clientId` was already used for a message with another text or recipient, or for another
    /// group.
    ClientIdReused,
    /// Somebody has this user name already.
    UsernameTaken,
    /// The user name or the password is wrong; it is not said which.
    InvalidCredentials,
    /// The token is missing, wrong, expired, or its session was ended.
    Unauthorized,
    /// The request's origin is not one that this server serves.
    ForbiddenOrigin,
    /// There is nothing at this address, or it does not know this method. HTTP only.
    NotFound,
    /// The client was built for another version of the protocol.
    ProtocolMismatch,
    /// Too many requests in too short a time. Wait, then try again.
    RateLimited,
    /// The server's disk is full. Nothing was changed; try again later.
    StorageFull,
    /// The server cannot write to its database, or cannot read it: the disk is read-only, or fails.
    /// Nothing was changed; try again later.
    StorageUnavailable,
    /// The server could not do it, through no fault of the request.
    Internal,
    /// Something that was added after the program was built which reads it.
    #[serde(other)]
    Other,
}

impl ErrorCode {
    /// Whether the same request may succeed later, without anybody changing it: a program keeps it
    /// and tries again.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::RateLimited | Self::StorageFull | Self::StorageUnavailable)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

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

/// A code and its sentence on their way through serde, whose errors carry only a text: `Display`
/// writes `code: sentence`, `Coded::split` reads it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coded<S = &'static str>(pub(crate) ErrorCode, pub(crate) S);

impl<S: fmt::Display> fmt::Display for Coded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0, self.1)
    }
}

impl<S: fmt::Display + fmt::Debug> std::error::Error for Coded<S> {}

impl Coded<String> {
    pub(crate) fn split(text: &str) -> Option<Self> {
        let (code, sentence) = text.split_once(':')?;
        let sentence = sentence.strip_prefix(' ')?;
        let code =
            ErrorCode::deserialize(serde::de::value::StrDeserializer::<serde_json::Error>::new(code)).ok()?;
        if code == ErrorCode::Other {
            return None;
        }
        Some(Self(code, sentence.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_one_spelling_on_the_wire() {
        assert_eq!(serde_json::to_string(&ErrorCode::NotAMember).unwrap(), "\"notAMember\"");
        assert_eq!(ErrorCode::NotAMember.to_string(), "notAMember");
    }

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
    fn a_code_survives_serde() {
        let coded = Coded(ErrorCode::UnknownUser, "There is no such person.".to_owned());
        assert_eq!(Coded::split(&coded.to_string()), Some(coded));
        assert_eq!(Coded::split("missing field: x"), None);
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
