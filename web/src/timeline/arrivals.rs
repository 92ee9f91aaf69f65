//! Says what arrives, and nothing of what was there before.

use std::borrow::Cow;

use chat::{ChatState, Topic};
use leptos::prelude::*;
use protocol::{ConversationId, Message, Seq, shortened};

use super::messages::{ends, follows, is_loaded, messages};
use crate::{
    conversation::names::username,
    message::preview::{preview, signed},
    screen::Screen,
    store::Store,
};

/// Code points of a message that are said.
const SAID: usize = 300;

pub(super) fn announce_arrivals(id: ConversationId) {
    let (store, screen) = (Store::expect(), Screen::expect());
    let heard_up_to = store.select(move || [Topic::Conversation(id)], move |state| heard_up_to(state, id));
    Effect::new(move |before: Option<Option<Seq>>| {
        let now = heard_up_to.get();
        if let Some(before) = before.flatten()
            && screen.attention.get_untracked()
        {
            let arrivals = store.with(|state| {
                let sentence = |message: &Message| {
                    let author = username(state, message.sender_id);
                    signed(&author, &aloud(&preview(state, message.content.as_str())))
                };
                let new = arrivals(state, id, before).iter();
                new.filter(|message| message.sender_id != state.me.id).map(sentence).collect::<Vec<_>>()
            });
            arrivals.into_iter().for_each(|sentence| screen.announcer.arrived(sentence));
        }
        now
    });
}

/// So much of a text is said. What was said cannot be stopped where somebody has heard enough; all of it is in
/// the row.
fn aloud(text: &str) -> Cow<'_, str> {
    shortened(text, SAID)
}

/// What comes after this has just arrived. Who looks at an older place, and comes back, finds nothing that
/// does; `None` while nothing is there.
fn heard_up_to(state: &ChatState, id: ConversationId) -> Option<Seq> {
    let conversation = state.conversation(id).filter(|_| is_loaded(state, id))?;
    Some(if follows(state, id) { ends(state, id).1 } else { conversation.timeline.head() })
}

fn arrivals(state: &ChatState, id: ConversationId, before: Seq) -> &[Message] {
    if !follows(state, id) {
        return &[];
    }
    let messages = messages(state, id);
    &messages[messages.partition_point(|message| message.seq <= before)..]
}

#[cfg(test)]
mod tests {
    use chat::{Action, Answer};
    use protocol::{FetchHistory, HistoryPage, MessageId, Recipient, Rev, ServerEvent, User, UserId};

    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BEN: UserId = UserId::from_bytes([2; 16]);
    const WITH_BEN: ConversationId = ConversationId::User(BEN);

    fn from_ben(seq: u64) -> Message {
        let id = MessageId::from_bytes([seq as u8; 16]);
        Message::new(id, BEN, Recipient::User(ANN), Seq(seq), "hi".parse().unwrap())
    }

    /// Ann, who listens.
    struct Ann {
        state: ChatState,
        before: Option<Seq>,
    }

    impl Ann {
        /// What is announced after this.
        fn hears(&mut self, change: impl FnOnce(&mut ChatState)) -> Vec<u64> {
            change(&mut self.state);
            let now = heard_up_to(&self.state, WITH_BEN);
            let before = self.before.filter(|_| self.before != now);
            self.before = now;
            let arrivals = before.map(|before| arrivals(&self.state, WITH_BEN, before));
            arrivals.into_iter().flatten().map(|message| message.seq.0).collect()
        }

        fn fetches(&mut self, fetch: FetchHistory, from: u64, to: u64) -> Vec<u64> {
            let messages = (from..=to).map(from_ben).collect();
            let known = self.state.conversation(WITH_BEN).map(|one| one.timeline.head());
            let head = known.unwrap_or_default().max(Seq(to));
            let page = HistoryPage { messages, head, rev: Rev(head.0), changes: vec![] };
            self.hears(|state| drop(state.answer(Answer::Fetched(fetch, Ok(page)))))
        }
    }

    #[test]
    fn of_a_long_text_the_beginning_is_said() {
        assert_eq!(aloud("Cake!"), "Cake!");
        let text = "word ".repeat(800);
        let said = aloud(&text);
        assert!(said.starts_with("word word") && said.ends_with('…'), "{said}");
        assert_eq!(said.chars().count(), SAID + 1);
    }

    #[test]
    fn what_comes_is_announced_and_nothing_that_was_there_when_one_looked_elsewhere() {
        let me = User { id: ANN, username: "ann".parse().unwrap() };
        let mut ann = Ann { state: ChatState::new(me), before: None };
        let newest = FetchHistory::newest(WITH_BEN);
        ann.hears(|state| drop(state.act(Action::Open(WITH_BEN))));
        assert_eq!(ann.fetches(newest.clone(), 91, 100), [0; 0]);
        let comes =
            |seq| move |state: &mut ChatState| drop(state.apply(ServerEvent::PrivateMessage(from_ben(seq))));
        assert_eq!(ann.hears(comes(101)), [101]);
        assert_eq!(ann.hears(|state| drop(state.act(Action::OpenAt(WITH_BEN, Seq(20))))), [0; 0]);
        assert_eq!(ann.fetches(FetchHistory { around: Some(Seq(20)), ..newest.clone() }, 15, 25), [0; 0]);
        assert_eq!(ann.fetches(FetchHistory { after: Some(Seq(25)), ..newest }, 26, 50), [0; 0]);
        assert_eq!(ann.hears(comes(102)), [0; 0], "it cannot be seen from there");
        assert_eq!(ann.hears(|state| drop(state.act(Action::Follow(WITH_BEN)))), [0; 0]);
        assert_eq!(ann.hears(comes(103)), [103]);
    }
}
