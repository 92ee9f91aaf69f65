//! What a timeline reads of the state.

use chat::{ChatState, ConversationState, MembershipLine};
use protocol::{ConversationId, Message, Seq};

use super::{
    rows::{self, DayRows},
    window::Window,
};
use crate::intl::calendar;

pub(super) fn messages(state: &ChatState, id: ConversationId) -> &[Message] {
    state.conversation(id).map_or(&[][..], |conversation| conversation.timeline.run(conversation.place))
}

/// The oldest and the newest message that can be shown.
pub(super) fn ends(state: &ChatState, id: ConversationId) -> (Seq, Seq) {
    let messages = messages(state, id);
    let seq = |message: Option<&Message>| message.map_or(Seq::ZERO, |message| message.seq);
    (seq(messages.first()), seq(messages.last()))
}

/// Whether what is shown reaches the newest message.
pub(super) fn follows(state: &ChatState, id: ConversationId) -> bool {
    let follows = |one: &ConversationState| {
        // A place that was not loaded yet is somewhere else.
        let is_elsewhere = one.place.is_some() && one.timeline.run(one.place).is_empty();
        !is_elsewhere && one.timeline.newer(one.place).is_none()
    };
    state.conversation(id).is_some_and(follows)
}

pub(super) fn is_loaded(state: &ChatState, id: ConversationId) -> bool {
    state.conversation(id).is_some_and(|one| {
        one.timeline.is_loaded()
            && (one.timeline.head() == Seq::ZERO || !one.timeline.run(one.place).is_empty())
    })
}

pub(super) fn divider(state: &ChatState, id: ConversationId) -> Option<Seq> {
    state.conversation(id)?.divider
}

/// Who joined and who left.
pub(super) fn lines(state: &ChatState, id: ConversationId) -> Vec<MembershipLine> {
    state.conversation(id).map(|one| one.timeline.membership().lines()).unwrap_or_default()
}

pub(super) fn rows_of(state: &ChatState, id: ConversationId, window: Window) -> Vec<DayRows> {
    let messages = messages(state, id);
    // What waits to be sent comes after the newest message.
    let at_the_end = !window.hides_newer(ends(state, id).1) && follows(state, id);
    let waiting = if at_the_end { state.outbox.of(id).count() } else { 0 };
    let shown = window.of(messages);
    let too_many = waiting.saturating_sub(window.room_for_waiting());
    let unsent = state.outbox.of(id).take(waiting).skip(too_many);
    let held = state.conversation(id).filter(|_| at_the_end);
    let held = held.into_iter().flat_map(|one| one.timeline.waiting(state.me.id));
    let lines = lines(state, id);
    let preview = |message: &Message| state.outbox.preview(id, message, state.me.id);
    rows::days(
        state.me.id,
        shown.iter().chain(held),
        &lines,
        unsent,
        preview,
        divider(state, id),
        calendar::day_of,
    )
}
