//! How large a message is in an answer that is limited in bytes.

use protocol::{Message, Reaction};

use super::part::json_bytes;

/// Bytes of what makes a message large, as JSON.
pub(super) fn size(message: &Message) -> usize {
    const ID: usize = 39;
    const REACTION: usize = r#"{"emoji":"","userIds":[]},"#.len();
    let quote = message.reply_to.as_ref().map_or(0, |quote| json_bytes(&quote.excerpt));
    let reaction = |one: &Reaction| REACTION + one.emoji.as_str().len() + one.user_ids.len() * ID;
    let reactions = message.reactions.iter().map(reaction).sum::<usize>();
    json_bytes(message.content.as_str()) + quote + reactions + message.mentions.len() * ID
}

#[cfg(test)]
mod tests {
    use protocol::{ChangeId, MessageId, Quote, Recipient, Rev, Seq, Timestamp, UserId, limits};

    use super::*;

    #[test]
    fn a_message_takes_no_more_than_what_is_long_in_it_and_one_kilobyte() {
        let text = |escaped: &str| format!("{escaped}{}", "\u{1}".repeat(3_000)).parse().unwrap();
        let id = |number: u8| UserId::from_bytes([number; 16]);
        let plain = Message::new(
            MessageId::from_bytes([1; 16]),
            id(1),
            Recipient::User(id(2)),
            Seq(u64::MAX),
            text("\"\\\n hello"),
        );
        let time = Some(Timestamp(i64::MIN));
        let largest = Message {
            client_id: Some("\u{1F600}".repeat(64).parse().unwrap()),
            rev: Rev(u64::MAX),
            change_id: Some(ChangeId::from_bytes([1; 16])),
            created_at: Timestamp(i64::MIN),
            edited_at: time,
            deleted_at: time,
            deleted_by: Some(id(3)),
            pinned_at: time,
            reply_to: Some(Quote {
                message_id: MessageId::from_bytes([2; 16]),
                seq: Seq(u64::MAX),
                sender_id: id(4),
                excerpt: "\"".repeat(limits::EXCERPT_CHARS),
            }),
            reactions: vec![
                Reaction { emoji: "❤️".parse().unwrap(), user_ids: vec![id(5); 10] };
                limits::EMOJIS_A_MESSAGE
            ],
            mentions: vec![id(6); limits::MENTIONS_A_MESSAGE],
            mentions_all: true,
            ..plain.clone()
        };
        for message in [plain, largest] {
            let json = serde_json::to_string(&message).unwrap().len();
            assert!(
                (json.saturating_sub(1_024)..=json).contains(&size(&message)),
                "{json}: {}",
                size(&message)
            );
        }
    }
}
