//! What is changed in a text before it is parsed, so that CommonMark reads it as people write in a chat.
//!
//! Some characters are covered: in the parser's copy there is something else of the same length, and the
//! tree is made of what was written. And some lines are inserted, which the tree does not get to see.

use std::ops::Range;

use crate::links;

/// It has an escape in it and emphasis, and people want it as it is.
const SHRUG: &str = r"¯\_(ツ)_/¯";

/// A text, and the parser's copy of it.
pub(crate) struct Prepared<'a> {
    source: &'a str,
    /// What is parsed.
    pub(crate) copy: String,
    /// Where the addresses in the source are.
    links: Vec<Range<usize>>,
    inserted: Vec<Inserted>,
}

/// Something in the copy that nobody wrote.
struct Inserted {
    /// Where it is in the copy.
    at: Range<usize>,
    /// Where it is in the source.
    source: usize,
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        let mut this = Self {
            source,
            copy: String::with_capacity(source.len() + 16),
            links: links::find(source),
            inserted: Vec::new(),
        };
        let mut verbatim = this.verbatim();
        let (mut lines, mut at) = (Lines::default(), 0);
        for line in source.split_inclusive('\n') {
            match lines.next(line) {
                Some(Break::Before(depth)) => this.insert(at, &format!("{}\n", "> ".repeat(depth))),
                Some(Break::Within(length)) => {
                    this.cover(at, &line[..length], &mut verbatim);
                    at += length;
                    this.insert(at, "\n");
                    this.copy.push_str(&line[length..]);
                    at += line.len() - length;
                    continue;
                }
                None => {}
            }
            this.cover(at, line, &mut verbatim);
            at += line.len();
        }
        this
    }

    /// What was written where the parser found something.
    pub(crate) fn written(&self, copy: Range<usize>) -> &'a str {
        &self.source[self.origin(copy)]
    }

    /// Whether the parser has read there what was written.
    pub(crate) fn is_as_written(&self, copy: Range<usize>) -> bool {
        self.copy[copy.clone()] == *self.written(copy)
    }

    /// The same range in the source.
    pub(crate) fn origin(&self, copy: Range<usize>) -> Range<usize> {
        let origin = |place: usize| {
            let before = self.inserted.partition_point(|one| one.at.start < place);
            match before.checked_sub(1).map(|last| &self.inserted[last]) {
                Some(one) => one.source + place.saturating_sub(one.at.end),
                None => place,
            }
        };
        origin(copy.start)..origin(copy.end)
    }

    /// The addresses that are in this range of the source as a whole.
    pub(crate) fn links_in(&self, source: Range<usize>) -> &[Range<usize>] {
        let first = self.links.partition_point(|link| link.start < source.start);
        let rest = &self.links[first..];
        &rest[..rest.partition_point(|link| link.end <= source.end)]
    }

    /// What is text as a whole, with the last first: addresses that stand by themselves, and the shrug.
    fn verbatim(&self) -> Vec<Range<usize>> {
        let by_itself = |link: &&Range<usize>| {
            let before = &self.source[..link.start];
            !before.ends_with('<') && !before.trim_end().ends_with("](")
        };
        let mut verbatim: Vec<_> = self.links.iter().filter(by_itself).cloned().collect();
        verbatim.extend(self.source.match_indices(SHRUG).map(|(at, shrug)| at..at + shrug.len()));
        verbatim.sort_unstable_by_key(|range| std::cmp::Reverse(range.start));
        verbatim
    }

    fn insert(&mut self, source: usize, text: &str) {
        let start = self.copy.len();
        self.copy.push_str(text);
        self.inserted.push(Inserted { at: start..self.copy.len(), source });
    }

    /// Copies a line, or the beginning of one. `verbatim`: those of the rest of the text.
    fn cover(&mut self, line_at: usize, line: &str, verbatim: &mut Vec<Range<usize>>) {
        // Where some characters could begin a list or a heading.
        let start = line.len() - after_quote(line).1.trim_start().len();
        let digits = line[start..].bytes().take_while(u8::is_ascii_digit).count();
        let begins = |at: usize, c: char| match c {
            '#' | '+' | '-' | '>' => at == start,
            '.' | ')' => digits > 0 && at == start + digits,
            c => "*_~`[]<".contains(c),
        };
        let mut before = ' ';
        for (at, c) in line.char_indices() {
            while verbatim.pop_if(|range| range.end <= line_at + at).is_some() {}
            let covered = match c {
                _ if verbatim.last().is_some_and(|range| range.contains(&(line_at + at))) => Some("x"),
                // A backslash before what has no meaning anyway, for example in a path, and one at the
                // end of a line, where every line ends.
                '\\' if !line[at + 1..].chars().next().is_some_and(|next| begins(at, next)) => Some("."),
                // The definition of a link, which would not be shown.
                ':' if before == ']' => Some("."),
                _ => None,
            };
            match covered {
                Some(with) => (0..c.len_utf8()).for_each(|_| self.copy.push_str(with)),
                None => self.copy.push(c),
            }
            before = c;
        }
    }
}

/// Where a line ends that CommonMark would read on.
enum Break {
    /// Before this line, which is quoted so many times.
    Before(usize),
    /// Behind so many bytes of it.
    Within(usize),
}

/// What is known of the lines so far.
#[derive(Default)]
struct Lines {
    /// The fence that is open: its character, and how many of them at least close it.
    fence: Option<(char, usize)>,
    /// How often the line before is quoted.
    depth: usize,
    is_blank: bool,
    /// Whether the line before belongs to a list.
    in_list: bool,
}

impl Lines {
    fn next(&mut self, line: &str) -> Option<Break> {
        let (depth, rest) = after_quote(line);
        let words = rest.trim();
        if depth < self.depth {
            self.fence = None;
        }
        if let Some((fence, length)) = self.fence {
            let closing = words.len() - words.trim_end_matches(fence).len();
            if closing < length {
                return None;
            }
            self.fence = None;
            let is_fence_alone = closing == words.len();
            // The end of the code is on the code's last line, as Slack writes it.
            return (!is_fence_alone).then(|| Break::Within(line.trim_end().len() - closing));
        }
        let is_item = is_item(words);
        let is_indented = rest.starts_with([' ', '\t']);
        let ends_list = self.in_list && !is_item && !is_indented;
        let ends =
            !self.is_blank && !words.is_empty() && (depth < self.depth || depth == self.depth && ends_list);
        self.fence = opens_fence(words);
        self.in_list = !words.is_empty() && (is_item || self.in_list && !ends_list);
        self.is_blank = words.is_empty();
        self.depth = depth;
        ends.then_some(Break::Before(depth))
    }
}

/// How often a line is quoted, and what is quoted.
pub(crate) fn after_quote(line: &str) -> (usize, &str) {
    let (mut depth, mut rest) = (0, line);
    loop {
        let indented = rest.trim_start_matches(' ');
        match indented.strip_prefix('>') {
            Some(inner) if rest.len() - indented.len() <= 3 => {
                rest = inner.strip_prefix(' ').unwrap_or(inner);
                depth += 1;
            }
            _ => return (depth, rest),
        }
    }
}

/// What follows the marker of a list.
fn after_marker(words: &str) -> Option<&str> {
    let digits = words.bytes().take_while(u8::is_ascii_digit).count();
    let marker = match digits {
        0 => words.strip_prefix(['-', '+', '*']),
        1..=9 => words[digits..].strip_prefix(['.', ')']),
        _ => None,
    };
    marker.filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t'])).map(str::trim_start)
}

fn is_item(words: &str) -> bool {
    after_marker(words).is_some()
}

fn opens_fence(words: &str) -> Option<(char, usize)> {
    let mut words = words;
    while let Some(rest) = after_marker(words).filter(|rest| !rest.is_empty()) {
        words = rest;
    }
    let fence = words.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = words.trim_start_matches(fence);
    let length = words.len() - info.len();
    (length >= 3 && !(fence == '`' && info.contains('`'))).then_some((fence, length))
}
