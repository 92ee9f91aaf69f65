//! Which messages deserve attention.

use chat::ChatState;
use protocol::{ConversationId, Message};

/// Whether to notify somebody of a message: it is for them, they have not read it, and they do not look at
/// its conversation, which is `looks_at`. This is the only place that decides it.
pub(super) fn deserves_attention(
    state: &ChatState,
    message: &Message,
    looks_at: Option<ConversationId>,
) -> bool {
    let id = message.conversation(state.me.id);
    let Some(conversation) = state.conversation(id) else { return false };
    let is_for_me = match id {
        ConversationId::User(_) => true,
        ConversationId::Group(_) => message.mentions(state.me.id),
    };
    is_for_me
        && message.sender_id != state.me.id
        && message.seq > conversation.read_up_to
        && !message.is_deleted()
        && !conversation.muted
        && looks_at != Some(id)
}

#[cfg(test)]
mod tests {
    use chat::Action;
    use protocol::{ConversationMuted, GroupId, MessageId, Recipient, Seq, ServerEvent, User, UserId};

    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BEN: UserId = UserId::from_bytes([2; 16]);
    const LUNCH: GroupId = GroupId::from_bytes([3; 16]);

    fn message(sender_id: UserId, recipient: Recipient, content: &str) -> Message {
        Message::new(MessageId::from_bytes([4; 16]), sender_id, recipient, Seq(1), content.parse().unwrap())
    }

    /// Ann, who has just got this.
    fn ann(message: &Message) -> ChatState {
        let mut state = ChatState::new(User { id: ANN, username: "Ann".parse().unwrap() });
        let event = match message.recipient {
            Recipient::User(_) => ServerEvent::PrivateMessage(message.clone()),
            Recipient::Group(_) => ServerEvent::GroupMessage(message.clone()),
        };
        let _ = state.apply(event);
        state
    }

    fn deserves(message: &Message) -> bool {
        deserves_attention(&ann(message), message, None)
    }

    #[test]
    fn what_others_write_to_one_person_does_and_what_they_write_to_a_group_only_if_it_names_them() {
        assert!(deserves(&message(BEN, Recipient::User(ANN), "hello")));
        assert!(!deserves(&message(ANN, Recipient::User(BEN), "hello")));
        assert!(!deserves(&message(BEN, Recipient::Group(LUNCH), "hello")));
        let named = message(BEN, Recipient::Group(LUNCH), "@ann, hello");
        assert!(deserves(&Message { mentions: vec![ANN], ..named.clone() }));
        assert!(deserves(&Message { mentions_all: true, ..named }));
        // Even if it is not known yet that who writes has read.
        let own = Message { seq: Seq(2), ..message(ANN, Recipient::User(BEN), "hello") };
        assert!(!deserves_attention(&ann(&message(BEN, Recipient::User(ANN), "hi")), &own, None));
    }

    #[test]
    fn what_is_on_the_screen_read_or_muted_does_not() {
        let hello = message(BEN, Recipient::User(ANN), "hello");
        let with_ben = ConversationId::User(BEN);
        let mut state = ann(&hello);
        assert!(deserves_attention(&state, &hello, Some(ConversationId::Group(LUNCH))));
        assert!(!deserves_attention(&state, &hello, Some(with_ben)));
        let _ = state.act(Action::Muted(ConversationMuted { conversation: with_ben, muted: true }));
        assert!(!deserves_attention(&state, &hello, None));
        let _ = state.act(Action::Muted(ConversationMuted { conversation: with_ben, muted: false }));
        let _ = state.act(Action::Read(with_ben, Seq(1)));
        assert!(!deserves_attention(&state, &hello, None));
    }
}
