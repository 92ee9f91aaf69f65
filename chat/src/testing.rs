//! Messages for tests.

use protocol::{GroupId, Message, MessageId, Recipient, Seq, UserId};

/// A message of a group in which nothing was changed yet.
pub(crate) fn message(seq: u64) -> Message {
    Message::new(
        MessageId::from_bytes(u128::from(seq).to_be_bytes()),
        UserId::from_bytes([1; 16]),
        Recipient::Group(GroupId::from_bytes([3; 16])),
        Seq(seq),
        format!("m{seq}").parse().unwrap(),
    )
}
