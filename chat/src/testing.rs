//! Messages for tests.

use protocol::{GroupId, Message, MessageId, Recipient, Rev, Seq, Timestamp, UserId};

/// A message of a group in which nothing was changed yet.
pub(crate) fn message(seq: u64) -> Message {
    Message {
        id: MessageId::from_bytes(u128::from(seq).to_be_bytes()),
        client_id: None,
        sender_id: UserId::from_bytes([1; 16]),
        recipient: Recipient::Group(GroupId::from_bytes([3; 16])),
        content: format!("m{seq}").parse().unwrap(),
        seq: Seq(seq),
        rev: Rev(seq),
        change_id: None,
        created_at: Timestamp(0),
        edited_at: None,
        deleted_at: None,
        pinned_at: None,
        reply_to: None,
        reactions: vec![],
        mentions: vec![],
        mentions_all: false,
    }
}
