//! Finding the links in a text. Plain Rust.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    /// An address that begins with `http://` or `https://`.
    Link(&'a str),
}

/// Takes a text apart; the pieces together are the text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((start, length)) = find(rest) {
        if start > 0 {
            pieces.push(Piece::Text(&rest[..start]));
        }
        pieces.push(Piece::Link(&rest[start..start + length]));
        rest = &rest[start + length..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Where the first link begins, and its length.
fn find(text: &str) -> Option<(usize, usize)> {
    let mut before = ' ';
    for (start, c) in text.char_indices() {
        let inside_a_word = before.is_alphanumeric();
        if c == 'h'
            && !inside_a_word
            && let Some(length) = length(&text[start..])
        {
            return Some((start, length));
        }
        before = c;
    }
    None
}

fn length(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme))?.len();
    let end = text
        .find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`'))
        .unwrap_or(text.len());
    let mut link = &text[..end];
    // What ends the sentence or closes a bracket around the link is not a part of it.
    while let Some(last) = link.chars().next_back() {
        let closes = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '…' | '»' | '”' => true,
            ')' => !link.contains('('),
            ']' => !link.contains('['),
            _ => false,
        };
        if !closes {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    (link.len() > scheme && link[scheme..].starts_with(|c: char| c.is_alphanumeric() || c == '['))
        .then_some(link.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<&str> {
        let pieces = pieces(text);
        let whole: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Link(text) => *text,
            })
            .collect();
        assert_eq!(whole, text);
        pieces
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Link(link) => Some(link),
                Piece::Text(_) => None,
            })
            .collect()
    }

    #[test]
    fn a_link_ends_where_the_sentence_goes_on() {
        assert_eq!(links("See https://example.org/a?b=c#d."), ["https://example.org/a?b=c#d"]);
        assert_eq!(links("(http://example.org/x), then"), ["http://example.org/x"]);
        assert_eq!(
            links("https://en.wikipedia.org/wiki/Oak_(tree) and https://a.example!"),
            ["https://en.wikipedia.org/wiki/Oak_(tree)", "https://a.example"]
        );
        assert_eq!(
            links("<https://é.example/ü>\nhttps://b.example"),
            ["https://é.example/ü", "https://b.example"]
        );
    }

    #[test]
    fn what_only_looks_like_a_link_is_text() {
        for text in
            ["", "http", "https://", "http://.", "xhttp://a.example", "ftp://a.example", "javascript:x"]
        {
            assert!(links(text).is_empty(), "{text}");
        }
    }
}
