//! Contiguous pieces of a conversation.

use protocol::{Message, Seq, excerpt};

/// Runs of messages, ascending. Each is without gaps, and between each two there is a gap.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Runs(Vec<Vec<Message>>);

impl Runs {
    pub(super) fn last(&self) -> &[Message] {
        self.0.last().map_or(&[], Vec::as_slice)
    }

    /// The run that has a place.
    pub(super) fn at(&self, place: Seq) -> Option<&[Message]> {
        let run = self.0.iter().find(|run| last(run) >= place)?;
        (first(run) <= place).then_some(run.as_slice())
    }

    pub(super) fn get(&self, place: Seq) -> Option<&Message> {
        let run = self.at(place)?;
        run.get(usize::try_from(place.since(first(run))).ok()?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[Message]> {
        self.0.iter().map(Vec::as_slice)
    }

    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.0.iter().flatten()
    }

    /// Puts a message behind the last run, or gives it back if it does not continue that.
    pub(super) fn push(&mut self, message: Message) -> Option<Message> {
        match self.0.last_mut() {
            Some(run) if last(run).next() == message.seq => {
                run.push(message);
                None
            }
            _ => Some(message),
        }
    }

    /// Takes the newer state of a message, if the message is here. Returns whether it was.
    pub(super) fn replace(&mut self, message: &Message) -> bool {
        let Some(index) = self.0.iter().position(|run| last(run) >= message.seq) else { return false };
        let run = &mut self.0[index];
        if first(run) > message.seq {
            return false;
        }
        let index = usize::try_from(message.seq.since(first(run))).unwrap_or(usize::MAX);
        let Some(held) = run.get_mut(index) else { return false };
        if held.rev < message.rev {
            held.clone_from(message);
        }
        true
    }

    /// What quotes a message shows how it begins now.
    pub(super) fn requote(&mut self, quoted: &Message) {
        self.0.iter_mut().flatten().for_each(|message| requote(message, quoted));
    }

    /// Takes a page, which has no gaps in itself.
    pub(super) fn merge(&mut self, page: Vec<Message>) {
        if page.is_empty() {
            return;
        }
        // The runs that it touches become one with it.
        let (begin, end) = (first(&page), last(&page));
        let from = self.0.partition_point(|run| last(run).next() < begin);
        let to = self.0.partition_point(|run| first(run) <= end.next());
        let touched: Vec<Message> = self.0.drain(from..to.max(from)).flatten().collect();
        self.0.insert(from, merged(touched, page));
    }

    /// Forgets all but the newest messages of the last run.
    pub(super) fn keep_newest(&mut self, count: usize) {
        let Some(mut run) = self.0.pop() else { return };
        run.drain(..run.len().saturating_sub(count));
        run.shrink_to_fit();
        self.0 = vec![run];
    }
}

/// Updates what a message shows of the one that it replies to.
pub(crate) fn requote(message: &mut Message, quoted: &Message) {
    if let Some(quote) = &mut message.reply_to
        && quote.message_id == quoted.id
    {
        quote.excerpt = excerpt(&quoted.content);
    }
}

fn merged(one: Vec<Message>, other: Vec<Message>) -> Vec<Message> {
    let mut all = Vec::with_capacity(one.len().max(other.len()));
    let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
    loop {
        let next = match (one.peek(), other.peek()) {
            (Some(a), Some(b)) if a.seq == b.seq => {
                let is_newer = a.rev >= b.rev;
                let (a, b) = (one.next(), other.next());
                if is_newer { a } else { b }
            }
            (Some(a), Some(b)) if a.seq < b.seq => one.next(),
            (_, Some(_)) => other.next(),
            (Some(_), None) => one.next(),
            (None, None) => return all,
        };
        all.extend(next);
    }
}

fn first(run: &[Message]) -> Seq {
    run.first().map_or(Seq::ZERO, |message| message.seq)
}

fn last(run: &[Message]) -> Seq {
    run.last().map_or(Seq::ZERO, |message| message.seq)
}
