//! What holds for any text.

use proptest::{prelude::*, sample::select};

use crate::{Block, Inline, is_only_emoji, parse, plain_text};

/// Everything that can be seen, and where links lead.
fn everything(blocks: &[Block], out: &mut String) {
    for block in blocks {
        match block {
            Block::Paragraph(text) | Block::Heading { text, .. } => words(text, out),
            Block::Quote(inner) => everything(inner, out),
            Block::Code { language, text } => {
                out.extend(language.iter().map(String::as_str));
                out.push_str(text);
            }
            Block::List { start, items } => {
                for (index, item) in items.iter().enumerate() {
                    out.extend(start.map(|start| (start + index as u64).to_string()));
                    everything(item, out);
                }
            }
            Block::Rule => {}
        }
    }
}

fn words(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::LineBreak => out.push('\n'),
            Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => words(inner, out),
            Inline::Link { address, text } => {
                let mut own = String::new();
                words(text, &mut own);
                out.push_str(&own);
                if !address.ends_with(&own) {
                    out.push_str(address);
                }
            }
        }
    }
}

/// Whether all of `part` is in `whole`, in order.
fn is_within(mut part: impl Iterator<Item = char>, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.all(|c| whole.any(|other| other == c))
}

fn markup() -> impl Strategy<Value = String> {
    let pieces: &[&str] = &[
        "a",
        "b",
        "word",
        " ",
        "  ",
        "    ",
        "\n",
        "\n\n",
        "\t",
        "*",
        "**",
        "_",
        "__",
        "~~",
        "~",
        "`",
        "``",
        "```",
        "```rust\n",
        "\n```\n",
        "> ",
        ">",
        "- ",
        "* ",
        "1. ",
        "7) ",
        "\n- ",
        "\n  - ",
        "\n> ",
        "# ",
        "### ",
        "---",
        "\n===\n",
        "[",
        "]",
        "(",
        ")",
        "](",
        "![",
        "\"",
        " 'c'",
        "]:",
        "[a]:",
        "<",
        ">",
        "</b>",
        "<b>",
        "<!--",
        "-->",
        "&amp;",
        "&",
        ";",
        "\\",
        "|",
        "!",
        ".",
        ":",
        "https://a.example/x",
        "http://",
        "mailto:a@b.c",
        "<https://c.example>",
        "[d](https://e.example)",
        "é",
        "日本",
        "、",
        "（",
        "محمد",
        "🎉",
        "\u{200d}",
        "\r\n",
        "\0",
        "¯\\_(ツ)_/¯",
    ];
    proptest::collection::vec(select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

fn all_lead_where_links_may_lead(inlines: &[Inline], inside_a_link: bool) -> bool {
    inlines.iter().all(|inline| match inline {
        Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => {
            all_lead_where_links_may_lead(inner, inside_a_link)
        }
        Inline::Link { address, text } => {
            let address = address.to_ascii_lowercase();
            !inside_a_link
                && all_lead_where_links_may_lead(text, true)
                && ["http://", "https://", "mailto:"].iter().any(|scheme| address.starts_with(scheme))
        }
        _ => true,
    })
}

fn all_links(blocks: &[Block]) -> bool {
    blocks.iter().all(|block| match block {
        Block::Paragraph(text) | Block::Heading { text, .. } => all_lead_where_links_may_lead(text, false),
        Block::Quote(inner) => all_links(inner),
        Block::List { items, .. } => items.iter().all(|item| all_links(item)),
        Block::Code { .. } | Block::Rule => true,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_letter_is_lost(text in markup()) {
        let mut shown = String::new();
        everything(&parse(&text), &mut shown);
        let letters = text.chars().filter(|c| c.is_alphabetic());
        prop_assert!(is_within(letters, &shown), "{text:?} is shown as {shown:?}");
    }

    #[test]
    fn nothing_that_can_be_seen_is_lost_of_words_without_formatting(
        text in "[a-zA-Z0-9 \n,.;?!\"'/(){}^%$§=+äß日本محمد🎉&:|@-]{0,200}"
    ) {
        let mut shown = String::new();
        everything(&parse(&text), &mut shown);
        // Without what a list's marker or a line across consists of, which are there as such. Numbers that are
        // all the same are counted on from.
        let seen = text.chars().filter(|c| !c.is_whitespace() && !c.is_numeric() && !"-+.)".contains(*c));
        prop_assert!(is_within(seen, &shown), "{text:?} is shown as {shown:?}");
    }

    #[test]
    fn every_link_leads_where_links_may_lead(text in markup()) {
        prop_assert!(all_links(&parse(&text)));
    }

    #[test]
    fn any_text_is_parsed_and_its_plain_text_is_one_line(text in "(?s).{0,300}") {
        let line = plain_text(&text);
        prop_assert!(!line.contains(['\n', '\r']));
        prop_assert_eq!(line.is_empty(), text.trim().is_empty());
        prop_assert!(!is_only_emoji(&text, 0));
    }

    #[test]
    fn plain_text_of_any_formatting_is_empty_only_if_the_text_is(text in markup()) {
        prop_assert_eq!(plain_text(&text).is_empty(), text.trim().is_empty(), "{:?}", text);
    }
}
