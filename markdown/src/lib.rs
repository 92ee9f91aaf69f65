//! What people write in a chat, as a small tree. Knows nothing of chat, does no I/O.
//!
//! In reading order:
//!
//! 1. `tree`: what a text consists of: paragraphs, lists, code, links.
//! 2. [`parse()`] makes the tree. It is CommonMark by pulldown-cmark, with the differences that people
//!    expect in a chat, and that `prepare` makes before the text is parsed: a newline is a new line,
//!    a quote and a list end with their line, an address is a link.
//! 3. `links`: which addresses may be links, and how far they go.
//! 4. [`plain_text`], [`plain_text_with`]: a text in one line, without its formatting. [`visit_prose`]: its words
//!    without code and links. [`has_link`]: whether there are any. [`is_only_emoji`].
//!
//! What is not formatting stays as it was written: HTML, entities (`&amp;`), tables, definitions of links,
//! and links that lead to anything but `http`, `https` and `mailto`. An image is a link to it: nothing is
//! fetched because somebody wrote it.

mod emoji;
mod links;
mod parse;
mod plain;
mod prepare;
mod prose;
mod tree;

#[cfg(test)]
mod tests;

pub use self::{
    emoji::is_only_emoji,
    parse::parse,
    plain::{plain_text, plain_text_with},
    prose::{has_link, visit_prose},
    tree::{Block, Inline},
};

/// How deep lists, quotes and emphasis may be nested. A text that goes deeper is shown as it was written.
pub const NESTING: usize = 16;
/// How many nodes a tree may have. A text that would have more is shown as it was written.
pub const NODES: usize = 4_000;
/// How many bytes a text may have. A longer one is shown as it was written.
pub const BYTES: usize = 64 * 1024;
