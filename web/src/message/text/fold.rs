//! A long text is folded: its beginning can be read, and a button shows the rest.

use leptos::{ev::FocusEvent, html, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use crate::timeline::scroll::Scroll;

/// About so many characters are in a line where there is room for it.
const LINE: usize = 80;

/// How many lines a text has where there is room for them.
pub(super) fn lines(text: &str) -> usize {
    text.lines().map(|line| line.chars().count().div_ceil(LINE).max(1)).sum()
}

#[component]
pub(super) fn Folded(
    lines: usize,
    wide: bool,
    unfolded: RwSignal<bool>,
    children: Children,
) -> impl IntoView {
    let scroll = use_context::<Scroll>();
    let content: NodeRef<html::Div> = NodeRef::new();
    let button: NodeRef<html::Button> = NodeRef::new();
    // What is read stays where it is: the beginning of the text, or the button that folds it.
    let toggle = move || {
        let unfolds = !unfolded.get_untracked();
        let still: Option<Element> = if unfolds {
            content.get_untracked().map(|content| (*content).clone().into())
        } else {
            button.get_untracked().map(|button| (*button).clone().into())
        };
        match (scroll, still) {
            (Some(scroll), Some(still)) => scroll.holding(still, move || unfolded.set(unfolds)),
            _ => unfolded.set(unfolds),
        }
    };
    // A link that the keyboard comes to is not left where nobody sees it.
    let reveal = move |event: FocusEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let (Some(target), Some(content)) = (target, content.get_untracked())
            && !unfolded.get_untracked()
            && target.get_bounding_client_rect().bottom() > content.get_bounding_client_rect().bottom()
        {
            toggle();
        }
    };
    let words =
        move || if unfolded.get() { "Show less".to_owned() } else { format!("Show more ({lines} lines)") };
    view! {
        <div class="message-folding" class:is-wide=wide>
            <div
                class="message-content"
                class:is-folded=move || !unfolded.get()
                node_ref=content
                on:focusin=reveal
            >
                {children()}
            </div>
            <button
                class="link-button message-fold"
                type="button"
                tabindex="-1"
                node_ref=button
                aria-expanded=Signal::derive(move || unfolded.get().to_string())
                on:click=move |_| toggle()
                prop:textContent=words
            ></button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_count_as_several() {
        assert_eq!(lines("a"), 1);
        assert_eq!(lines("a\n\nb\n"), 3);
        assert_eq!(lines(&"é".repeat(LINE)), 1);
        assert_eq!(lines(&"é".repeat(LINE + 1)), 2);
        assert_eq!(lines(&"x".repeat(4_000)), 50);
    }
}
