//! What the browser keeps over a reload: that one is logged in, drafts, and what was not sent.
//!
//! Storage may be blocked or full. Then nothing is kept, and nothing else breaks. The outbox is in
//! [`outbox`], on top of [`database`] and [`journal`].

mod database;
mod journal;
pub(crate) mod outbox;

use protocol::{ConversationId, UserId};
use web_sys::Storage;

use crate::{place::conversation_path, reactive::window};

/// Who is logged in. index.html looks whether it is there, to paint the right face before the
/// program is.
const SIGNED_IN: &str = "parlance.signed-in";

/// `None` where it is blocked.
fn local_storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn kept(key: &str) -> Option<String> {
    local_storage()?.get_item(key).ok().flatten()
}

/// Keeps a text in the place of what is there, or only removes that. Says whether it is done.
fn keep(key: &str, text: Option<&str>) -> bool {
    let done = local_storage().map(|storage| match text {
        Some(text) => storage.set_item(key, text),
        None => storage.remove_item(key),
    });
    matches!(done, Some(Ok(())))
}

/// Whether somebody is logged in in this browser, and the id of who it is; unknown where storage
/// is blocked.
pub(crate) fn signed_in() -> Option<Option<String>> {
    local_storage().map(|storage| storage.get_item(SIGNED_IN).ok().flatten())
}

pub(crate) fn set_signed_in(who: Option<UserId>) {
    keep(SIGNED_IN, who.map(|id| id.to_string()).as_deref());
}

/// What somebody began to write in a conversation.
pub(crate) fn load_draft(me: UserId, conversation: ConversationId) -> String {
    kept(&draft_key(me, conversation)).unwrap_or_default()
}

pub(crate) fn save_draft(me: UserId, conversation: ConversationId, text: &str) {
    keep(&draft_key(me, conversation), Some(text).filter(|text| !text.is_empty()));
}

fn draft_key(me: UserId, conversation: ConversationId) -> String {
    format!("parlance.draft.{me}{}", conversation_path(conversation))
}
