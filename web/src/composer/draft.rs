//! What somebody began to write in a conversation. It survives a reload.
//!
//! The text is in the field and nowhere else: however long it is, a key costs the same.

use leptos::{html, prelude::*, task::spawn_local};
use protocol::{ConversationId, MessageText};
use web_sys::HtmlTextAreaElement;

use super::length::{Length, READ_AT_ONCE};
use crate::{store::Store, ui::focus::focus};

#[derive(Clone, Copy)]
pub(crate) struct Draft {
    store: Store,
    id: ConversationId,
    pub(super) field: NodeRef<html::Textarea>,
    pub(super) length: RwSignal<Length>,
}

impl Draft {
    /// The draft of a conversation, for as long as the owner lives.
    pub(crate) fn open(store: Store, id: ConversationId) -> Self {
        let this = Self { store, id, field: NodeRef::new(), length: RwSignal::new(Length::Empty) };
        Effect::new(move |_| {
            if this.field.get().is_some() {
                spawn_local(async move {
                    let kept = store.draft(id).await;
                    if !kept.is_empty() {
                        this.put_before(&kept);
                    }
                });
            }
        });
        // The field is about to go.
        on_cleanup(move || store.flush_drafts());
        this
    }

    pub(super) fn text(self) -> String {
        self.element().map(|field| field.value()).unwrap_or_default()
    }

    pub(super) fn is_empty(self) -> bool {
        self.element().is_none_or(|field| field.text_length() == 0)
    }

    /// Somebody typed. A text that is far too long is not even read at each key.
    pub(super) fn typed(self) {
        let units = self.element().map_or(0, |field| field.text_length()) as usize;
        self.see(if units <= READ_AT_ONCE { Length::of(&self.text()) } else { Length::Over(units) });
        self.keep();
    }

    pub(super) fn clear(self) {
        self.set("");
    }

    /// A message that was not sent is edited: it goes before what stands here already.
    pub(crate) fn put_back(self, content: &MessageText) {
        self.put_before(content.as_str());
        focus("#composer");
    }

    fn put_before(self, text: &str) {
        let here = self.text();
        if here.trim().is_empty() {
            self.set(text);
        } else {
            self.set(&format!("{text}\n{here}"));
        }
    }

    fn set(self, text: &str) {
        if let Some(field) = self.element() {
            field.set_value(text);
            super::growth::fit(&field);
        }
        self.see(Length::of(text));
        self.keep();
    }

    /// What stands there is read when it is written, once the typing has paused.
    fn keep(self) {
        if let Some(field) = self.element() {
            self.store.keep_draft(self.id, move || field.value());
        }
    }

    fn see(self, length: Length) {
        if self.length.try_with_untracked(|before| *before != length) == Some(true) {
            self.length.set(length);
        }
    }

    fn element(self) -> Option<HtmlTextAreaElement> {
        self.field.try_get_untracked().flatten()
    }
}
