//! Addresses: where they are in a text, and which of them may be links.

use std::ops::Range;

/// Where the addresses in a text are, in order.
///
/// An address begins with `http://`, `https://` or `mailto:`. What ends the sentence around it does not
/// belong to it, and neither does a bracket that was opened before it.
pub(crate) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut next, mut before) = (0, ' ');
    for (start, c) in text.char_indices() {
        if start >= next
            && matches!(c, 'h' | 'H' | 'm' | 'M')
            && !before.is_ascii_alphanumeric()
            && begins_like_one(&text[start..])
        {
            let end = start + length(&text[start..]);
            if may_be_link(&text[start..end]) {
                found.push(start..end);
                next = end;
            }
        }
        before = c;
    }
    found
}

/// Whether a link may lead there: over the web or to somebody's mailbox, by a scheme that is written
/// out, and to a place that is not disguised by a name before an `@`.
pub(crate) fn may_be_link(address: &str) -> bool {
    begins_like_one(address) && !address.contains(is_in_no_address)
}

/// Where an address leads: the host, or the mailbox.
pub(crate) fn place(address: &str) -> &str {
    if let Some(mailbox) = strip_prefix(address, "mailto:") {
        return mailbox.split('?').next().unwrap_or_default();
    }
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    strip_prefix(host, "www.").unwrap_or(host)
}

/// Whether words could be taken for an address, and for another one than this.
pub(crate) fn pretends(words: &str, address: &str) -> bool {
    let looks_like_one = |word: &str| {
        word.contains("://") || {
            let labels = || place(word).split('.');
            let is_label = |label: &str| {
                !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '@'))
            };
            let top = labels().next_back().unwrap_or_default();
            labels().count() > 1
                && labels().all(is_label)
                && top.chars().count() > 1
                && top.chars().all(char::is_alphabetic)
        }
    };
    words
        .split(|c: char| ends_always(c) || "()[]{}".contains(c))
        .any(|word| looks_like_one(word) && !place(word).eq_ignore_ascii_case(place(address)))
}

/// Looks no further than to the end of the host.
fn begins_like_one(text: &str) -> bool {
    let is_first = |c: char| c.is_alphanumeric() || c == '[';
    if let Some(rest) = strip_prefix(text, "https://").or_else(|| strip_prefix(text, "http://")) {
        let host = rest.split(|c| matches!(c, '/' | '?' | '#') || ends_always(c)).next().unwrap_or_default();
        return host.starts_with(is_first) && !host.contains('@');
    }
    strip_prefix(text, "mailto:").is_some_and(|rest| {
        let end = rest.find(|c: char| matches!(c, '@' | ':') || ends_always(c));
        rest.starts_with(is_first) && end.is_some_and(|end| rest[end..].starts_with('@'))
    })
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn length(text: &str) -> usize {
    let mut open = [0_u32; 3];
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        match ("([{".find(c), ")]}".find(c)) {
            (Some(kind), _) => open[kind] += 1,
            (_, Some(kind)) if open[kind] > 0 => open[kind] -= 1,
            (_, Some(_)) => end = at,
            _ if ends_always(c) => end = at,
            _ => continue,
        }
        if end == at {
            break;
        }
    }
    text[..end].trim_end_matches(ends_at_the_end).len()
}

/// White space, what would end an attribute, and what cannot be seen but changes what can.
fn is_in_no_address(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '<' | '>' | '"' | '`'
            // Directions of writing, and what has no width.
            | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// What ends an address that stands in a text: quotation marks, and the punctuation of East Asia.
fn ends_always(c: char) -> bool {
    is_in_no_address(c)
        || matches!(c,
            '\\' | '|' | '“' | '”' | '„' | '«' | '»' | '‹' | '›'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
            // For vertical lines, small and full-width.
            | '\u{fe10}'..='\u{fe19}' | '\u{fe30}'..='\u{fe6b}'
            | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}')
}

/// What may be within an address, but at its end belongs to the sentence or to the formatting.
fn ends_at_the_end(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '(' | '[' | '{' | '…' | '’' | '‘'
        // Arabic, Armenian, Devanagari, Ethiopic, Burmese, Khmer.
        | '،' | '؛' | '؟' | '۔' | '։' | '।' | '॥' | '።' | '၊' | '။' | '។'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_link_ends_where_the_sentence_goes_on() {
        for (text, link) in [
            ("See https://example.org/a?b=c#d.", "https://example.org/a?b=c#d"),
            ("(http://example.org/x), then", "http://example.org/x"),
            ("(see https://en.wikipedia.org/wiki/Oak_(tree))", "https://en.wikipedia.org/wiki/Oak_(tree)"),
            ("https://a.example/x[1](2)!?", "https://a.example/x[1](2)"),
            ("<https://é.example/ü>", "https://é.example/ü"),
            ("“https://a.example”…", "https://a.example"),
            ("it's 'https://a.example/it's'", "https://a.example/it's"),
            ("**https://a.example/**", "https://a.example/"),
            ("[https://a.example](https://b.example)", "https://a.example"),
            ("http://[::1]:8000/x]", "http://[::1]:8000/x"),
            ("اقرأ https://a.example، ثم", "https://a.example"),
            ("|https://a.example|x|", "https://a.example"),
            ("mailto:ann@example.org.", "mailto:ann@example.org"),
        ] {
            assert_eq!(links(text)[0], link, "{text}");
        }
        assert_eq!(
            links("https://a.example\nhttps://b.example https://c.example"),
            ["https://a.example", "https://b.example", "https://c.example"]
        );
    }

    #[test]
    fn brackets_and_punctuation_of_east_asia_do_not_belong_to_a_link() {
        for (text, link) in [
            ("（http://a.example/）", "http://a.example/"),
            ("「http://a.example/」", "http://a.example/"),
            ("https://a.example/x，這是", "https://a.example/x"),
            ("https://a.example。", "https://a.example"),
            ("詳細はhttps://a.example/日本、", "https://a.example/日本"),
            ("【https://a.example/x】", "https://a.example/x"),
            ("https://a.example！", "https://a.example"),
        ] {
            assert_eq!(links(text), [link], "{text}");
        }
    }

    #[test]
    fn a_scheme_may_be_written_in_capitals() {
        assert_eq!(links("HTTPS://A.example"), ["HTTPS://A.example"]);
        assert_eq!(links("Mailto:a@b.example"), ["Mailto:a@b.example"]);
    }

    #[test]
    fn what_only_looks_like_a_link_is_text() {
        for text in [
            "",
            "http",
            "https://",
            "http://.",
            "xhttp://a.example",
            "ftp://a.example",
            "javascript:x",
            "https:a.example",
            "https:///a.example",
            "mailto:",
            "mailto:ann",
            "mailto:@b",
            "http://\u{202e}a",
            "https://user@a.example",
            "https://bank.example:x@a.example/",
        ] {
            assert!(links(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn only_what_leads_over_the_web_or_to_a_mailbox_may_be_a_link() {
        for good in
            ["http://a", "https://zh.example/北京（消歧义）", "HTTP://A", "mailto:a@b", "https://[::1]/"]
        {
            assert!(may_be_link(good), "{good}");
        }
        for bad in [
            "javascript:x",
            "data:text/html,x",
            "vbscript:x",
            "file:///x",
            "//a.example",
            "/x",
            "x",
            "",
            "java\tscript:x",
            "https://a.example/\u{202e}x",
            "https://a b",
            "https://a@b",
            "blob:https://a",
        ] {
            assert!(!may_be_link(bad), "{bad}");
        }
    }

    #[test]
    fn words_that_look_like_another_address_are_noticed() {
        let there = "https://evil.example/x";
        for pretends_to in
            ["https://bank.example", "bank.example", "www.bank.example/login", "go to (bank.example)"]
        {
            assert!(pretends(pretends_to, there), "{pretends_to}");
        }
        for harmless in
            ["here", "(evil.example)", "www.Evil.example/y", "e.g. this", "v1.2", "it ends. So", "…"]
        {
            assert!(!pretends(harmless, there), "{harmless}");
        }
        assert!(pretends("bank.example", "mailto:x@evil.example"));
        assert!(!pretends("x@evil.example", "mailto:x@evil.example?subject=x"));
    }
}
