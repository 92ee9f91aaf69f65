//! What a person's chat knows, and what follows from what happens. Plain data, without I/O.
//!
//! [`ChatState`] changes in three ways only, and each returns the [`Effect`]s that are to be
//! carried out, which the [runtime](crate::runtime) does:
//!
//! - [`ChatState::apply`]: the server sent an event;
//! - [`ChatState::act`]: a person did something ([`Action`]);
//! - [`ChatState::answer`]: an effect was carried out ([`Answer`]); and [`ChatState::connected`],
//!   [`ChatState::link`]: the connection came or went; [`ChatState::joined`]: it was there already.
//!   [`ChatState::look_again`] is for a clock.
//!
//! [`ChatState::take_changes`] then says which parts are to be shown anew.

mod action;
mod conversations;
mod deliveries;
mod effect;
mod link;
mod outbox;
mod people;
mod presence;
mod receipts;
mod roles;
mod sections;
mod server;
mod sync;
mod topic;
mod typing;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

pub use action::Action;
pub use conversations::{ConversationState, Load};
pub use effect::{Answer, Effect, Moment, Question};
pub use link::Link;
pub use people::People;
pub use roles::Removal;
pub use sections::{Section, Sections};
pub use topic::{Changes, Topic};

use protocol::{ConversationId, GroupId, Timestamp, User};

use self::{
    deliveries::Deliveries, presence::Watching, receipts::Receipts, sync::Syncing, topic::Watch,
    typing::TypingPeople,
};
use crate::{environment::TabId, outbox::Outbox};

/// Everything that is known while somebody is logged in.
#[derive(Clone, Debug)]
pub struct ChatState {
    /// Who is logged in.
    pub me: User,
    /// The people that this person has met, and who is online.
    pub people: People,
    /// Whether the list of conversations has come.
    pub list: Load,
    /// What the person wrote and the server has not confirmed.
    pub outbox: Outbox,
    /// The conversation on the screen.
    pub open: Option<ConversationId>,
    /// Whether something in it waited for this person when they opened it: see [`ChatState::sections`].
    opened_unread: bool,
    /// How the connection stands.
    pub link: Link,
    /// The server was asked for something and has said nothing for too long, over a connection
    /// that nobody has declared lost yet.
    pub is_unresponsive: bool,
    /// What the person did last and the server refused, until they have seen it.
    pub refusal: Option<Refusal>,
    /// The groups that this person is no longer in, and did not leave here; until they have seen that.
    pub removals: Vec<Removal>,
    /// The groups that the server did not let this person join.
    banned: HashSet<GroupId>,
    conversations: HashMap<ConversationId, ConversationState>,
    /// The request for what changed, until the server answers it.
    syncing: Option<Syncing>,
    /// Something happened since the request that the answer may not show.
    sync_is_stale: bool,
    watching: Watching,
    typing: TypingPeople,
    receipts: Receipts,
    /// How often the server was asked for receipts.
    questions: Question,
    deliveries: Deliveries,
    /// Identifies this window among those of the program.
    pub(crate) tab: TabId,
    /// Whether this window leads, as [`Tabs::leads`](crate::Tabs::leads) says.
    pub leads: bool,
    watch: Watch,
}

/// Something that the server refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where.
    pub conversation: ConversationId,
    /// What and why, for people.
    pub sentence: String,
}

impl ChatState {
    /// The state at the start. What an earlier visit could not send comes with the answer to
    /// [`Effect::ReadOutbox`]: see [`ChatState::read_outbox`].
    #[must_use]
    pub fn new(me: User) -> Self {
        let mut people = People::default();
        people.learn([me.clone()]);
        Self {
            me,
            people,
            conversations: HashMap::new(),
            list: Load::Loading,
            outbox: Outbox::default(),
            open: None,
            opened_unread: false,
            link: Link::Connecting,
            is_unresponsive: false,
            refusal: None,
            removals: Vec::new(),
            banned: HashSet::new(),
            syncing: None,
            sync_is_stale: false,
            watching: Watching::default(),
            typing: TypingPeople::default(),
            receipts: Receipts::default(),
            questions: 0,
            deliveries: Deliveries::default(),
            tab: 0,
            leads: true,
            watch: Watch::default(),
        }
    }

    /// The conversations by id, also those that no list shows.
    #[must_use]
    pub fn conversations(&self) -> &HashMap<ConversationId, ConversationState> {
        &self.conversations
    }

    /// One conversation, if anything is known of it.
    #[must_use]
    pub fn conversation(&self, id: ConversationId) -> Option<&ConversationState> {
        self.conversations.get(&id)
    }

    /// Whether a conversation stands in the sidebar: groups, and those in which somebody has written.
    #[must_use]
    pub fn lists(&self, id: ConversationId) -> bool {
        let conversation = self.conversations.get(&id);
        conversation.is_some_and(|one| one.is_listed() || self.outbox.of(id).next().is_some())
    }

    /// The conversations that are listed, newest first.
    #[must_use]
    pub fn sorted_conversations(&self) -> Vec<(ConversationId, &ConversationState)> {
        self.newest_first(|id, _| self.lists(id))
    }

    fn newest_first(
        &self,
        choose: impl Fn(ConversationId, &ConversationState) -> bool,
    ) -> Vec<(ConversationId, &ConversationState)> {
        let all = self.conversations.iter().map(|(id, conversation)| (*id, conversation));
        let chosen = all.filter(|(id, conversation)| choose(*id, conversation));
        let mut chosen: Vec<_> = chosen
            .map(|(id, conversation)| (self.place_in_list(id, conversation), id, conversation))
            .collect();
        chosen.sort_unstable_by(|(a, a_id, _), (b, b_id, _)| (b, a_id).cmp(&(a, b_id)));
        chosen.into_iter().map(|(_, id, conversation)| (id, conversation)).collect()
    }

    /// A time by which the list is sorted: when something happened there, or was written and is not confirmed.
    fn place_in_list(&self, id: ConversationId, conversation: &ConversationState) -> Timestamp {
        // The outbox is looked through for few of them only.
        let is_raised =
            conversation.raised_to > conversation.updated_at && self.outbox.of(id).next().is_some();
        if is_raised { conversation.raised_to } else { conversation.updated_at }
    }

    /// Unread messages over all conversations that are not muted.
    #[must_use]
    pub fn unread(&self) -> u64 {
        let heard = self.conversations.values().filter(|conversation| !conversation.muted);
        heard.map(|conversation| conversation.unread).sum()
    }

    /// Those of them that mention this person.
    #[must_use]
    pub fn unread_mentions(&self) -> u64 {
        let heard = self.conversations.values().filter(|conversation| !conversation.muted);
        heard.map(|conversation| conversation.unread_mentions).sum()
    }

    /// A conversation that is about to change.
    fn change(&mut self, id: ConversationId) -> Option<&mut ConversationState> {
        let conversation = self.conversations.get_mut(&id)?;
        self.watch.changes_in(id);
        Some(conversation)
    }

    /// The same; adds the conversation if there is none.
    fn change_or_add(&mut self, id: ConversationId) -> &mut ConversationState {
        self.watch.changes_in(id);
        self.conversations.entry(id).or_default()
    }

    /// Removes a conversation that this person is not in any more.
    fn remove(&mut self, id: ConversationId) {
        if self.conversations.remove(&id).is_some() {
            self.changed(Topic::Conversation(id));
        }
    }
}
