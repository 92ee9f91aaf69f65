//! Says what arrives, and nothing of what was there before.

use leptos::prelude::*;
use markdown::plain_text;
use protocol::{ConversationId, Message, Seq};

use super::messages::messages;
use crate::{conversation::names::username, intl::direction::isolated, screen::Screen, store::Store};

pub(super) fn announce_arrivals(id: ConversationId, ends: Memo<(Seq, Seq)>, loaded: Memo<bool>) {
    let (store, screen) = (Store::expect(), Screen::expect());
    Effect::new(move |before: Option<Option<Seq>>| {
        let (_, now) = ends.get();
        if let Some(before) = before.flatten()
            && screen.attention.get_untracked()
        {
            let arrivals = store.with(|state| {
                let new = messages(state, id).iter().rev().take_while(|message| message.seq > before);
                let sentence = |message: &Message| {
                    let author = username(state, message.sender_id);
                    let text = plain_text(message.content.as_str());
                    format!("{}: {}", isolated(&author), isolated(&text))
                };
                new.filter(|message| message.sender_id != state.me.id).map(sentence).collect::<Vec<_>>()
            });
            arrivals.into_iter().rev().for_each(|sentence| screen.announcer.arrived(sentence));
        }
        loaded.get().then_some(now)
    });
}
