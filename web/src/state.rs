//! What the page knows, and what follows from what happens. Plain Rust, without a browser.
//!
//! [`ChatState`] changes in three ways only, and each returns the [`Effect`]s that are to be
//! carried out:
//!
//! - [`ChatState::apply`]: the server sent an event;
//! - [`ChatState::act`]: a person did something ([`Action`]);
//! - [`ChatState::answer`]: an effect was carried out ([`Answer`]); and [`ChatState::link`]: the
//!   connection came or went; [`ChatState::joined`]: it was there already.
//!   [`ChatState::look_again`] is for a clock.

mod action;
mod conversations;
mod link;
mod outbox;
mod people;
mod server;
mod sync;

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod simulation;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use action::{Action, Answer, Effect};
pub use conversations::{ConversationState, Load};
pub use link::Link;
pub use people::People;
pub use server::LOOK_AGAIN;

use client::delivery::{Outbox, sorted};
use protocol::{ConversationId, User};

use self::sync::Syncing;

/// Everything the page knows while somebody is logged in.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatState {
    /// Who is logged in.
    pub me: User,
    /// The people that one has met, and who is online.
    pub people: People,
    /// The conversations by id.
    pub conversations: HashMap<ConversationId, ConversationState>,
    /// Whether the list of conversations has come.
    pub list: Load,
    /// What one wrote and the server has not confirmed.
    pub outbox: Outbox,
    /// The conversation on the screen.
    pub open: Option<ConversationId>,
    /// How the connection stands.
    pub link: Link,
    /// How the server was asked what changed, until it answers.
    syncing: Option<Syncing>,
    /// Something happened since then that the answer may not show.
    sync_is_stale: bool,
    /// Nobody has said who is online since the connection came.
    presence_is_unknown: bool,
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
            link: Link::Connecting,
            syncing: None,
            sync_is_stale: false,
            presence_is_unknown: false,
        }
    }

    /// Whether a conversation stands in the sidebar: those that nothing was ever said in are left
    /// out, except groups.
    #[must_use]
    pub fn lists(&self, id: ConversationId) -> bool {
        let conversation = self.conversations.get(&id);
        conversation.is_some_and(|one| one.is_listed() || self.outbox.of(id).next().is_some())
    }

    /// The conversations in the order of the sidebar: newest first.
    #[must_use]
    pub fn sorted_conversations(&self) -> Vec<(ConversationId, &ConversationState)> {
        self.newest_first(&|id, _| self.lists(id))
    }

    /// Compiled once for all that is asked in this order.
    fn newest_first(
        &self,
        choose: &dyn Fn(ConversationId, &ConversationState) -> bool,
    ) -> Vec<(ConversationId, &ConversationState)> {
        let all = self.conversations.iter().map(|(id, conversation)| (*id, conversation));
        let chosen = all.filter(|(id, conversation)| choose(*id, conversation)).collect();
        sorted(chosen, |(a_id, a), (b_id, b)| (b.updated_at, a_id) < (a.updated_at, b_id))
    }

    /// Unread messages over all conversations.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.conversations.values().map(ConversationState::unread).sum()
    }
}
