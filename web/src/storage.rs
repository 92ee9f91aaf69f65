//! What the browser keeps over a reload: that one is logged in, drafts, and what was not sent.
//!
//! Storage may be blocked or full. Then nothing is kept, and nothing else breaks. The outbox is in
//! [`outbox`], on top of [`database`] and [`journal`].

mod database;
mod journal;
pub(crate) mod outbox;

use gloo_storage::{LocalStorage, Storage};
use protocol::{ConversationId, UserId};

use crate::place::conversation_path;

/// index.html reads it, to paint the right face before the program is there.
const SIGNED_IN: &str = "parlance.signed-in";

fn is_open() -> bool {
    web_sys::window().is_some_and(|window| matches!(window.local_storage(), Ok(Some(_))))
}

/// Whether somebody was logged in here; unknown where storage is blocked.
pub(crate) fn was_signed_in() -> Option<bool> {
    is_open().then(|| LocalStorage::raw().get_item(SIGNED_IN).ok().flatten().is_some())
}

pub(crate) fn set_signed_in(signed_in: bool) {
    if !is_open() {
        return;
    }
    let _ = match signed_in {
        true => LocalStorage::raw().set_item(SIGNED_IN, "1"),
        false => LocalStorage::raw().remove_item(SIGNED_IN),
    };
}

/// What somebody began to write in a conversation.
pub(crate) fn load_draft(me: UserId, conversation: ConversationId) -> String {
    if is_open() {
        LocalStorage::raw().get_item(&draft_key(me, conversation)).ok().flatten().unwrap_or_default()
    } else {
        String::new()
    }
}

pub(crate) fn save_draft(me: UserId, conversation: ConversationId, text: &str) {
    if !is_open() {
        return;
    }
    let key = draft_key(me, conversation);
    let _ = match text.is_empty() {
        true => LocalStorage::raw().remove_item(&key),
        false => LocalStorage::raw().set_item(&key, text),
    };
}

fn draft_key(me: UserId, conversation: ConversationId) -> String {
    format!("parlance.draft.{me}{}", conversation_path(conversation))
}
