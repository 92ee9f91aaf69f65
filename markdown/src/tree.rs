//! What a text consists of.

/// A part of a text that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Words.
    Paragraph(Vec<Inline>),
    /// Words that stand over others; `level` is from 1 to 6.
    Heading {
        /// 1 is the largest.
        level: u8,
        /// The words.
        text: Vec<Inline>,
    },
    /// A list; with a `start`, its items are numbered from there.
    List {
        /// The number of the first item.
        start: Option<u64>,
        /// What each item consists of.
        items: Vec<Vec<Block>>,
    },
    /// What somebody else said.
    Quote(Vec<Block>),
    /// Lines of code, without a newline at the end.
    Code {
        /// What was written behind the fence.
        language: Option<String>,
        /// The lines.
        text: String,
    },
    /// A line across.
    Rule,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// As it is.
    Text(String),
    /// What follows is on a new line.
    LineBreak,
    /// `**strong**`
    Strong(Vec<Inline>),
    /// `*emphasis*`
    Emphasis(Vec<Inline>),
    /// `~~struck out~~`
    Strike(Vec<Inline>),
    /// `` `code` ``
    Code(String),
    /// There is no other link in its text.
    Link {
        /// Begins with `http://`, `https://` or `mailto:`, in whatever case.
        address: String,
        /// If it looks like an address, but of another place, it ends with the true one.
        text: Vec<Inline>,
    },
}

/// Writes the words of these, and a newline for each break. A link may have other words, by its address and its
/// own.
pub(crate) fn write_words(
    inlines: &[Inline],
    words: &mut String,
    link: &dyn Fn(&str, &[Inline]) -> Option<String>,
) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => words.push_str(text),
            Inline::LineBreak => words.push('\n'),
            Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => {
                write_words(inner, words, link);
            }
            Inline::Link { address, text } => match link(address, text) {
                Some(other) => words.push_str(&other),
                None => write_words(text, words, link),
            },
        }
    }
}
