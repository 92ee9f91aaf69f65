//! Mentions of people.

use protocol::{Message, UserId};

use super::{ConversationKey, Server, user};

impl Server {
    /// Says in a message whom its text mentions: its words are names, without any punctuation.
    pub(super) fn mention(&self, place: ConversationKey, mut message: Message) -> Message {
        let words: Vec<&str> = message.content.as_str().split(' ').collect();
        message.mentions_all = matches!(place, ConversationKey::Group(_)) && words.contains(&"@all");
        let mentioned = |id: &UserId| words.contains(&&*format!("@{}", user(id.into_bytes()[0]).username));
        message.mentions = self.people(place).into_iter().filter(mentioned).collect();
        message
    }

    /// Who takes part.
    pub(super) fn people(&self, place: ConversationKey) -> Vec<UserId> {
        match place {
            ConversationKey::Group(group) => self.files.members[&group].iter().copied().collect(),
            ConversationKey::Pair(low, high) if low == high => vec![low],
            ConversationKey::Pair(low, high) => vec![low, high],
        }
    }

    pub(super) fn unread_mentions(&self, me: UserId, place: ConversationKey) -> u64 {
        let (_, read) = self.read_by(me, place);
        let messages = self.files.history.get(&place).into_iter().flatten();
        messages.filter(|message| message.seq > read && message.mentions(me)).count() as u64
    }
}
