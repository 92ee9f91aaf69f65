//! A message's text: formatted, folded if it is long, and large if it is an emoji or a few. Nothing of
//! it is ever taken for HTML.

mod code;
mod fold;
pub(super) mod mention;
mod nodes;

use leptos::prelude::*;
use markdown::{is_only_emoji, parse};

use crate::intl::direction::is_right_to_left;
use fold::{Folded, lines};
use mention::Mentions;
use nodes::blocks;

/// Up to this many emoji, alone in a message, are shown large.
const LARGE_EMOJI: usize = 3;
/// A text with more lines is folded.
const FOLDED: usize = 20;

#[component]
pub(crate) fn MessageText(
    content: protocol::MessageText,
    /// Whose names are marked in it.
    #[prop(optional)]
    mentions: Mentions,
    /// Whether somebody has unfolded it. It belongs to who shows the text, and stays when the text is shown
    /// anew.
    unfolded: RwSignal<bool>,
) -> impl IntoView {
    let text = content.as_str();
    if is_only_emoji(text, LARGE_EMOJI) {
        return view! { <p class="message-content is-emoji" dir="auto">{text.to_owned()}</p> }.into_any();
    }
    let blocks = blocks(parse(text), &mentions);
    // Such a text begins at the far side, whatever its length.
    let wide = is_right_to_left(text);
    match lines(text) {
        lines if lines > FOLDED => view! { <Folded lines wide unfolded>{blocks}</Folded> }.into_any(),
        _ => view! { <div class="message-content" class:is-wide=wide>{blocks}</div> }.into_any(),
    }
}
