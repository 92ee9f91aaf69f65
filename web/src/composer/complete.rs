//! A list above the field that completes what is being written: a name behind `@`, an emoji behind `:`. The
//! focus stays in the field.

use chat::Topic;
use js_sys::{JsString, Reflect};
use leptos::{ev::KeyboardEvent, prelude::*};
use protocol::{ConversationId, UserId, mention};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlTextAreaElement;

use super::{
    draft::Draft,
    growth,
    length::{Length, READ_AT_ONCE},
    mention::{Choice, choices, people},
};
use crate::{emoji::Match, screen::Screen, store::Store, ui::avatar::Avatar};

/// Choices that are shown at once.
const SHOWN: usize = 8;
/// UTF-16 units before the caret that are looked at.
const LOOKED_AT: u32 = 80;
/// Letters behind a `:` from which on it is taken for an emoji.
const EMOJI_FROM: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Person,
    Emoji,
}

/// What is being written, and where its sign stands, in UTF-16 units.
#[derive(Clone, Debug, PartialEq)]
struct Wanted {
    kind: Kind,
    typed: String,
    start: u32,
}

#[derive(Clone, Copy)]
pub(super) struct Completion {
    draft: Draft,
    wanted: RwSignal<Option<Wanted>>,
    /// The sign for which the person has closed the list.
    closed: StoredValue<Option<u32>>,
    /// The people who are listed for this sign. They keep their places: whoever is about to press Enter has read them.
    listed: StoredValue<Vec<UserId>>,
    choices: Memo<Vec<Choice>>,
    /// The choice that Enter takes, if somebody went to one; otherwise it is the first. Not its place, which may
    /// become another's.
    active: RwSignal<Option<Choice>>,
}

impl Completion {
    pub(super) fn new(store: Store, id: ConversationId, draft: Draft) -> Self {
        let emojis = Screen::expect().emojis;
        let wanted = RwSignal::new(None::<Wanted>);
        let listed = StoredValue::new(Vec::<UserId>::new());
        let choices = Memo::new(move |_| match wanted.get() {
            None => vec![],
            Some(Wanted { kind: Kind::Person, typed, .. }) => {
                store.track(Topic::Conversation(id));
                store.track(Topic::People);
                store.with(|state| {
                    let people = people(state, id, &listed.get_value());
                    let choices = choices(state, id, &people, &typed, SHOWN);
                    listed.set_value(people);
                    choices
                })
            }
            Some(Wanted { kind: Kind::Emoji, typed, .. }) => {
                let found = emojis.find(&typed, Match::Beginning, SHOWN);
                found.into_iter().map(|one| Choice::Emoji { emoji: one.text, name: one.shortcode }).collect()
            }
        });
        let (closed, active) = (StoredValue::new(None), RwSignal::new(None));
        let this = Self { draft, wanted, closed, listed, choices, active };
        Effect::new(move |_| {
            if wanted.with(|wanted| wanted.as_ref().is_some_and(|one| one.kind == Kind::Emoji)) {
                emojis.load();
            }
        });
        // The text was sent.
        Effect::new(move |_| {
            if draft.length.get() == Length::Empty {
                this.close();
            }
        });
        this
    }

    /// The text, or the place in it, has changed.
    pub(super) fn typed(self, field: &HtmlTextAreaElement) {
        let wanted = wanted(field);
        if self.closed.get_value() != wanted.as_ref().map(|wanted| wanted.start) {
            self.closed.set_value(None);
        }
        let wanted = wanted.filter(|_| self.closed.get_value().is_none());
        if self.wanted.with_untracked(|before| *before != wanted) {
            let sign = |wanted: &Option<Wanted>| wanted.as_ref().map(|one| (one.kind, one.start));
            if self.wanted.with_untracked(sign) != sign(&wanted) {
                self.listed.set_value(Vec::new());
            }
            self.active.set(None);
            self.wanted.set(wanted);
        }
    }

    pub(super) fn close(self) {
        // The field loses the focus also when it goes.
        if self.wanted.try_with_untracked(Option::is_some) == Some(true) {
            self.wanted.set(None);
        }
    }

    /// Whether the list has a use for this key.
    pub(super) fn takes(self, event: &KeyboardEvent) -> bool {
        let choices = self.choices.get_untracked();
        let count = choices.len();
        if count == 0 || event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key() {
            return false;
        }
        let active = untrack(|| self.active_index());
        match event.key().as_str() {
            "ArrowDown" => self.go_to(&choices[(active + 1) % count]),
            "ArrowUp" => self.go_to(&choices[(active + count - 1) % count]),
            // It is written to its end: Enter sends.
            "Enter" if self.is_written(&choices[active]) => {
                self.close();
                return false;
            }
            "Enter" | "Tab" => self.choose(&choices[active]),
            "Escape" => {
                self.closed.set_value(self.wanted.with_untracked(|one| one.as_ref().map(|one| one.start)));
                self.close();
            }
            "ArrowLeft" | "ArrowRight" | "Home" | "End" | "PageUp" | "PageDown" => {
                self.close();
                return false;
            }
            _ => return false,
        }
        event.prevent_default();
        true
    }

    /// Whether what was written is this choice already.
    fn is_written(self, choice: &Choice) -> bool {
        let typed = self.wanted.with_untracked(|wanted| wanted.as_ref().map(|one| format!("@{}", one.typed)));
        typed.is_some_and(|typed| typed.to_lowercase() == choice.text().to_lowercase())
    }

    /// Enter takes this one now.
    fn go_to(self, choice: &Choice) {
        if self.active.with_untracked(|active| active.as_ref() != Some(choice)) {
            self.active.set(Some(choice.clone()));
        }
    }

    /// Where the choice is that Enter takes.
    fn active_index(self) -> usize {
        let active = self.active.get();
        let place = |active| self.choices.with(|choices| choices.iter().position(|one| *one == active));
        active.and_then(place).unwrap_or_default()
    }

    /// Puts a choice in the place of what was written of it.
    fn choose(self, choice: &Choice) {
        let (Some(wanted), Some(field)) = (self.wanted.get_untracked(), self.draft.field.get_untracked())
        else {
            return;
        };
        let field: &HtmlTextAreaElement = &field;
        let end = wanted.start + 1 + units(&wanted.typed);
        let spaced = text_between(field, end, end + 1).starts_with(char::is_whitespace);
        let text = choice.text();
        let text = if spaced { text } else { format!("{text} ") };
        if field.set_range_text_with_start_and_end(&text, wanted.start, end).is_ok() {
            let caret = wanted.start + units(&text) + u32::from(spaced);
            let _ = field.set_selection_range(caret, caret);
        }
        self.close();
        growth::fit(field);
        self.draft.typed();
    }

    /// For the field: the choice that is read out.
    pub(super) fn active_id(self) -> Option<String> {
        self.is_open().then(|| option_id(self.active_index()))
    }

    pub(super) fn is_open(self) -> bool {
        self.choices.with(|choices| !choices.is_empty())
    }
}

fn option_id(index: usize) -> String {
    format!("completion-{index}")
}

fn units(text: &str) -> u32 {
    text.encode_utf16().count() as u32
}

fn text_between(field: &HtmlTextAreaElement, start: u32, end: u32) -> String {
    let value = Reflect::get(field, &"value".into()).ok();
    let value = value.as_ref().and_then(|value| value.dyn_ref::<JsString>());
    value.map(|value| value.substring(start, end).into()).unwrap_or_default()
}

/// What is being written at the caret.
fn wanted(field: &HtmlTextAreaElement) -> Option<Wanted> {
    let caret = field.selection_end().ok().flatten()?;
    if field.selection_start().ok().flatten()? != caret || field.text_length() as usize > READ_AT_ONCE {
        return None;
    }
    let before = text_between(field, caret.saturating_sub(LOOKED_AT), caret);
    let (kind, typed) = wanted_in(&before)?;
    let start = caret.checked_sub(units(typed) + 1)?;
    Some(Wanted { kind, typed: typed.to_owned(), start })
}

/// The same in the text before the caret.
fn wanted_in(before: &str) -> Option<(Kind, &str)> {
    if let Some(typed) = mention::mentions(before).filter_map(|one| one.unfinished()).last() {
        return Some((Kind::Person, typed));
    }
    let (text, typed) = before.rsplit_once(':')?;
    let is_shortcode = |c: char| c.is_alphanumeric() || matches!(c, '_' | '+' | '-');
    let begins = !text.ends_with(|c: char| c.is_alphanumeric() || c == ':');
    // What follows the colon of `:-D` and `:-)` is a face already.
    let is_name = typed.starts_with(char::is_alphanumeric) || typed == "+1" || typed == "-1";
    let is_emoji =
        begins && is_name && typed.chars().all(is_shortcode) && typed.chars().count() >= EMOJI_FROM;
    is_emoji.then_some((Kind::Emoji, typed))
}

/// The list; nothing while there is no choice.
#[component]
pub(super) fn Choices(completion: Completion) -> impl IntoView {
    let choices = completion.choices;
    let list = NodeRef::<leptos::html::Ul>::new();
    Effect::new(move |_| {
        let selected = completion.active_index();
        choices.track();
        request_animation_frame(move || {
            let option =
                list.try_get_untracked().flatten().and_then(|list| list.children().item(selected as u32));
            if let Some(option) = option {
                scroll_to(&option);
            }
        });
    });
    let option = move |(index, choice): (usize, Choice)| {
        let is_active = move || completion.active_index() == index;
        let (words, pointed, pressed) = (shown(choice.clone()), choice.clone(), choice);
        view! {
            <li
                class="completion-option"
                id=option_id(index)
                role="option"
                aria-selected=Signal::derive(move || is_active().to_string())
                // The field keeps the focus.
                on:pointerdown=|event| event.prevent_default()
                on:mousedown=|event| event.prevent_default()
                on:pointermove=move |_| completion.go_to(&pointed)
                on:click=move |_| completion.choose(&pressed)
            >
                {words}
            </li>
        }
    };
    move || {
        completion.is_open().then(|| {
            let options = choices.get().into_iter().enumerate().map(option).collect_view();
            view! {
                <ul class="completion" id="completion" role="listbox" aria-label="Suggestions" node_ref=list>
                    {options}
                </ul>
            }
        })
    }
}

fn shown(choice: Choice) -> AnyView {
    match choice {
        Choice::Person { id, name } => view! {
            <Avatar id=ConversationId::User(id) name=name.clone() small=true />
            <bdi class="truncate" prop:textContent=name></bdi>
        }
        .into_any(),
        Choice::All => view! {
            <span class="completion-sign" aria-hidden="true">"@"</span>
            <span>{mention::ALL}</span>
            <span class="completion-hint truncate">"everybody in this group"</span>
        }
        .into_any(),
        Choice::Emoji { emoji, name } => view! {
            <span class="completion-sign" aria-hidden="true" prop:textContent=emoji></span>
            <span class="truncate" prop:textContent=format!(":{name}:")></span>
        }
        .into_any(),
    }
}

/// Moves nothing but the list.
fn scroll_to(option: &web_sys::Element) {
    let Some(list) = option.parent_element() else { return };
    let (at, view) = (option.get_bounding_client_rect(), list.get_bounding_client_rect());
    let by = (at.bottom() - view.bottom()).max(0.0) + (at.top() - view.top()).min(0.0);
    list.set_scroll_top(list.scroll_top() + by as i32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_being_written_is_at_the_caret_and_no_part_of_a_word() {
        for (before, typed) in [("@", ""), ("hi @an", "an"), ("(@ann.l", "ann.l"), ("a\n@ه", "ه")] {
            assert_eq!(wanted_in(before), Some((Kind::Person, typed)), "{before}");
        }
        for (before, typed) in [(":smi", "smi"), ("hi :+1", "+1"), (":-1", "-1"), ("(:he", "he")] {
            assert_eq!(wanted_in(before), Some((Kind::Emoji, typed)), "{before}");
        }
        for before in [
            "",
            "ann@ex",
            "@ann ",
            "@ann, ",
            ":)",
            ":s",
            ":-D",
            ":-)",
            "12:30",
            "a::bc",
            "https://x",
            ":a b",
            "a:bc",
        ] {
            assert_eq!(wanted_in(before), None, "{before}");
        }
    }
}
