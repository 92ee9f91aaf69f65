//! Receipts: how far messages have reached people, and how far they have read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{ConversationId, UserId},
    number::Seq,
};

/// Says that messages have reached a device of yours. It never goes back, and what you have read counts as
/// delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarkDelivered {
    /// How far, in each conversation in which that has changed: at most 100. Each counts as an event.
    pub conversations: Vec<DeliveredUpTo>,
}

/// How far messages have reached a device of yours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveredUpTo {
    /// In which conversation.
    pub conversation: ConversationId,
    /// The last message delivered.
    pub seq: Seq,
}

/// Asks how far a conversation has reached its other people. Of a group with more than 100 members, nobody
/// is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListReceipts {
    /// Which conversation.
    pub conversation: ConversationId,
}

/// How far a conversation has reached one of its people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Who.
    pub user_id: UserId,
    /// The last message that has reached a device of theirs, as far as anybody said so: at least
    /// `readUpTo`.
    pub delivered_up_to: Seq,
    /// The last message that they have read.
    pub read_up_to: Seq,
    /// The newest message when they joined the group: of it and of those before it, nothing is said. Left
    /// out if there was none, and between two people.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub joined_after: Seq,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(seq: &Seq) -> bool {
    *seq == Seq::ZERO
}

impl Receipt {
    /// Whether this person has read a message.
    #[must_use]
    pub fn has_read(&self, seq: Seq) -> bool {
        self.concerns(seq) && seq <= self.read_up_to
    }

    /// Whether a message has reached a device of this person.
    #[must_use]
    pub fn has_received(&self, seq: Seq) -> bool {
        self.concerns(seq) && seq <= self.delivered_up_to
    }

    /// Whether this person was there when a message was sent.
    #[must_use]
    pub fn concerns(&self, seq: Seq) -> bool {
        seq > self.joined_after
    }
}

/// Somebody received or read more. It is a state: a later one contains the earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptChanged {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// The last message that has reached a device of theirs.
    pub delivered_up_to: Seq,
    /// The last message that they have read.
    pub read_up_to: Seq,
}

/// Several people received or read more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptsChanged {
    /// Which conversation.
    pub conversation: ConversationId,
    /// How far it has reached each of them. You may be one of them yourself.
    pub receipts: Vec<Receipt>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_of_messages_before_somebody_joined() {
        let receipt = Receipt {
            user_id: UserId::from_bytes([1; 16]),
            delivered_up_to: Seq(8),
            read_up_to: Seq(7),
            joined_after: Seq(5),
        };
        let read = [5, 6, 7, 8, 9].map(|seq| receipt.has_read(Seq(seq)));
        assert_eq!(read, [false, true, true, false, false]);
        let received = [5, 6, 7, 8, 9].map(|seq| receipt.has_received(Seq(seq)));
        assert_eq!(received, [false, true, true, true, false]);
    }

    #[test]
    fn between_two_people_nobody_joins() {
        let json = r#"{"userId":"0192e4a0-7b3c-7000-8000-00000000000b","deliveredUpTo":8,"readUpTo":7}"#;
        let receipt: Receipt = serde_json::from_str(json).unwrap();
        assert_eq!(receipt.joined_after, Seq::ZERO);
        assert_eq!(serde_json::to_string(&receipt).unwrap(), json);
    }
}
