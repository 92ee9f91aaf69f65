//! Says the banners aloud: each sentence once, however many panes show it one after another.

use chat::Topic;
use leptos::prelude::*;
use protocol::ClientId;

use super::{banner::refusal, dead_letter::DeadLetter};
use crate::{screen::Screen, store::Store};

/// A sentence, and what it is about: the next one may say the same of something else.
type Said = (String, Option<ClientId>);

pub(crate) fn say_banners(store: Store, screen: Screen) {
    let of_chat = store.select(
        || [Topic::Link, Topic::Outbox, Topic::List],
        |state| {
            let letter = DeadLetter::first(state);
            let letter = letter.map(|letter| (letter.sentence(state), Some(letter.client_id)));
            let refusal = refusal(state).map(|sentence| (sentence, None));
            refusal.into_iter().chain(letter).collect::<Vec<_>>()
        },
    );
    let shown = Memo::new(move |_| {
        let problem = screen.problem.get().map(|sentence| (sentence, None));
        of_chat.get().into_iter().chain(problem).collect::<Vec<_>>()
    });
    Effect::new(move |before: Option<Vec<Said>>| {
        let (before, now) = (before.unwrap_or_default(), shown.get());
        let is_new = now.iter().filter(|one| !before.contains(one));
        let sentences = is_new.map(|(sentence, _)| sentence.as_str()).collect::<Vec<_>>();
        if !sentences.is_empty() {
            screen.announcer.say(sentences.join(" "));
        }
        now
    });
}
