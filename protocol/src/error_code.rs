//! The stable codes of refusals.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// No message has this id, or it is in a private conversation of others. If it is in a group that you are not
    /// in, the answer is `notAMember`.
    UnknownMessage,
    /// Only members of the group may do this, or it can only be done to one.
    NotAMember,
    /// Only the owner of the group may do this, or only the owner and the admins; the sentence says which.
    RoleRequired,
    /// This person is banned from the group, and cannot become a member.
    Banned,
    /// Only the person who wrote the message may do this.
    NotYourMessage,
    /// The message was deleted, and cannot be changed any more.
    MessageDeleted,
    /// The message cannot have any more of this: reactions, corrections; or the conversation no more
    /// pinned messages; or no more people can be banned from the group; or the person can be in no more
    /// groups.
    TooMany,
    /// The group has too many members for this.
    GroupTooLarge,
    /// A search query cannot be understood, or names somebody or something that cannot be told.
    InvalidQuery,
    /// This `clientId` was already used for a message with another text, recipient or `replyTo`, or for another
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
    fn a_code_survives_serde() {
        let coded = Coded(ErrorCode::UnknownUser, "There is no such person.".to_owned());
        assert_eq!(Coded::split(&coded.to_string()), Some(coded));
        assert_eq!(Coded::split("missing field: x"), None);
    }
}
