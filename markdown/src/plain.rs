//! A text without its formatting, in one line.

use crate::{
    parse::parse,
    tree::{Block, write_words},
};

/// What a text says, in one line: for previews, notifications, and to be read out.
#[must_use]
pub fn plain_text(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    write_blocks(&parse(text), &mut words);
    let mut line = String::with_capacity(words.len());
    for word in words.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn write_blocks(blocks: &[Block], words: &mut String) {
    for block in blocks {
        match block {
            Block::Paragraph(text) | Block::Heading { text, .. } => write_words(text, words),
            Block::Code { text, .. } => words.push_str(text),
            Block::Quote(blocks) => write_blocks(blocks, words),
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
                    write_blocks(item, words);
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
}
