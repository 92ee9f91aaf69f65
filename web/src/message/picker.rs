//! Choosing an emoji to react with: those that people use most, all others by group, and a field to find one.

use chat::Command;
use leptos::{ev::KeyboardEvent, html, prelude::*};
use protocol::{ConversationId, Emoji, MessageId, text::Stored as _};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::{
    emoji::{Emojis, Entry, FREQUENT, Loaded, Match},
    screen::Screen,
    store::Store,
    ui::{
        focus, popover,
        shortcut::{composes, writes},
    },
};

/// Results that are shown of a search.
const FOUND: usize = 96;

/// What somebody looks at in the picker.
#[derive(Clone, Copy)]
struct Look {
    emojis: Emojis,
    query: RwSignal<String>,
    /// Which group; none: those that people use most.
    group: RwSignal<Option<usize>>,
}

impl Look {
    /// What is shown.
    fn entries(self) -> Vec<Entry> {
        let query = self.query.get();
        if !query.trim().is_empty() {
            return self.emojis.find(&query, Match::Anywhere, FOUND);
        }
        match (self.group.get(), self.emojis.loaded()) {
            (Some(group), Loaded::Here(groups)) => groups[group].emojis.clone(),
            _ => FREQUENT.clone(),
        }
    }

    /// What is to be said about what is shown.
    fn note(self, is_empty: bool) -> &'static str {
        match self.emojis.loaded() {
            Loaded::Failed => {
                "Only these are here: the others could not be loaded. Open this again to try once more."
            }
            _ if is_empty => "No emoji has this name.",
            _ => "",
        }
    }
}

#[component]
pub(super) fn Picker(id: ConversationId, message: MessageId, node: NodeRef<html::Div>) -> impl IntoView {
    let store = Store::expect();
    let look = Look {
        emojis: Screen::expect().emojis,
        query: RwSignal::new(String::new()),
        group: RwSignal::new(None),
    };
    let field: NodeRef<html::Input> = NodeRef::new();
    // A memo: when all others have come, the buttons stay, and the focus with them.
    let entries = Memo::new(move |_| look.entries());
    let choose = move |emoji: &str| {
        popover::close_to_row(node);
        // It is one of Unicode's, so it need not be parsed.
        let emoji = Emoji::stored(emoji.to_owned());
        store.write(id, Command::React { message, emoji, on: true });
    };
    let toggled = move |_| match node.get_untracked() {
        Some(node) if node.unchecked_ref::<HtmlElement>().matches(":popover-open").unwrap_or(false) => {
            look.emojis.load();
        }
        _ => {
            look.query.set(String::new());
            look.group.set(None);
        }
    };
    let pressed = move |event: KeyboardEvent| {
        let in_field = field.get_untracked().is_some_and(|field| focus::has_focus(&field));
        if composes(&event) {
            return event.stop_propagation();
        }
        if in_field && event.key() == "Enter" {
            event.prevent_default();
            let found = look.query.with_untracked(|query| look.emojis.find(query, Match::Anywhere, 1));
            if let Some(first) = found.first() {
                choose(&first.text);
            }
        } else if !in_field || event.key() == "ArrowDown" {
            walk(&event, node, field);
        }
        if event.key() != "Tab" {
            event.stop_propagation();
        }
    };
    let button = move |entry: Entry| {
        let Entry { text, name, .. } = entry;
        let emoji = text.clone();
        view! {
            <button
                class="emoji-button menu-item"
                type="button"
                aria-label=name.clone()
                title=name
                on:click=move |_| choose(&emoji)
                prop:textContent=text
            ></button>
        }
    };
    view! {
        <div
            class="menu emoji-picker is-beside"
            popover="auto"
            role="group"
            aria-label="Reactions to choose from"
            node_ref=node
            on:toggle=toggled
            on:keydown=pressed
        >
            <input
                class="emoji-search"
                type="search"
                aria-label="Find an emoji"
                placeholder="Find an emoji"
                autocomplete="off"
                node_ref=field
                prop:value=look.query
                on:input:target=move |event| look.query.set(event.target().value())
            />
            <Groups look />
            <div class="emoji-grid">
                {move || entries.get().into_iter().map(button).collect_view()}
            </div>
            <p class="emoji-note" role="status" prop:textContent=move || look.note(entries.with(Vec::is_empty))></p>
        </div>
    }
}

/// A button for each group. Their room is there before them.
#[component]
fn Groups(look: Look) -> impl IntoView {
    let tab = move |group: Option<usize>, emoji: String, name: String| {
        let pressed = move || look.query.with(|query| query.trim().is_empty()) && look.group.get() == group;
        let choose = move |_| {
            look.query.set(String::new());
            look.group.set(group);
        };
        view! {
            <button
                class="emoji-group"
                type="button"
                aria-pressed=Signal::derive(move || pressed().to_string())
                aria-label=name.clone()
                title=name
                on:click=choose
            >
                {emoji}
            </button>
        }
    };
    let tabs = move || match look.emojis.loaded() {
        Loaded::Here(groups) => {
            let of_group = |(number, group): (usize, &crate::emoji::EmojiGroup)| {
                let first = group.emojis.first().map(|entry| entry.text.clone()).unwrap_or_default();
                tab(Some(number), first, group.name.clone())
            };
            let frequent = tab(None, "👍".to_owned(), "Used most".to_owned());
            let others = groups.iter().enumerate().map(of_group).collect_view();
            Some(view! {
                {frequent}
                {others}
            })
        }
        _ => None,
    };
    view! { <div class="emoji-groups" role="group" aria-label="Groups of emojis">{tabs}</div> }
}

/// Arrow keys go through the grid, and from its first row to the field; a letter goes into the field.
fn walk(event: &KeyboardEvent, picker: NodeRef<html::Div>, field: NodeRef<html::Input>) {
    let Some(picker) = picker.get_untracked() else { return };
    let items = focus::all(&picker, ".menu-item");
    let top = |item: &HtmlElement| item.offset_top();
    let columns = items.iter().take_while(|item| top(item) == top(&items[0])).count() as isize;
    let from = document().active_element();
    let is_inside = from.as_ref().is_some_and(|from| from.class_list().contains("menu-item"));
    let by = match event.key().as_str() {
        "ArrowDown" if is_inside => columns,
        "ArrowDown" => 1,
        "ArrowUp" if is_inside => -columns,
        "ArrowRight" if is_inside => 1,
        "ArrowLeft" if is_inside => -1,
        key => {
            if key != " " && writes(event) {
                // Before the character is put in, so that it lands there.
                let _ = field.get_untracked().map(|field| field.focus());
            }
            return;
        }
    };
    event.prevent_default();
    if !focus::step(&items, from.as_ref(), by) && by < 0 {
        let _ = field.get_untracked().map(|field| field.focus());
    }
}
