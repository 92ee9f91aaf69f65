//! Texts that are made to take long, or to go deep.

use std::time::{Duration, Instant};

use crate::{BYTES, Block, Inline, NESTING, NODES, parse, plain_text};

/// Far more than any of them takes, on a slow machine and without optimisation; what takes quadratic
/// time takes minutes.
const LONG: Duration = Duration::from_secs(5);

const PIECES: &[&str] = &[
    "[",
    "]",
    "(",
    ")",
    "![",
    "](",
    "[](",
    "[a](",
    "*",
    "_",
    "**a ",
    "*a_ ",
    "~",
    "~~a",
    ">",
    "> ",
    "`",
    "` ",
    "``a`",
    "<",
    "<a ",
    "<!--",
    "&",
    "&#",
    "\\",
    "\\\\",
    "- ",
    "-\n",
    "1. ",
    "> - ",
    "- > ",
    "#",
    "\n",
    "\r\n",
    "\t",
    " ",
    "|",
    ":",
    "]:",
    "[a]:\n",
    "http://",
    "https://@",
    "https://a.b(",
    "mailto:",
    "mailto:a@",
    "```",
    "```\n",
    "~~~\n",
    "a\n```",
    "> a\nb\n",
    "- a\nb\n",
    "a**b_c~",
    "*a **b _c ~~d ",
    "\u{fe0f}",
    "（",
    "<https://a>",
    "¯\\_(ツ)_/¯",
    "    a\n",
    "=\n",
    "<?",
    "<![CDATA[",
];

#[test]
fn no_text_takes_long() {
    for piece in PIECES {
        for size in [4_000, BYTES] {
            let text = piece.repeat(size / piece.len());
            let start = Instant::now();
            let blocks = parse(&text);
            let took = start.elapsed();
            println!("{size} bytes of {piece:?} took {took:?}");
            assert!(took < LONG, "{size} bytes of {piece:?} took {took:?}");
            assert!(!blocks.is_empty(), "{piece:?}");
        }
    }
}

fn depth(blocks: &[Block]) -> usize {
    let of = |block: &Block| match block {
        Block::Quote(inner) => depth(inner),
        Block::List { items, .. } => 1 + items.iter().map(|item| depth(item)).max().unwrap_or(0),
        Block::Paragraph(text) => words_depth(text),
        _ => 0,
    };
    1 + blocks.iter().map(of).max().unwrap_or(0)
}

fn words_depth(inlines: &[Inline]) -> usize {
    let of = |inline: &Inline| match inline {
        Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => words_depth(inner),
        _ => 0,
    };
    1 + inlines.iter().map(of).max().unwrap_or(0)
}

#[test]
fn what_goes_too_deep_is_shown_as_it_was_written() {
    for (begin, end) in [("> ", ""), ("- ", ""), ("*b **c ", " d** e*")] {
        let mut deepest = 0;
        for times in 1.. {
            let text = format!("{}a{}", begin.repeat(times), end.repeat(times));
            let blocks = parse(&text);
            if blocks == [Block::Paragraph(vec![Inline::Text(text.clone())])] {
                break;
            }
            let depth = depth(&blocks);
            assert!(depth <= NESTING + 2, "{text} is {depth} deep");
            deepest = deepest.max(depth);
        }
        assert!(deepest > NESTING / 2, "{begin} may be only {deepest} deep");
    }
}

#[test]
fn what_has_too_many_parts_is_shown_as_it_was_written() {
    let some = "*a* ".repeat(NODES / 5);
    assert!(matches!(&parse(&some)[..], [Block::Paragraph(text)] if text.len() > NODES / 5));
    let many = "*a* ".repeat(NODES / 3);
    assert!(matches!(&parse(&many)[..], [Block::Paragraph(text)] if text.len() == 1));
    let long = format!("{}*a*", "x".repeat(BYTES));
    assert!(matches!(&parse(&long)[..], [Block::Paragraph(text)] if text.len() == 1));
    assert!(plain_text(&long).ends_with("*a*"));
}
