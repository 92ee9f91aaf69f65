//! The shape of every ack: `{ "data": … }` or `{ "error": { "code", "message" } }`.

use serde::{Deserialize, Serialize};

use crate::error::ErrorBody;

/// What an ack carries: the answer or the refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reply<T, E = ErrorBody> {
    /// It was done; this is the answer.
    Data(T),
    /// It was refused; nothing was changed.
    Error(E),
}

impl<T, E> From<Result<T, E>> for Reply<T, E> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(data) => Self::Data(data),
            Err(error) => Self::Error(error),
        }
    }
}

impl<T, E> From<Reply<T, E>> for Result<T, E> {
    fn from(reply: Reply<T, E>) -> Self {
        match reply {
            Reply::Data(data) => Ok(data),
            Reply::Error(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn a_reply_is_data_or_error() {
        let data: Reply<u32> = Reply::Data(7);
        assert_eq!(serde_json::to_string(&data).unwrap(), r#"{"data":7}"#);
        let error: Reply<u32> = Reply::Error(ErrorBody::new(ErrorCode::Internal, "Sorry."));
        assert_eq!(
            serde_json::to_string(&error).unwrap(),
            r#"{"error":{"code":"internal","message":"Sorry."}}"#
        );
    }
}
