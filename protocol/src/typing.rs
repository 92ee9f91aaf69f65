//! Who is typing. Nothing of it is kept, and it may be lost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, UserId};

/// Says that you are typing in a conversation. Send it again every few seconds for as long as it is true:
/// nobody is told of the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Typing {
    /// Which conversation.
    pub conversation: ConversationId,
}

/// Somebody is typing. It ends after 6 seconds without another such event, or with a message of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserTyping {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Who.
    pub user_id: UserId,
}
