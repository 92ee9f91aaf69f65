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

/// Who is logged in. index.html looks whether it is there, to paint the right face before the
/// program is.
const SIGNED_IN: &str = "parlance.signed-in";

fn is_open() -> bool {
    web_sys::window().is_some_and(|window| matches!(window.local_storage(), Ok(Some(_))))
}

/// Whether somebody is logged in in this browser, and the id of who it is; unknown where storage
/// is blocked.
pub(crate) fn signed_in() -> Option<Option<String>> {
    is_open().then(|| LocalStorage::raw().get_item(SIGNED_IN).ok().flatten())
}

pub(crate) fn set_signed_in(who: Option<UserId>) {
    if !is_open() {
        return;
    }
    let _ = match who {
        Some(id) => LocalStorage::raw().set_item(SIGNED_IN, &id.to_string()),
        None => LocalStorage::raw().remove_item(SIGNED_IN),
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
