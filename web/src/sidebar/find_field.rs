//! The field that finds people, groups and messages.

use leptos::{
    ev::{FocusEvent, KeyboardEvent},
    html,
    prelude::*,
};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::find_hints::FindHints;
use crate::ui::{button::IconButton, focus::focus, icon::Icon};

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
        if event.is_composing() {
            return;
        }
        if event.key() == "Enter" && !typed.with_untracked(String::is_empty) {
            event.prevent_default();
            // The first hit that is a link: nobody joins a group by accident.
            let hit = document().query_selector(".sidebar-scroll a[href]").ok().flatten();
            if let Some(hit) = hit.and_then(|hit| hit.dyn_into::<HtmlElement>().ok()) {
                hit.click();
            }
        }
        if event.key() == "Escape" {
            event.prevent_default();
            // The first Escape clears the text, the second leaves the field.
            if typed.with_untracked(String::is_empty) {
                go_back();
            } else {
                typed.set(String::new());
            }
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
                placeholder="Find people, messages"
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
