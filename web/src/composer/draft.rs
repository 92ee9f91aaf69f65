//! What somebody began to write in a conversation: a message, a reply, or the correction of a message. It
//! survives a reload, and is the same in every tab.
//!
//! The text is in the field and nowhere else: however long it is, a key costs the same.

use std::collections::HashMap;

use chat::{Action, ChatState};
use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_use_event_listener::use_event_listener;
use protocol::{ConversationId, Message, MessageId, MessageText, Quote};
use serde::{Deserialize, Serialize};
use web_sys::{HtmlTextAreaElement, VisibilityState};

use super::length::{Length, READ_AT_ONCE};
use crate::{
    browser::{Kept, Part},
    intl::direction::is_right_to_left,
    store::Store,
    ui::focus::focus,
};

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
        /// Its text when that was begun.
        before: MessageText,
        aside: Aside,
    },
    /// A message that was not sent, while what stood in the field is to be no part of it: it replies to something
    /// else, or to nothing.
    Unsent { reply_to: Option<Quote>, aside: Aside },
}

/// What stood in the field, and comes back afterwards.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Aside {
    text: String,
    /// What it is a reply to.
    reply: Option<Quote>,
}

/// How a mode is kept. What stands in the field while something is put aside is here, and what was put aside is
/// where the text of a new message is.
#[derive(Serialize, Deserialize)]
enum KeptMode {
    Reply(Quote),
    Edit {
        message: MessageId,
        before: MessageText,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<Quote>,
    },
    Unsent {
        reply_to: Option<Quote>,
        text: String,
        reply: Option<Quote>,
    },
}

impl KeptMode {
    fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Mode {
    /// What was kept: the mode, and what stands in the field.
    fn read(Kept { text, mode }: Kept) -> (Self, String) {
        match serde_json::from_str(&mode) {
            Ok(KeptMode::Edit { message, before, text: new, reply }) => {
                (Self::Edit { message, before, aside: Aside { text, reply } }, new)
            }
            Ok(KeptMode::Unsent { reply_to, text: new, reply }) => {
                (Self::Unsent { reply_to, aside: Aside { text, reply } }, new)
            }
            Ok(KeptMode::Reply(quote)) => (Self::Reply(quote), text),
            // Nothing, or a later version's.
            Err(_) => (Self::New, text),
        }
    }

    /// The same the other way round.
    fn write(&self, text: &str) -> Kept {
        let text = text.to_owned();
        match self.clone() {
            Self::New => Kept { text, mode: String::new() },
            Self::Reply(quote) => Kept { text, mode: KeptMode::Reply(quote).write() },
            Self::Edit { message, before, aside: Aside { text: put_aside, reply } } => {
                Kept { text: put_aside, mode: KeptMode::Edit { message, before, text, reply }.write() }
            }
            Self::Unsent { reply_to, aside: Aside { text: put_aside, reply } } => {
                Kept { text: put_aside, mode: KeptMode::Unsent { reply_to, text, reply }.write() }
            }
        }
    }

    fn aside(&mut self) -> Option<&mut Aside> {
        match self {
            Self::New | Self::Reply(_) => None,
            Self::Edit { aside, .. } | Self::Unsent { aside, .. } => Some(aside),
        }
    }

    /// What is left when this stands in the field, and it is to be for something else. A correction is given up.
    fn draft(self, text: String) -> Aside {
        match self {
            Self::New => Aside { text, reply: None },
            Self::Reply(quote) => Aside { text, reply: Some(quote) },
            Self::Edit { aside, .. } => aside,
            Self::Unsent { aside: Aside { text: put_aside, reply }, .. } => {
                Aside { text: joined(&text, &put_aside), reply }
            }
        }
    }

    /// What a message that is written now replies to.
    pub(super) fn reply_to(self) -> Option<Quote> {
        match self {
            Self::New | Self::Edit { .. } => None,
            Self::Reply(quote) => Some(quote),
            Self::Unsent { reply_to, .. } => reply_to,
        }
    }

    fn of_message(reply_to: Option<Quote>) -> Self {
        reply_to.map_or(Self::New, Self::Reply)
    }
}

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
        on_cleanup(move || this.end());
        this
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
            let mut loaded = state.conversation(self.id)?.timeline.runs().flatten();
            let shown = as_shown(state, self.id, loaded.find(|one| one.id == message)?);
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
        self.mode.set(Mode::Reply(quote.clone()));
        self.keep_mode(Some(KeptMode::Reply(quote)));
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
            Mode::Reply(_) => {
                self.mode.set(Mode::New);
                self.keep_mode(None);
            }
            mode => {
                let Aside { text, reply } = mode.draft(self.text());
                self.mode.set(Mode::of_message(reply.clone()));
                self.keep_mode(reply.map(KeptMode::Reply));
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
            self.mode.set(Mode::of_message(reply_to.clone()));
            self.keep_mode(reply_to.map(KeptMode::Reply));
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

    fn keep_mode(self, mode: Option<KeptMode>) {
        if !self.changed() {
            return;
        }
        let text = mode.map(|mode| mode.write()).unwrap_or_default();
        self.store.keep_draft(self.id, Part::Mode, self.is_there(), move || text.clone());
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

/// What was kept, and what somebody typed or began before it could be read: that goes behind it, and what they
/// correct or answer now goes first.
fn merged((mut kept, text): (Mode, String), (mut here, more): (Mode, String)) -> (Mode, String) {
    if here == Mode::New {
        return match kept.aside() {
            Some(aside) => {
                aside.text = joined(&aside.text, &more);
                (kept, text)
            }
            None => (kept, joined(&text, &more)),
        };
    }
    let draft = kept.draft(text);
    match here.aside() {
        Some(aside) => {
            aside.text = joined(&draft.text, &aside.text);
            aside.reply = aside.reply.take().or(draft.reply);
            (here, more)
        }
        None => (here, joined(&draft.text, &more)),
    }
}

/// What was begun first, and then what came to it.
fn joined(text: &str, more: &str) -> String {
    match (text.is_empty(), more.trim().is_empty()) {
        (true, _) => more.to_owned(),
        (_, true) => text.to_owned(),
        _ => format!("{text}\n{more}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(mode: Option<KeptMode>) -> Kept {
        Kept { text: "a draft".to_owned(), mode: mode.map(|mode| mode.write()).unwrap_or_default() }
    }

    fn quote() -> Quote {
        Quote {
            message_id: MessageId::from_bytes([1; 16]),
            seq: protocol::Seq(1),
            sender_id: protocol::UserId::from_bytes([2; 16]),
            excerpt: "hi".to_owned(),
        }
    }

    #[test]
    fn a_correction_is_kept_beside_the_draft_that_was_put_aside_for_it() {
        let (message, before) = (MessageId::from_bytes([1; 16]), "helo".parse::<MessageText>().unwrap());
        for reply in [None, Some(quote())] {
            let (before, text) = (before.clone(), "hello".to_owned());
            let correction = KeptMode::Edit { message, before: before.clone(), text, reply: reply.clone() };
            let aside = Aside { text: "a draft".to_owned(), reply };
            let mode = Mode::Edit { message, before, aside };
            let kept = kept(Some(correction));
            assert_eq!(mode.write("hello"), kept);
            assert_eq!(Mode::read(kept), (mode, "hello".to_owned()));
        }
    }

    #[test]
    fn an_unsent_message_is_kept_beside_the_draft_that_is_no_part_of_it() {
        let aside = Aside { text: "a draft".to_owned(), reply: None };
        let mode = Mode::Unsent { reply_to: Some(quote()), aside };
        assert_eq!(Mode::read(mode.write("hello")), (mode, "hello".to_owned()));
    }

    #[test]
    fn what_is_kept_of_a_reply_is_what_it_replies_to() {
        let reply = KeptMode::Reply(quote());
        assert_eq!(Mode::read(kept(Some(reply))), (Mode::Reply(quote()), "a draft".to_owned()));
        assert_eq!(Mode::read(kept(None)), (Mode::New, "a draft".to_owned()));
        let later = Kept { mode: r#"{"Poll":{}}"#.to_owned(), ..kept(None) };
        assert_eq!(Mode::read(later), (Mode::New, "a draft".to_owned()));
    }

    #[test]
    fn what_comes_to_a_draft_stands_below_it() {
        assert_eq!(joined("a", "b"), "a\nb");
        assert_eq!(joined("a", " \n"), "a");
        assert_eq!(joined("", "b"), "b");
        assert_eq!(joined("", " "), " ");
    }

    #[test]
    fn what_somebody_begins_before_it_is_known_what_is_kept_writes_over_nothing_of_it() {
        let edit = |number: u8, put_aside: &str, reply: Option<Quote>| Mode::Edit {
            message: MessageId::from_bytes([number; 16]),
            before: "helo".parse().unwrap(),
            aside: Aside { text: put_aside.to_owned(), reply },
        };
        let unsent = |put_aside: &str| Mode::Unsent {
            reply_to: Some(quote()),
            aside: Aside { text: put_aside.to_owned(), reply: None },
        };
        let other = Quote { excerpt: "well?".to_owned(), ..quote() };
        let reply = |quote: &Quote| Mode::Reply(quote.clone());
        let cases = [
            ((Mode::New, "dear Ben"), (Mode::New, "hel"), (Mode::New, "dear Ben\nhel")),
            ((reply(&other), "yes"), (Mode::New, "hel"), (reply(&other), "yes\nhel")),
            ((edit(1, "draft", None), "hello"), (Mode::New, "hel"), (edit(1, "draft\nhel", None), "hello")),
            ((Mode::New, "dear Ben"), (reply(&quote()), "hel"), (reply(&quote()), "dear Ben\nhel")),
            ((edit(1, "draft", None), "hello"), (reply(&quote()), "hel"), (reply(&quote()), "draft\nhel")),
            ((Mode::New, "dear Ben"), (edit(1, "", None), "hel"), (edit(1, "dear Ben", None), "hel")),
            (
                (reply(&other), "yes"),
                (edit(1, "but", None), "hel"),
                (edit(1, "yes\nbut", Some(other.clone())), "hel"),
            ),
            (
                (edit(2, "draft", Some(other.clone())), "hello"),
                (edit(1, "", Some(quote())), "hel"),
                (edit(1, "draft", Some(quote())), "hel"),
            ),
            ((unsent("draft"), "hello"), (Mode::New, "hel"), (unsent("draft\nhel"), "hello")),
            ((unsent("draft"), "hello"), (reply(&other), "hel"), (reply(&other), "hello\ndraft\nhel")),
        ];
        let owned = |(mode, text): (Mode, &str)| (mode, text.to_owned());
        for (kept, here, both) in cases {
            assert_eq!(merged(owned(kept), owned(here)), owned(both));
        }
    }
}
