//! The field that finds people, groups and messages.

use leptos::{
    ev::{FocusEvent, KeyboardEvent},
    html,
    prelude::*,
};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::{
    find_hints::FindHints,
    keys::{IN_SIDEBAR, InSidebar},
};
use crate::ui::{
    button::IconButton,
    focus::focus,
    icon::Icon,
    shortcut::{composes, pressed},
};

/// What Enter opens. An action waits until it is known that nobody's name fits better, and a message that fitted
/// what was typed before until it is known what fits now.
const FIRST: &str = ".sidebar-scroll :is(a[href], .found-command):not([data-waits])";

#[component]
pub(super) fn FindField(typed: RwSignal<String>) -> impl IntoView {
    let field: NodeRef<html::Input> = NodeRef::new();
    // Where the focus was before.
    let from = StoredValue::new_local(None::<HtmlElement>);
    let go_back = move || match from.get_value().filter(|element| element.is_connected()) {
        Some(element) => drop(element.focus()),
        None => drop(focus("#composer")),
    };
    let key_pressed = move |event: KeyboardEvent| {
        if composes(&event) {
            return;
        }
        match pressed(IN_SIDEBAR, &event) {
            Some(InSidebar::Open) if !typed.with_untracked(String::is_empty) => {
                event.prevent_default();
                // The first hit that is a link or an action: nobody joins a group by accident.
                let hit = document().query_selector(FIRST).ok().flatten();
                if let Some(hit) = hit.and_then(|hit| hit.dyn_into::<HtmlElement>().ok()) {
                    hit.click();
                }
            }
            // The first Escape clears the text, the second leaves the field.
            Some(InSidebar::Leave) => {
                event.prevent_default();
                match typed.with_untracked(String::is_empty) {
                    true => go_back(),
                    false => typed.set(String::new()),
                }
            }
            _ => {}
        }
    };
    let entered = move |event: FocusEvent| {
        let before = event.related_target().and_then(|element| element.dyn_into().ok());
        from.set_value(before);
    };
    let clear = move |_| {
        typed.set(String::new());
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    let add = Callback::new(move |condition: &'static str| {
        typed.update(|typed| typed.push_str(condition));
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    });
    view! {
        <search class="find-field">
            <Icon name="find" />
            <input
                class="find-input"
                id="find"
                type="search"
                node_ref=field
                placeholder="Find anything"
                aria-label="Find people, groups and messages"
                aria-keyshortcuts="Control+K Meta+K"
                autocomplete="off"
                spellcheck="false"
                prop:value=typed
                on:input:target=move |event| typed.set(event.target().value())
                on:keydown=key_pressed
                on:focus=entered
            />
            <Show when=move || !typed.with(String::is_empty) fallback=move || view! { <FindHints on_choose=add /> }>
                <IconButton icon="close" label="Clear" on_press=clear />
            </Show>
        </search>
    }
}
