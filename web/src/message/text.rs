//! A message's text, with its links made into links. Nothing of it is ever taken for HTML.

use leptos::prelude::*;
use protocol::MessageText;

use super::links::{Piece, pieces};

#[component]
pub(super) fn Text(content: MessageText) -> impl IntoView {
    let piece = |piece: Piece<'_>| match piece {
        Piece::Text(text) => text.to_owned().into_any(),
        Piece::Link(address) => view! { <Link address=address.to_owned() /> }.into_any(),
    };
    let pieces = pieces(content.as_str()).into_iter().map(piece).collect_view();
    view! { <p class="message-content" dir="auto">{pieces}</p> }
}

#[component]
fn Link(address: String) -> impl IntoView {
    let origin = window().location().origin().unwrap_or_default();
    // A link to this page, for example an invitation, opens without leaving the page.
    let is_ours = address.strip_prefix(&origin).is_some_and(|path| path.starts_with('/'));
    let (target, rel) = if is_ours { (None, None) } else { (Some("_blank"), Some("noopener noreferrer")) };
    let href = if is_ours { address[origin.len()..].to_owned() } else { address.clone() };
    view! { <a href=href target=target rel=rel tabindex="-1">{address}</a> }
}
