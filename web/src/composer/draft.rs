//! What somebody began to write in a conversation. It survives a reload.
//!
//! The text is in the field and nowhere else: however long it is, a key costs the same.

use chat::Action;
use leptos::{html, prelude::*, task::spawn_local};
use protocol::{ConversationId, MessageId, MessageText, Quote};
use web_sys::HtmlTextAreaElement;

use super::length::{Length, READ_AT_ONCE};
use crate::{intl::direction::is_right_to_left, store::Store, ui::focus::focus};

/// What is written in the field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mode {
    /// A message.
    New,
    /// A reply to this one.
    Reply(Quote),
    /// The new text of a message.
    Edit {
        message: MessageId,
        /// Its present text.
        before: MessageText,
        /// What stood in the field, and comes back afterwards.
        put_aside: String,
    },
}

#[derive(Clone, Copy)]
pub(crate) struct Draft {
    store: Store,
    id: ConversationId,
    pub(super) field: NodeRef<html::Textarea>,
    /// The field itself, for as long as the draft lives: when the draft ends, the reference is empty
    /// already.
    element: StoredValue<Option<HtmlTextAreaElement>, LocalStorage>,
    pub(super) length: RwSignal<Length>,
    pub(super) right_to_left: RwSignal<bool>,
    pub(super) mode: RwSignal<Mode>,
}

impl Draft {
    /// The draft of a conversation, for as long as the owner lives.
    pub(crate) fn open(store: Store, id: ConversationId) -> Self {
        let this = Self {
            store,
            id,
            field: NodeRef::new(),
            element: StoredValue::new_local(None),
            length: RwSignal::new(Length::Empty),
            right_to_left: RwSignal::new(false),
            mode: RwSignal::new(store.reply(id).map_or(Mode::New, Mode::Reply)),
        };
        Effect::new(move |_| {
            if let Some(field) = this.field.get() {
                this.element.set_value(Some(field));
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
        if units <= READ_AT_ONCE {
            self.read(&self.text());
        } else {
            self.see(Length::Over(units));
        }
        self.keep();
        if units > 0 && !self.is_edit() {
            self.store.act(Action::Typing(self.id));
        }
    }

    pub(super) fn clear(self) {
        self.set("");
    }

    /// What is written from now on is a reply.
    pub(crate) fn reply(self, quote: Quote) {
        self.leave_mode();
        self.store.keep_reply(self.id, Some(quote.clone()));
        self.mode.set(Mode::Reply(quote));
        focus("#composer");
    }

    /// The text of a message is corrected in the field.
    pub(crate) fn edit(self, message: MessageId, before: MessageText) {
        self.leave_mode();
        // The draft is what stands in the field now, and not what will.
        self.store.flush_drafts();
        let put_aside = self.text();
        let text = before.to_string();
        // First of all, so that the correction is not kept as a draft.
        self.mode.set(Mode::Edit { message, before, put_aside });
        self.set(&text);
        focus("#composer");
    }

    /// It is a new message again.
    pub(super) fn leave_mode(self) {
        self.store.keep_reply(self.id, None);
        if let Mode::Edit { put_aside, .. } = self.mode.get_untracked() {
            self.mode.set(Mode::New);
            self.set(&put_aside);
        } else {
            self.mode.set(Mode::New);
        }
    }

    fn is_edit(self) -> bool {
        self.mode.try_with_untracked(|mode| matches!(mode, Mode::Edit { .. })) == Some(true)
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
        self.read(text);
        self.keep();
    }

    fn read(self, text: &str) {
        self.see(Length::of(text));
        let right_to_left = is_right_to_left(text);
        if self.right_to_left.try_get_untracked() == Some(!right_to_left) {
            self.right_to_left.set(right_to_left);
        }
    }

    /// What stands there is read when it is written, once the typing has paused.
    fn keep(self) {
        if let Some(field) = self.element().filter(|_| !self.is_edit()) {
            let is_there = self.length.try_get_untracked() != Some(Length::Empty);
            self.store.keep_draft(self.id, is_there, move || field.value());
        }
    }

    fn see(self, length: Length) {
        if self.length.try_with_untracked(|before| *before != length) == Some(true) {
            self.length.set(length);
        }
    }

    fn element(self) -> Option<HtmlTextAreaElement> {
        self.element.try_get_value().flatten()
    }
}
