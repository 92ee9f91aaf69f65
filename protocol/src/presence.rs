//! Presence: the people that a connection watches, many changes at once, and when somebody was there last.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{id::UserId, number::Timestamp};

/// Several people came and went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresenceChanged {
    /// Those who are online now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub online: Vec<UserId>,
    /// Those who are not online any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offline: Vec<UserId>,
}

/// Asks to be told of these people and of nobody else, from now on: those on your screen. They replace
/// those that you watched before. The answer names those of them who are online.
///
/// What comes between the request and its answer is newer than the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WatchPresence {
    /// The people, at most 500. An id that nobody has is left out.
    #[serde(deserialize_with = "crate::id::known_users")]
    pub user_ids: Vec<UserId>,
}

/// Asks when somebody was online last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastSeen {
    /// Who.
    pub user_id: UserId,
}

/// When somebody was online last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastSeenAt {
    /// When their last connection ended; left out if they are online now, or if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_on_which_nothing_changed_is_left_out() {
        let json = r#"{"offline":["0192e4a0-7b3c-7000-8000-00000000000b"]}"#;
        let changed: PresenceChanged = serde_json::from_str(json).unwrap();
        assert_eq!((changed.online.len(), changed.offline.len()), (0, 1));
        assert_eq!(serde_json::to_string(&changed).unwrap(), json);
    }
}
