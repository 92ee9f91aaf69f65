//! The list of emojis, as the server's build writes it, and looking for one in it.

use std::sync::LazyLock;

/// An emoji and its names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) text: String,
    /// In words.
    pub(crate) name: String,
    /// As it is written between two colons; the name if there is none.
    pub(crate) shortcode: String,
    /// Others of these.
    more: Vec<String>,
}

/// What belongs together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EmojiGroup {
    pub(crate) name: String,
    pub(crate) emojis: Vec<Entry>,
}

/// Those that people use most.
pub(crate) static FREQUENT: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    [
        ("👍", "thumbs up", "+1 thumbsup"),
        ("❤️", "red heart", "heart"),
        ("😂", "face with tears of joy", "joy"),
        ("🎉", "party popper", "tada"),
        ("😮", "face with open mouth", "open_mouth"),
        ("😢", "crying face", "cry"),
        ("🙏", "folded hands", "pray"),
        ("🔥", "fire", "fire"),
        ("👏", "clapping hands", "clap"),
        ("💯", "hundred points", "100"),
        ("✅", "check mark button", "white_check_mark"),
        ("❌", "cross mark", "x"),
        ("👀", "eyes", "eyes"),
        ("🚀", "rocket", "rocket"),
        ("👎", "thumbs down", "-1 thumbsdown"),
        ("😀", "grinning face", "grinning"),
        ("😊", "smiling face with smiling eyes", "blush"),
        ("😍", "smiling face with heart-eyes", "heart_eyes"),
        ("🤔", "thinking face", "thinking"),
        ("😎", "smiling face with sunglasses", "sunglasses"),
        ("😡", "enraged face", "rage"),
        ("💪", "flexed biceps", "muscle"),
        ("☕", "hot beverage", "coffee"),
        ("🍕", "pizza", "pizza"),
    ]
    .map(|(text, name, codes)| entry(text, name, codes))
    .into()
});

fn entry(text: &str, name: &str, codes: &str) -> Entry {
    let mut codes = codes.split(' ').filter(|code| !code.is_empty()).map(str::to_owned);
    let shortcode = codes.next().unwrap_or_else(|| name.replace(' ', "_"));
    Entry { text: text.to_owned(), name: name.to_owned(), shortcode, more: codes.collect() }
}

/// A line a group, `# name`, then a line an emoji: itself, its name and its shortcodes, with tabs between.
pub(super) fn parse(text: &str) -> Vec<EmojiGroup> {
    let mut groups: Vec<EmojiGroup> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            groups.push(EmojiGroup { name: name.to_owned(), emojis: Vec::new() });
            continue;
        }
        let mut parts = line.split('\t');
        if let (Some(text), Some(name), Some(codes), Some(group)) =
            (parts.next(), parts.next(), parts.next(), groups.last_mut())
        {
            group.emojis.push(entry(text, name, codes));
        }
    }
    groups
}

/// Where in a name something is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Match {
    /// At the beginning of the name, or of a word in it.
    Beginning,
    Anywhere,
}

/// The best first: whose shortcode is what is looked for, whose shortcode begins with it, one of whose words
/// does, and what contains it.
pub(super) fn find<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    query: &str,
    matching: Match,
    most: usize,
) -> Vec<Entry> {
    let query = query.trim().to_lowercase();
    let (words, code) = (query.replace('_', " "), query.replace(' ', "_"));
    let rank = |entry: &Entry| {
        let codes = || [&entry.shortcode].into_iter().chain(&entry.more);
        let name = entry.name.to_lowercase();
        if codes().any(|one| *one == code) {
            Some(0)
        } else if codes().any(|one| one.starts_with(&code)) {
            Some(1)
        } else if name.starts_with(&words) || name.contains(&format!(" {words}")) {
            Some(2)
        } else {
            let contains = || name.contains(&words) || codes().any(|one| one.contains(&code));
            (matching == Match::Anywhere && contains()).then_some(3)
        }
    };
    let mut found: Vec<_> = entries.into_iter().filter_map(|entry| Some((rank(entry)?, entry))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(most).map(|(_, entry)| entry.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# Smileys\n😀\tgrinning face\tgrinning\n😄\tgrinning face with smiling eyes\tsmile\n\
        😁\tbeaming face with smiling eyes\tgrin\n# Flags\n🏁\tchequered flag\tchecker flag\n🇦🇨\tflag: X\t\n";

    fn found(query: &str) -> String {
        found_by(query, Match::Anywhere)
    }

    fn found_by(query: &str, matching: Match) -> String {
        let groups = parse(LIST);
        let all = groups.iter().flat_map(|group| &group.emojis);
        find(all, query, matching, 3).into_iter().map(|entry| entry.text).collect()
    }

    #[test]
    fn an_emoji_is_found_by_its_shortcode_first_and_then_by_its_name() {
        assert_eq!(found("smi"), "😄😁");
        assert_eq!(found("grin"), "😁😀😄");
        assert_eq!(found("GRINNING face with"), "😄");
        assert_eq!(found("quered"), "🏁");
        assert_eq!(found("flag"), "🏁🇦🇨");
        assert_eq!(found("none"), "");
        assert_eq!(found("ing"), "😀😄😁", "no more than asked for");
    }

    #[test]
    fn what_stands_within_a_word_can_be_left_out() {
        assert_eq!(found_by("quered", Match::Beginning), "");
        assert_eq!(found_by("ing", Match::Beginning), "");
        assert_eq!(found_by("smi", Match::Beginning), "😄😁");
    }

    #[test]
    fn the_list_has_groups_and_every_emoji_a_shortcode() {
        let groups = parse(LIST);
        assert_eq!(groups.iter().map(|group| &*group.name).collect::<Vec<_>>(), ["Smileys", "Flags"]);
        assert_eq!(groups[1].emojis[1].shortcode, "flag:_X");
        assert_eq!(parse("no group\tx\ty\n\n"), []);
        assert_eq!(FREQUENT.len(), 24);
    }
}
