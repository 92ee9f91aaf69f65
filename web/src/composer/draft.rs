//! What somebody began to write in a conversation: a message, a reply, or the correction of a message. It
//! survives a reload, and is the same in every tab.
//!
//! The text is in the field and nowhere else: however long it is, a key costs the same.

use std::collections::HashMap;

use chat::{Action, ChatState, Topic};
use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_use_event_listener::use_event_listener;
use protocol::{ConversationId, Message, MessageId, MessageText, Quote};
use web_sys::{HtmlTextAreaElement, VisibilityState};

use super::{
    length::{Length, READ_AT_ONCE},
    mode::{Aside, Mode, joined, merged},
};
use crate::{
    browser::{Kept, Part},
    intl::direction::is_right_to_left,
    store::Store,
    ui::focus::focus,
};

#[derive(Clone, Copy)]
pub(crate) struct Draft {
    store: Store,
    id: ConversationId,
    pub(super) field: NodeRef<html::Textarea>,
    /// The field itself, for as long as the draft lives: when the draft ends, the reference is empty
    /// already.
    element: StoredValue<Option<HtmlTextAreaElement>, LocalStorage>,
    /// How often anything was changed here; `None` until it shows what was kept.
    changes: StoredValue<Option<u32>>,
    /// Corrections that were begun and left for something else.
    corrections: StoredValue<HashMap<MessageId, MessageText>>,
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
            changes: StoredValue::new(None),
            corrections: StoredValue::default(),
            length: RwSignal::new(Length::Empty),
            right_to_left: RwSignal::new(false),
            mode: RwSignal::new(Mode::New),
        };
        Effect::new(move |_| {
            if let Some(field) = this.field.get() {
                this.element.set_value(Some(field));
                spawn_local(async move { this.begin(this.kept().await) });
            }
        });
        let heard = store.hear_of_drafts(move |changed| {
            if changed == id {
                this.follow();
            }
        });
        StoredValue::new_local(heard);
        // A page that was frozen has heard nothing.
        let _ = use_event_listener(document(), ev::visibilitychange, move |_| {
            if document().visibility_state() == VisibilityState::Visible {
                this.follow();
            }
        });
        this.follow_quoted();
        on_cleanup(move || this.end());
        this
    }

    /// What is answered may be corrected or deleted meanwhile.
    fn follow_quoted(self) {
        Effect::new(move |_| {
            let mut mode = self.mode.get();
            if mode.quotes().next().is_none() {
                return;
            }
            self.store.track(Topic::Conversation(self.id));
            let deleted = self.store.with(|state| {
                let timeline = &state.conversation(self.id)?.timeline;
                let follow = |quote: &mut Quote| {
                    let now = timeline.get(quote.seq)?;
                    quote.follow(now).then(|| now.is_deleted())
                };
                mode.quotes().filter_map(follow).reduce(|one, other| one || other)
            });
            match (deleted, &mode) {
                (None, _) => {}
                // Another tab may know less, and what both keep would go back and forth.
                (Some(false), _) => self.mode.set(mode),
                // Its words stay nowhere.
                (Some(true), Mode::Edit { .. } | Mode::Unsent { .. }) => {
                    self.mode.set(mode);
                    self.keep();
                }
                (Some(true), _) => self.begin_mode(mode),
            }
        });
    }

    /// What was kept. After a database that did not answer in time comes a new one, which may.
    async fn kept(self) -> Kept {
        for _ in 0..2 {
            if let Some(kept) = self.store.draft(self.id).await {
                return kept;
            }
        }
        Kept::default()
    }

    /// Shows what was kept, and behind it what somebody typed or began before it could be read.
    fn begin(self, kept: Kept) {
        if self.changes.try_update_value(|changes| *changes = Some(0)).is_none() {
            return;
        }
        let (mode, text) = (self.mode.get_untracked(), self.text());
        let is_begun = mode != Mode::New || !text.is_empty();
        let (mode, text) = merged(Mode::read(kept), (mode, text));
        if is_begun {
            keep_all(self.store, self.id, &mode, &text);
        }
        self.show_all(mode, &text);
    }

    /// The field is about to go. What was typed before it was known what is kept comes to that all the same.
    fn end(self) {
        let is_waiting = self.changes.try_get_value() == Some(None);
        if let Some(mode) = self.mode.try_get_untracked().filter(|_| is_waiting) {
            let text = self.text();
            if mode != Mode::New || !text.is_empty() {
                spawn_local(async move {
                    let (mode, text) = merged(Mode::read(self.kept().await), (mode, text));
                    keep_all(self.store, self.id, &mode, &text);
                });
            }
        }
        self.store.flush_drafts();
    }

    /// Another tab may have changed, sent or discarded it. What was changed here meanwhile stays, and so does all
    /// if nobody can say what is kept.
    fn follow(self) {
        let before = self.changes.try_get_value().flatten();
        if before.is_none() || self.store.is_draft_changing(self.id) {
            return;
        }
        spawn_local(async move {
            let Some(kept) = self.store.draft(self.id).await else { return };
            let (mode, text) = Mode::read(kept);
            if self.changes.try_get_value() != Some(before) {
                return;
            }
            self.show_all(mode, &text);
        });
    }

    /// What a message says now, if it is loaded.
    pub(super) fn present_text(self, message: MessageId) -> Option<MessageText> {
        self.store.with(|state| {
            let message = state.conversation(self.id)?.timeline.find(message)?;
            let shown = as_shown(state, self.id, message);
            (!shown.is_deleted()).then_some(shown.content)
        })
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
        self.take_draft_back();
        self.begin_mode(Mode::Reply(quote));
        focus("#composer");
    }

    /// The text of a message is corrected in the field. `text` is what stands there first, `before` is what the
    /// message says now; if both are the same, a correction that was left goes on.
    pub(crate) fn edit(self, message: MessageId, before: MessageText, text: &MessageText) {
        let aside = self.put_aside();
        let left = || self.corrections.try_update_value(|left| left.remove(&message)).flatten();
        let text = if *text == before { left().unwrap_or_else(|| text.clone()) } else { text.clone() };
        self.mode.set(Mode::Edit { message, before, aside });
        self.set(text.as_str());
        focus("#composer");
    }

    /// To be called before the mode is set: what comes into the field then is not kept as the text of a new message.
    fn put_aside(self) -> Aside {
        self.take_draft_back();
        // The draft is what stands in the field now, and not what will.
        self.store.flush_drafts();
        self.mode.get_untracked().draft(self.text())
    }

    /// What was put aside for a correction is there again; what was a reply is a message like any other.
    pub(super) fn leave_mode(self) {
        match self.mode.get_untracked() {
            Mode::New => {}
            Mode::Reply(_) => self.begin_mode(Mode::New),
            mode => {
                let Aside { text, reply } = mode.draft(self.text());
                self.begin_mode(Mode::of_message(reply));
                self.set(&text);
            }
        }
    }

    /// What was put aside stands in the field again. A correction is there when it is begun again.
    fn take_draft_back(self) {
        if let Mode::Edit { message, before, .. } = self.mode.get_untracked()
            && let Ok(text) = self.text().parse::<MessageText>()
            && text != before
        {
            self.corrections.try_update_value(|left| left.insert(message, text));
        }
        if self.mode.with_untracked(|mode| !matches!(mode, Mode::New | Mode::Reply(_))) {
            self.leave_mode();
        }
    }

    fn is_edit(self) -> bool {
        self.mode.try_with_untracked(|mode| matches!(mode, Mode::Edit { .. })) == Some(true)
    }

    /// A message that was not sent is edited, and replies to what it did. It goes before what stands here already, if
    /// that replies to the same; anything else comes back when it is sent.
    pub(crate) fn put_back(self, content: &MessageText, reply_to: Option<Quote>) {
        let aside = self.put_aside();
        if aside.reply == reply_to || aside.text.trim().is_empty() {
            self.begin_mode(Mode::of_message(reply_to));
            self.set(&joined(content.as_str(), &aside.text));
        } else {
            self.mode.set(Mode::Unsent { reply_to, aside });
            self.set(content.as_str());
        }
        focus("#composer");
    }

    fn set(self, text: &str) {
        self.show(text);
        self.keep();
    }

    fn show_all(self, mode: Mode, text: &str) {
        if self.mode.with_untracked(|shown| *shown != mode) {
            self.mode.set(mode);
        }
        if self.text() != text {
            self.show(text);
        }
    }

    fn show(self, text: &str) {
        if let Some(field) = self.element() {
            field.set_value(text);
            super::growth::fit(&field);
        }
        self.read(text);
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
        let Some(field) = self.element().filter(|_| self.changed()) else { return };
        match self.mode.try_get_untracked() {
            Some(mode @ (Mode::Edit { .. } | Mode::Unsent { .. })) => {
                let kept = move || mode.write(&field.value()).mode;
                self.store.keep_draft(self.id, Part::Mode, true, kept);
            }
            _ => self.store.keep_draft(self.id, Part::Text, self.is_there(), move || field.value()),
        }
    }

    /// A new message or a reply: what stands in the field is its text, and is kept beside it.
    fn begin_mode(self, mode: Mode) {
        let kept = mode.write("").mode;
        self.mode.set(mode);
        if self.changed() {
            self.store.keep_draft(self.id, Part::Mode, self.is_there(), move || kept.clone());
        }
    }

    /// Says whether that can be kept: what is kept already must be known first, or it would be written over.
    fn changed(self) -> bool {
        let count = |changes: &mut Option<u32>| {
            *changes = changes.map(|changes| changes.wrapping_add(1));
            changes.is_some()
        };
        self.changes.try_update_value(count) == Some(true)
    }

    /// Whether anything was begun.
    fn is_there(self) -> bool {
        self.length.try_get_untracked() != Some(Length::Empty)
            || self.mode.try_with_untracked(|mode| *mode != Mode::New) == Some(true)
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

/// A message with what this person did to it and the server does not have yet.
pub(super) fn as_shown(state: &ChatState, id: ConversationId, message: &Message) -> Message {
    let preview = state.outbox.preview(id, message, state.me.id);
    preview.map_or_else(|| message.clone(), |preview| preview.message)
}

fn keep_all(store: Store, id: ConversationId, mode: &Mode, text: &str) {
    let is_there = *mode != Mode::New || !text.is_empty();
    let Kept { text, mode } = mode.write(text);
    store.keep_draft(id, Part::Text, is_there, move || text.clone());
    store.keep_draft(id, Part::Mode, is_there, move || mode.clone());
}
