//! Where each conversation stands in the list.

use protocol::ConversationId;

use super::{ChatState, ConversationState};

/// A part of the list of conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// What waits for this person, wherever it would stand otherwise.
    Unread,
    /// Groups.
    Groups,
    /// Conversations with one person, and one's notes.
    People,
}

/// The conversations of each section, newest first. Each one is in one section only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sections {
    /// [`Section::Unread`].
    pub unread: Vec<ConversationId>,
    /// [`Section::Groups`].
    pub groups: Vec<ConversationId>,
    /// [`Section::People`].
    pub people: Vec<ConversationId>,
}

impl Section {
    /// From the top of the list.
    pub const ALL: [Self; 3] = [Self::Unread, Self::Groups, Self::People];
}

impl Sections {
    /// The conversations of one section.
    #[must_use]
    pub fn of(&self, section: Section) -> &[ConversationId] {
        match section {
            Section::Unread => &self.unread,
            Section::Groups => &self.groups,
            Section::People => &self.people,
        }
    }
}

impl ConversationState {
    /// Whether something unread asks for attention: what is muted does not.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.unread > 0 && !self.muted
    }
}

impl ChatState {
    /// The list, in its sections. The open conversation stays in the section in which it was opened, whatever
    /// is read and whatever comes, until this person leaves it.
    #[must_use]
    pub fn sections(&self) -> Sections {
        let mut sections = Sections::default();
        for (id, conversation) in self.sorted_conversations() {
            let waits = if self.open == Some(id) { self.opened_unread } else { conversation.waits() };
            let section = match id {
                _ if waits => &mut sections.unread,
                ConversationId::Group(_) => &mut sections.groups,
                ConversationId::User(_) => &mut sections.people,
            };
            section.push(id);
        }
        sections
    }

    /// The conversations in which something waits, those that mention this person first, then newest first.
    #[must_use]
    pub fn waiting(&self) -> Vec<ConversationId> {
        let all = self.sorted_conversations().into_iter();
        let mut waiting: Vec<_> = all.filter(|(_, conversation)| conversation.waits()).collect();
        waiting.sort_by_key(|(_, conversation)| conversation.unread_mentions == 0);
        waiting.into_iter().map(|(id, _)| id).collect()
    }
}
