//! Addresses: where they are in a text, and which of them may be links.

use std::{
    net::{IpAddr, Ipv6Addr},
    ops::Range,
};

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
    let there = without_port(place(address));
    // What people read: without what cannot be seen, and a browser takes these dots for dots, too.
    let read = |c: char| if matches!(c, '\u{3002}' | '\u{ff0e}' | '\u{ff61}') { '.' } else { c };
    let words: String = words.chars().filter(|c| !cannot_be_seen(*c)).map(read).collect();
    words.split(|c: char| ends_always(c) || "()[]{}".contains(c)).any(|word| {
        let is_ip = word.len() > 4 && word.parse::<IpAddr>().is_ok();
        let mut places =
            place(word).split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"-_.@".contains(c));
        let is_other = |place: &str| !bare(place).eq_ignore_ascii_case(bare(there));
        // Behind the host that a scheme announces comes its port.
        let announced =
            if word.contains("://") { places.next().filter(|place| !place.is_empty()) } else { None };
        is_ip && is_other(word)
            || announced.is_some_and(is_other)
            || places.any(|place| looks_like_one(place) && is_other(place))
    })
}

/// Whether it could be the name of a host, or a mailbox.
fn looks_like_one(place: &str) -> bool {
    let place = bare(place);
    let top = place.rsplit('.').next().unwrap_or_default();
    // Letters may have marks on them.
    place.contains('.')
        && !place.contains("..")
        && top.chars().count() > 1
        && top.starts_with(char::is_alphabetic)
        && top.chars().all(|c| c.is_alphabetic() || !c.is_ascii())
}

/// Without what may be around it.
fn bare(place: &str) -> &str {
    place.trim_matches(|c: char| !c.is_alphanumeric())
}

/// A host without its port.
fn without_port(place: &str) -> &str {
    let (host, port) = place.rsplit_once(':').unwrap_or((place, ""));
    if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { place }
}

/// Whether nothing of a text can be seen.
pub(crate) fn is_unseen(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || cannot_be_seen(c))
}

/// Characters that are ignored where they mean nothing (`Default_Ignorable_Code_Point`), and one that is blank.
fn cannot_be_seen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Looks no further than to the end of the host.
fn begins_like_one(text: &str) -> bool {
    if let Some(rest) = behind_scheme(text) {
        let host = rest.split(|c| matches!(c, '/' | '?' | '#') || ends_always(c)).next().unwrap_or_default();
        let is_host = match host.strip_prefix('[') {
            Some(_) => ipv6_length(host).is_some(),
            None => host.starts_with(char::is_alphanumeric),
        };
        return is_host && !host.contains('@');
    }
    strip_prefix(text, "mailto:").is_some_and(|rest| {
        let end = rest.find(|c: char| matches!(c, '@' | ':') || ends_always(c));
        let host = end.and_then(|end| rest[end..].strip_prefix('@'));
        rest.starts_with(char::is_alphanumeric)
            && host.is_some_and(|host| host.starts_with(|c: char| c.is_alphanumeric() || c == '['))
    })
}

/// What follows `https://` or `http://`.
fn behind_scheme(text: &str) -> Option<&str> {
    strip_prefix(text, "https://").or_else(|| strip_prefix(text, "http://"))
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// How many bytes of a text that begins like an address belong to it.
fn length(text: &str) -> usize {
    let host = behind_scheme(text).map(|rest| text.len() - rest.len() + host_length(rest));
    let (begin, mut end) = match host {
        Some(end) if !text[end..].starts_with(['/', '?', '#']) => (end, end),
        host => (host.unwrap_or_default(), text.len()),
    };
    let mut open = [0_u32; 3];
    for (at, c) in text[begin..end].char_indices().map(|(at, c)| (begin + at, c)) {
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

/// How many bytes the host and the port have at the beginning of a text. Where words have no spaces between them, a
/// word may follow immediately: no name of a country or the like begins in Latin letters and goes on in others.
fn host_length(text: &str) -> usize {
    let is_over =
        |c: char| ends_always(c) || c.is_ascii() && !c.is_ascii_alphanumeric() && !"-._%".contains(c);
    let host = ipv6_length(text).unwrap_or_else(|| {
        let host = &text[..text.find(is_over).unwrap_or(text.len())];
        let last = host.rfind('.').map_or(host.len(), |dot| dot + 1);
        let other = host[last..].find(|c: char| !c.is_ascii()).filter(|at| *at > 0);
        other.map_or(host.len(), |at| last + at)
    });
    let port = text[host..].strip_prefix(':').unwrap_or_default();
    let port = &port[..port.bytes().take_while(u8::is_ascii_digit).count()];
    if port.parse::<u16>().is_ok() { host + 1 + port.len() } else { host }
}

/// How many bytes of a text are an IPv6 address in its brackets.
fn ipv6_length(text: &str) -> Option<usize> {
    let (address, _) = text.strip_prefix('[')?.split_once(']')?;
    address.parse::<Ipv6Addr>().ok()?;
    Some(address.len() + 2)
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
        | '–' | '—'
        // Hebrew, Arabic, Armenian, Devanagari, Tibetan, Ethiopic, Burmese, Khmer.
        | '׃' | '،' | '؛' | '؟' | '۔' | '։' | '।' | '॥' | '།' | '።' | '፣' | '၊' | '။' | '។'
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
            ("https://a.example:8443/x", "https://a.example:8443/x"),
            ("https://a.example: there", "https://a.example"),
            ("https://ex%61mple.org/x", "https://ex%61mple.org/x"),
            ("https://a.example:99999/x", "https://a.example"),
            ("https://a.example,https://b.example", "https://a.example"),
            ("http://[2001:db8::1]:80, and", "http://[2001:db8::1]:80"),
            ("https://a.example—there", "https://a.example"),
            ("https://a.example/x— there", "https://a.example/x"),
            ("ראה https://a.example/x׃", "https://a.example/x"),
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
            ("看https://a.example吧", "https://a.example"),
            ("https://a.exampleを見て", "https://a.example"),
            ("https://a.example:8000を見て", "https://a.example:8000"),
            ("https://例え.テスト", "https://例え.テスト"),
            ("https://i❤.example", "https://i❤.example"),
            ("https://a.example🎉", "https://a.example"),
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
            "http://[::1",
            "http://[x]/",
            "mailto:ann@",
            "mailto:ann@.",
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
        for pretends_to in [
            "https://bank.example",
            "bank.example",
            "www.bank.example/login",
            "go to (bank.example)",
            "bank.example:443",
            "bank.example.",
            "bank.example, your bank",
            "here:bank.example",
            "bank.example→",
            "→bank.example→there",
            "हिन्दी.भारत",
            "bank。example",
            "bank．example",
            "bank.\u{200b}example",
            "bank\u{2060}.ex\u{ad}ample",
            "https：／／bank.example",
            "192.0.2.1",
            "https://localhost:8000",
        ] {
            assert!(pretends(pretends_to, there), "{pretends_to}");
        }
        for harmless in [
            "here",
            "(evil.example)",
            "www.Evil.example/y",
            "evil.example/y.html, z",
            "evil.example:443",
            "EVIL.EXAMPLE.",
            "e.g. this",
            "v1.2",
            "it ends. So",
            "…",
            "10:30",
        ] {
            assert!(!pretends(harmless, there), "{harmless}");
        }
        for address in ["https://a.example:8000/x", "https://हिन्दी.भारत/", "http://[2001:db8::1]:80/"]
        {
            let without_scheme = address.split_once("://").map_or("", |(_, rest)| rest);
            assert!(!pretends(address, address) && !pretends(without_scheme, address), "{address}");
        }
        assert!(!pretends("192.0.2.1", "http://192.0.2.1:80"));
        assert!(pretends("bank.example", "mailto:x@evil.example"));
        assert!(!pretends("x@evil.example", "mailto:x@evil.example?subject=x"));
    }
}
