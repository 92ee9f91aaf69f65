//! What of a text is words, and what is a link.

use crate::{
    parse::parse,
    tree::{Block, Inline},
};

/// Calls `visit` with each run of words of a text that is neither code nor in a link.
pub fn visit_prose(text: &str, mut visit: impl FnMut(&str)) {
    visit_blocks(&parse(text), &mut visit);
}

fn visit_blocks(blocks: &[Block], visit: &mut dyn FnMut(&str)) {
    for block in blocks {
        match block {
            Block::Paragraph(text) | Block::Heading { text, .. } => visit_inlines(text, visit),
            Block::List { items, .. } => items.iter().for_each(|item| visit_blocks(item, visit)),
            Block::Quote(blocks) => visit_blocks(blocks, visit),
            Block::Code { .. } | Block::Rule => {}
        }
    }
}

/// Whether there is a link in a text.
#[must_use]
pub fn has_link(text: &str) -> bool {
    parse(text).iter().any(block_has_link)
}

fn block_has_link(block: &Block) -> bool {
    match block {
        Block::Paragraph(text) | Block::Heading { text, .. } => text.iter().any(inline_has_link),
        Block::List { items, .. } => items.iter().flatten().any(block_has_link),
        Block::Quote(blocks) => blocks.iter().any(block_has_link),
        Block::Code { .. } | Block::Rule => false,
    }
}

fn inline_has_link(inline: &Inline) -> bool {
    match inline {
        Inline::Link { .. } => true,
        Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => {
            inner.iter().any(inline_has_link)
        }
        Inline::Text(_) | Inline::Code(_) | Inline::LineBreak => false,
    }
}

fn visit_inlines(inlines: &[Inline], visit: &mut dyn FnMut(&str)) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => visit(text),
            Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => {
                visit_inlines(inner, visit);
            }
            Inline::Code(_) | Inline::Link { .. } | Inline::LineBreak => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_links_are_no_prose() {
        let mut prose = Vec::new();
        let text = "a **b** `c` <https://d.example/@d>\n> e\n- h\n\n```\ni\n```\n# j";
        visit_prose(text, |run| prose.push(run.trim().to_owned()));
        prose.retain(|run| !run.is_empty());
        assert_eq!(prose, ["a", "b", "e", "h", "j"]);
    }

    #[test]
    fn a_link_is_found_wherever_it_is_and_code_has_none() {
        for text in ["https://a.example", "> - **[a](mailto:b@c)**", "# HTTP://A", "![a](https://a.example)"]
        {
            assert!(has_link(text), "{text}");
        }
        for text in ["a.example", "`https://a.example`", "```\nhttps://a.example\n```", "[a](ftp://b)"] {
            assert!(!has_link(text), "{text}");
        }
    }
}
