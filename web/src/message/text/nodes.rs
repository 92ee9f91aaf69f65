//! The tree of a text as what is on the page.

use leptos::prelude::*;
use markdown::{Block, Inline};

use super::{code::CodeBlock, mention::Mentions};
use crate::{message::preview::own_words, routes::is_ours, store::Store};

/// What stands by itself has its own direction of writing; what is in it goes by its own words, by the
/// style sheet.
pub(super) fn blocks(blocks: Vec<Block>, mentions: &Mentions) -> Vec<AnyView> {
    blocks.into_iter().map(|one| block(one, Some("auto"), mentions)).collect()
}

fn inner(blocks: Vec<Block>, mentions: &Mentions) -> Vec<AnyView> {
    blocks.into_iter().map(|one| block(one, None, mentions)).collect()
}

fn block(block: Block, dir: Option<&'static str>, mentions: &Mentions) -> AnyView {
    let inlines = |text| inlines(text, mentions);
    match block {
        Block::Paragraph(text) => view! { <p dir=dir>{inlines(text)}</p> }.into_any(),
        // Not a heading of the page: whoever jumps from heading to heading wants the days.
        Block::Heading { level, text } => {
            view! { <p class="message-heading" data-level=level dir=dir>{inlines(text)}</p> }.into_any()
        }
        Block::Quote(blocks) => {
            view! { <blockquote dir=dir>{inner(blocks, mentions)}</blockquote> }.into_any()
        }
        Block::List { start: None, items } => {
            view! { <ul dir=dir>{list_items(items, mentions)}</ul> }.into_any()
        }
        Block::List { start: Some(start), items } => {
            // As wide as the last number.
            let digits = (start + items.len() as u64).to_string().len();
            view! {
                <ol dir=dir start=start.to_string() style:--digits=digits.to_string()>{list_items(items, mentions)}</ol>
            }
            .into_any()
        }
        Block::Code { language, text } => view! { <CodeBlock language text /> }.into_any(),
        Block::Rule => view! { <hr /> }.into_any(),
    }
}

fn list_items(items: Vec<Vec<Block>>, mentions: &Mentions) -> Vec<AnyView> {
    items.into_iter().map(|blocks| view! { <li>{inner(blocks, mentions)}</li> }.into_any()).collect()
}

fn inlines(inlines: Vec<Inline>, mentions: &Mentions) -> Vec<AnyView> {
    inlines.into_iter().map(|one| inline(one, mentions)).collect()
}

fn inline(inline: Inline, mentions: &Mentions) -> AnyView {
    let inlines = |text| inlines(text, mentions);
    match inline {
        Inline::Text(text) => mentions.marked_in(text),
        // The style sheet keeps line ends, and so does whoever copies them.
        Inline::LineBreak => "\n".into_any(),
        Inline::Strong(text) => view! { <strong>{inlines(text)}</strong> }.into_any(),
        Inline::Emphasis(text) => view! { <em>{inlines(text)}</em> }.into_any(),
        Inline::Strike(text) => view! { <s>{inlines(text)}</s> }.into_any(),
        Inline::Code(text) => view! { <code dir="auto">{text}</code> }.into_any(),
        Inline::Link { address, text } => view! { <Link address text /> }.into_any(),
    }
}

#[component]
fn Link(address: String, text: Vec<Inline>) -> impl IntoView {
    let origin = window().location().origin().unwrap_or_default();
    // A link to this page, for example an invitation, opens without leaving the page.
    let path = address.strip_prefix(&origin).filter(|path| is_ours(path));
    let (target, rel) = match path {
        Some(_) => (None, None),
        None => (Some("_blank"), Some("noopener noreferrer nofollow")),
    };
    let href = path.unwrap_or(&address).to_owned();
    let is_bare = text == [Inline::Text(address.clone())];
    let words = path.and_then(|path| Store::expect().with(|state| own_words(state, path)));
    let text = match words.filter(|_| is_bare) {
        Some(words) => vec![Inline::Text(words)],
        None => text,
    };
    // Where it leads, if that is not what it says.
    let title = (text != [Inline::Text(address.clone())]).then_some(address);
    view! { <a href=href target=target rel=rel title=title dir="auto" tabindex="-1">{inlines(text, &Mentions::default())}</a> }
}
