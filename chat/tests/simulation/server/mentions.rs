//! Mentions of people.

use protocol::{Message, UserId};

use super::{Place, Server, user};

impl Server {
    /// Says in a message whom its text mentions: its words are names, without any punctuation.
    pub(super) fn mention(&self, place: Place, mut message: Message) -> Message {
        let words: Vec<&str> = message.content.as_str().split(' ').collect();
        message.mentions_all = matches!(place, Place::Group(_)) && words.contains(&"@all");
        let mentioned = |id: &UserId| words.contains(&&*format!("@{}", user(id.into_bytes()[0]).username));
        message.mentions = self.people(place).into_iter().filter(mentioned).collect();
        message
    }

    /// Who takes part.
    pub(super) fn people(&self, place: Place) -> Vec<UserId> {
        match place {
            Place::Group(group) => self.files.members[&group].iter().copied().collect(),
            Place::Pair(low, high) if low == high => vec![low],
            Place::Pair(low, high) => vec![low, high],
        }
    }

    pub(super) fn unread_mentions(&self, me: UserId, place: Place) -> u64 {
        let (_, read) = self.read_by(me, place);
        let messages = self.files.history.get(&place).into_iter().flatten();
        messages.filter(|message| message.seq > read && message.mentions(me)).count() as u64
    }
}
