//! From a text to its tree.

use std::{mem, ops::Range};

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag};

use crate::{
    BYTES, NESTING, NODES, links,
    prepare::{Prepared, after_quote},
    tree::{Block, Inline, write_words},
};

/// What a text consists of. Text that has no visible parts, or too many of them, is one paragraph, as it
/// was written.
#[must_use]
pub fn parse(text: &str) -> Vec<Block> {
    let tree = if text.len() <= BYTES { Builder::new(&Prepared::new(text)).build() } else { None };
    tree.unwrap_or_else(|| vec![as_written(text)])
}

/// Nothing but lines and links.
fn as_written(text: &str) -> Block {
    let mut inlines = Vec::new();
    let mut from = 0;
    for link in links::find(text) {
        push_lines(&mut inlines, &text[from..link.start]);
        inlines.push(bare_link(&text[link.clone()]));
        from = link.end;
    }
    push_lines(&mut inlines, &text[from..]);
    Block::Paragraph(inlines)
}

fn bare_link(address: &str) -> Inline {
    Inline::Link { address: address.to_owned(), text: vec![Inline::Text(address.to_owned())] }
}

fn push_lines(inlines: &mut Vec<Inline>, text: &str) {
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            inlines.push(Inline::LineBreak);
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        match inlines.last_mut() {
            _ if line.is_empty() => {}
            Some(Inline::Text(before)) => before.push_str(line),
            _ => inlines.push(Inline::Text(line.to_owned())),
        }
    }
}

/// Something that has begun and not ended.
#[derive(Default)]
struct Open {
    /// Where what has been read of it ends, in the copy.
    end: usize,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
    items: Vec<(Option<u64>, Vec<Block>)>,
    code: String,
}

struct Builder<'a> {
    source: &'a Prepared<'a>,
    open: Vec<Open>,
    nodes: usize,
    /// How many links are open.
    in_links: usize,
    /// How many quotes and lists are open.
    in_containers: usize,
    in_code: bool,
    /// Where the line began, in the copy.
    line: Option<usize>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Prepared<'a>) -> Self {
        Self {
            source,
            open: vec![Open::default()],
            nodes: 0,
            in_links: 0,
            in_containers: 0,
            in_code: false,
            line: None,
        }
    }

    /// `None`: the limits do not allow it, or there is nothing to be seen.
    fn build(mut self) -> Option<Vec<Block>> {
        let source = self.source;
        let parser = Parser::new_ext(&source.copy, Options::ENABLE_STRIKETHROUGH).into_offset_iter();
        let mut started = Vec::new();
        for (event, range) in parser {
            self.nodes += 1;
            if self.nodes > NODES || self.open.len() > NESTING {
                return None;
            }
            match event {
                Event::Start(tag) => {
                    self.start(&tag, range.start);
                    started.push(tag);
                    continue;
                }
                Event::End(_) => self.end(started.pop()?, range.clone())?,
                Event::Text(_) | Event::Html(_) | Event::InlineHtml(_) => self.text(range.clone()),
                Event::Code(_) => {
                    let code = inline_code(self.source.written(range.clone()));
                    if code.trim().is_empty() {
                        self.text(range.clone());
                    } else {
                        self.inline(Inline::Code(code));
                    }
                }
                Event::SoftBreak | Event::HardBreak => {
                    self.inline(Inline::LineBreak);
                    self.line = Some(range.end);
                }
                Event::Rule => self.block(Block::Rule),
                // Not turned on.
                Event::FootnoteReference(_)
                | Event::TaskListMarker(_)
                | Event::InlineMath(_)
                | Event::DisplayMath(_) => return None,
            }
            self.open.last_mut()?.end = range.end;
        }
        let blocks = self.open.pop()?.into_blocks();
        blocks.iter().any(has_words).then_some(blocks)
    }

    fn start(&mut self, tag: &Tag<'_>, at: usize) {
        match tag {
            Tag::BlockQuote(_) | Tag::List(_) => self.in_containers += 1,
            Tag::Link { .. } | Tag::Image { .. } => self.in_links += 1,
            Tag::CodeBlock(_) => self.in_code = true,
            _ => {}
        }
        self.open.push(Open { end: at, ..Open::default() });
        self.line = None;
    }

    fn end(&mut self, tag: Tag<'_>, range: Range<usize>) -> Option<()> {
        let mut inner = self.open.pop()?;
        let written = || as_written(self.source.written(range.clone()).trim());
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => {
                let blocks = inner.into_blocks();
                blocks.into_iter().for_each(|block| self.block(block));
            }
            Tag::Heading { level, .. } => {
                let mut text = mem::take(&mut inner.inlines);
                trim_end(&mut text);
                let source = self.source.written(range.clone());
                let underline = source.trim_end().lines().next_back().filter(|_| !source.starts_with('#'));
                match underline {
                    _ if text.is_empty() => self.block(written()),
                    None => self.block(Block::Heading { level: level as u8, text }),
                    // Words and a line below them: nobody means a heading by it.
                    Some(underline) => {
                        self.block(Block::Paragraph(text));
                        let underline = after_quote(underline).1.trim();
                        self.block(if underline.starts_with('-') {
                            Block::Rule
                        } else {
                            as_written(underline)
                        });
                    }
                }
            }
            Tag::BlockQuote(_) => {
                self.in_containers -= 1;
                let blocks = inner.into_blocks();
                self.block(if blocks.iter().any(has_words) { Block::Quote(blocks) } else { written() });
            }
            Tag::List(start) => {
                self.in_containers -= 1;
                let lists = lists(start, inner.items);
                if lists.iter().any(has_words) {
                    lists.into_iter().for_each(|list| self.block(list));
                } else {
                    self.block(written());
                }
            }
            Tag::Item => {
                let number = number(self.source.written(range.clone()));
                self.open.last_mut()?.items.push((number, inner.into_blocks()));
            }
            Tag::CodeBlock(kind) => {
                self.in_code = false;
                let source = self.source.written(range.clone());
                let block = match kind {
                    CodeBlockKind::Fenced(_) => fenced(source, inner.code).unwrap_or_else(written),
                    // Nobody means code by some spaces.
                    CodeBlockKind::Indented => as_written(inner.code.trim_end()),
                };
                self.block(block);
            }
            Tag::Strong => self.inline(Inline::Strong(inner.inlines)),
            Tag::Emphasis => self.inline(Inline::Emphasis(inner.inlines)),
            Tag::Strikethrough => self.inline(Inline::Strike(inner.inlines)),
            Tag::Link { link_type, dest_url, title, .. } => {
                self.in_links -= 1;
                let (mail, target) = match link_type {
                    LinkType::Email => ("mailto:", range.start),
                    LinkType::Autolink => ("", range.start),
                    _ => ("", inner.end),
                };
                let address = format!("{mail}{dest_url}");
                self.link(address, &title, inner.inlines, target, range);
            }
            Tag::Image { dest_url, title, .. } => {
                self.in_links -= 1;
                self.link(dest_url.into_string(), &title, inner.inlines, inner.end, range);
            }
            _ => return None,
        }
        Some(())
    }

    /// `target`: where that part of it begins which says where it leads.
    ///
    /// It stays as it was written if something of it could be seen nowhere else, which is a title, and the
    /// address of a link within a link; and if the parser did not read that part as it was written.
    fn link(
        &mut self,
        address: String,
        title: &str,
        mut text: Vec<Inline>,
        target: usize,
        range: Range<usize>,
    ) {
        let shows_all = self.in_links == 0 && title.is_empty();
        if shows_all && links::may_be_link(&address) && self.source.is_as_written(target..range.end) {
            let mut words = String::new();
            write_words(&text, &mut words, &|_, _| None);
            if links::is_unseen(&words) {
                text = vec![Inline::Text(address.clone())];
            } else if links::pretends(&words, &address) {
                text.push(Inline::Text(format!(" ({})", links::place(&address))));
            }
            self.inline(Inline::Link { address, text });
        } else {
            self.text(range);
        }
    }

    /// What was written there, with its links.
    fn text(&mut self, copy: Range<usize>) {
        let source = self.source;
        let range = source.origin(copy.clone());
        if self.in_code {
            if let Some(open) = self.open.last_mut() {
                open.code.push_str(source.written(copy));
            }
            return;
        }
        let line = self.line.take().filter(|_| self.in_containers == 0);
        let Some(Open { inlines, .. }) = self.open.last_mut() else { return };
        // CommonMark drops the spaces at the beginning of a line.
        if let Some(line) = line.filter(|line| *line <= copy.start) {
            let skipped = source.written(line..copy.start);
            if skipped.chars().all(|c| matches!(c, ' ' | '\t')) {
                push_lines(inlines, skipped);
            }
        }
        let written = source.written(copy);
        let mut at = 0;
        if self.in_links == 0 {
            for link in source.links_in(range.clone()) {
                let (start, end) = (link.start - range.start, link.end - range.start);
                push_lines(inlines, &written[at..start]);
                inlines.push(bare_link(&written[start..end]));
                self.nodes += 1;
                at = end;
            }
        }
        push_lines(inlines, &written[at..]);
    }

    fn inline(&mut self, inline: Inline) {
        if let Some(open) = self.open.last_mut() {
            open.inlines.push(inline);
        }
    }

    fn block(&mut self, block: Block) {
        if let Some(open) = self.open.last_mut() {
            open.flush();
            open.blocks.push(block);
        }
    }
}

impl Open {
    /// Words that are in no paragraph, as in a short item of a list, become one.
    fn flush(&mut self) {
        let mut words = mem::take(&mut self.inlines);
        trim_end(&mut words);
        if !words.is_empty() {
            self.blocks.push(Block::Paragraph(words));
        }
    }

    fn into_blocks(mut self) -> Vec<Block> {
        self.flush();
        self.blocks
    }
}

fn trim_end(inlines: &mut Vec<Inline>) {
    while inlines.pop_if(|last| *last == Inline::LineBreak).is_some() {}
}

/// Whether there is more to be seen than lines across.
fn has_words(block: &Block) -> bool {
    match block {
        Block::Paragraph(_) | Block::Heading { .. } | Block::Code { .. } => true,
        Block::Quote(blocks) => blocks.iter().any(has_words),
        Block::List { items, .. } => items.iter().flatten().any(has_words),
        Block::Rule => false,
    }
}

/// The number that an item of a list begins with.
fn number(item: &str) -> Option<u64> {
    item.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A list for each run of items whose numbers follow one another, or are all the same: a number is shown as
/// it was written.
fn lists(start: Option<u64>, items: Vec<(Option<u64>, Vec<Block>)>) -> Vec<Block> {
    let mut lists = Vec::<(Option<u64>, Vec<Vec<Block>>)>::new();
    let mut before = None;
    for (number, item) in items {
        let number = start.and(number);
        let goes_on = |list: &(Option<u64>, _)| {
            number.is_none()
                || number == before.map(|before| before + 1)
                || number == list.0 && number == before
        };
        match lists.last_mut().filter(|list| goes_on(list)) {
            Some((_, items)) => items.push(item),
            None => lists.push((number, vec![item])),
        }
        before = number;
    }
    lists.into_iter().map(|(start, items)| Block::List { start, items }).collect()
}

/// `None`: there is no code between the fences.
fn fenced(source: &str, code: String) -> Option<Block> {
    let first = source.lines().next().unwrap_or_default();
    let info = first.trim_start_matches(['`', '~']).trim();
    let code = code.strip_suffix('\n').unwrap_or(&code);
    let (language, text) = match info {
        "" => (None, code.to_owned()),
        // The code begins on the line of the fence, as Slack writes it.
        info if info.contains(char::is_whitespace) => (None, format!("{info}\n{code}")),
        info => (Some(info.to_owned()), code.to_owned()),
    };
    (!text.trim().is_empty()).then_some(Block::Code { language, text })
}

/// What is between the backticks, in one line.
fn inline_code(written: &str) -> String {
    let code = written.trim_matches('`');
    let lines = code.split('\n').enumerate().map(|(index, line)| match index {
        0 => line,
        _ => after_quote(line).1.trim_start(),
    });
    let code = lines.collect::<Vec<_>>().join(" ");
    let inner = code.strip_prefix(' ').and_then(|code| code.strip_suffix(' '));
    match inner.filter(|inner| !inner.trim().is_empty()) {
        Some(inner) => inner.to_owned(),
        None => code,
    }
}
