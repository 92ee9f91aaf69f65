//! A text without its formatting, in one line.

use crate::{
    parse::parse,
    tree::{Block, Inline, write_words},
};

/// What a text says, in one line: for previews, notifications, and to be read out.
#[must_use]
pub fn plain_text(text: &str) -> String {
    one_line(text, &|_, _| None)
}

/// The same, where an address that stands for itself may say something else: `link` is asked.
#[must_use]
pub fn plain_text_with(text: &str, link: &dyn Fn(&str) -> Option<String>) -> String {
    one_line(text, &|address, words| {
        let is_bare = matches!(words, [Inline::Text(words)] if words == address);
        if is_bare { link(address) } else { None }
    })
}

fn one_line(text: &str, link: &dyn Fn(&str, &[Inline]) -> Option<String>) -> String {
    let mut words = String::with_capacity(text.len());
    write_blocks(&parse(text), &mut words, link);
    let mut line = String::with_capacity(words.len());
    for word in words.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn write_blocks(blocks: &[Block], words: &mut String, link: &dyn Fn(&str, &[Inline]) -> Option<String>) {
    for block in blocks {
        match block {
            Block::Paragraph(text) | Block::Heading { text, .. } => write_words(text, words, link),
            Block::Code { text, .. } => words.push_str(text),
            Block::Quote(blocks) => write_blocks(blocks, words, link),
            Block::List { start, items } => {
                let mut number = *start;
                for item in items {
                    match &mut number {
                        Some(number) => {
                            words.push_str(&format!("{number}. "));
                            *number += 1;
                        }
                        None => words.push_str("• "),
                    }
                    write_blocks(item, words, link);
                }
            }
            Block::Rule => {}
        }
        words.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line_without_formatting() {
        for (text, plain) in [
            ("hello", "hello"),
            ("**Done**: ~~a~~ *b* `c*d`", "Done: a b c*d"),
            ("a\nb\n\nc", "a b c"),
            ("# Title\n> said\n\n---\nmore", "Title said more"),
            ("- a\n- b\n  1. c\n  2. d", "• a • b 1. c 2. d"),
            ("2019. was good", "2019. was good"),
            ("```rust\nfn a() {}\n```", "fn a() {}"),
            ("see [here](https://a.example) ![x](https://b.example/x.png)", "see here x"),
            ("<b>&amp;</b>\t\u{a0}x", "<b>&amp;</b> x"),
            ("", ""),
        ] {
            assert_eq!(plain_text(text), plain, "{text}");
        }
    }

    #[test]
    fn an_address_that_stands_for_itself_may_say_something_else() {
        let ours = |address: &str| address.starts_with("https://a.example/").then(|| "a place".to_owned());
        for (text, plain) in [
            ("see https://a.example/x, and", "see a place, and"),
            ("**https://a.example/x**\n- <https://a.example/y>", "a place • a place"),
            // Somebody chose these words.
            ("[here](https://a.example/x)", "here"),
            ("https://b.example/x", "https://b.example/x"),
            ("`https://a.example/x`", "https://a.example/x"),
        ] {
            assert_eq!(plain_text_with(text, &ours), plain, "{text}");
        }
    }
}
