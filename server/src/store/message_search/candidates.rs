//! The messages of a conversation that may be hits, newest first.

use std::{cmp::Reverse, time::Instant};

use super::{
    index,
    range::{FIRST, LAST, Range},
    wanted::{Lookup, Wanted},
};
use crate::{
    error::Result,
    store::{
        conversation_row::{self, ConversationRow, message_columns},
        db::{Db, OptionalExtension, params},
        value::{Id, Many, id, number},
    },
};
use protocol::{Hit, Message, MessageId, Seq, UserId};

/// If the index proposes so few messages of all people's conversations, each conversation takes its own of them.
/// If it proposes more, it is asked again for each conversation, which takes 50 µs. To read a row takes 0.1 µs.
const FEW: i64 = 50_000;
/// Messages of a conversation for which it is asked at once.
const FIRST_CHUNK: i64 = 1 << 10;
const LAST_CHUNK: i64 = 1 << 16;
/// Messages that are read at once: few at first, as one conversation among many may give a single hit.
const FIRST_BATCH: usize = 2;
const LAST_BATCH: usize = 128;

pub(super) struct Candidates {
    lookup: Lookup,
    scans: Vec<ConversationScan>,
}

/// One conversation, and how far it was looked through.
pub(super) struct ConversationScan {
    conversation: ConversationRow,
    indexed: i64,
    /// The id of its newest message.
    newest: MessageId,
    /// What is between these two was not looked at yet; neither is a part of it.
    above: i64,
    below: i64,
    is_open: bool,
    /// What the index proposed behind `listed_after`, oldest first.
    listed: Vec<i64>,
    listed_after: i64,
    chunk: i64,
    /// Messages that were read and not looked at yet, oldest first.
    read: Vec<Message>,
    batch: usize,
}

/// What the next hit is.
#[expect(clippy::large_enum_variant, reason = "nearly all are the large one")]
pub(super) enum Next {
    Hit(Hit),
    Nothing,
    NoTime,
}

impl Candidates {
    pub(super) fn find(
        db: &Db<'_>,
        me: UserId,
        wanted: &Wanted,
        range: Range,
        mut scans: Vec<ConversationScan>,
    ) -> Result<Self> {
        let lookup = wanted.lookup(db)?;
        scans.retain(|scan| scan.newest >= range.from);
        if let Lookup::Match(asked) = &lookup
            && scans.len() > 1
            && let Some(mut few) = index::few(db, asked, me, FEW)?
        {
            for scan in &mut scans {
                scan.listed = few.remove(&scan.conversation.id).unwrap_or_default();
                scan.listed_after = 0;
            }
            scans.retain(|scan| !scan.listed.is_empty() || scan.has_more());
        }
        Ok(Self { lookup, scans })
    }

    /// For each conversation, the newest id that a hit in it can have.
    pub(super) fn newest(&self) -> impl Iterator<Item = (MessageId, Reverse<usize>)> {
        self.scans.iter().enumerate().map(|(number, scan)| (scan.newest, Reverse(number)))
    }

    pub(super) fn next_hit(
        &mut self,
        db: &Db<'_>,
        scan: usize,
        wanted: &Wanted,
        range: Range,
        end: Instant,
    ) -> Result<Next> {
        let scan = &mut self.scans[scan];
        scan.open(db, range)?;
        loop {
            while let Some(message) = scan.read.pop() {
                if range.contains(message.id)
                    && let Some(matches) = wanted.matches(&message)
                {
                    return Ok(Next::Hit(Hit { message, matches }));
                }
            }
            if scan.above + 1 >= scan.below {
                return Ok(Next::Nothing);
            }
            if Instant::now() > end {
                return Ok(Next::NoTime);
            }
            scan.read_more(db, &self.lookup)?;
        }
    }
}

const AT: &str = "SELECT id FROM messages WHERE conversation = ?1 AND seq = ?2";
const PLACE: &str = "SELECT seq FROM messages WHERE id = ?1 AND conversation = ?2";
macro_rules! listed {
    ($among:literal) => {
        concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m WHERE m.conversation = ?1 AND m.seq ",
            $among,
            " ORDER BY m.seq DESC"
        )
    };
}
const LISTED: &str = listed!("IN (SELECT value FROM json_each(?2))");
const LISTED_POSTGRESQL: &str = listed!("= ANY (?2::BIGINT[])");
const ALL: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages m WHERE m.conversation = ?1 AND m.seq > ?2 AND m.seq < ?3 ORDER BY m.seq DESC LIMIT ?4"
);

impl ConversationScan {
    pub(super) fn new(conversation: ConversationRow, indexed: Seq, newest: MessageId) -> Self {
        Self {
            conversation,
            indexed: number(indexed),
            newest,
            above: 0,
            below: number(conversation.head.next()),
            is_open: false,
            listed: Vec::new(),
            listed_after: number(conversation.head),
            chunk: FIRST_CHUNK,
            read: Vec::new(),
            batch: FIRST_BATCH,
        }
    }

    /// Leaves out a message and what came after it. Returns whether it is in this conversation.
    pub(super) fn begin_behind(&mut self, db: &Db<'_>, message: MessageId) -> Result<bool> {
        let mut find = db.prepare_cached(PLACE)?;
        let found =
            find.query_row(params![Id(message), self.conversation.id], |row| row.get(0)).optional()?;
        self.below = found.unwrap_or(self.below);
        Ok(found.is_some())
    }

    /// Whether the index lacks some of its messages.
    fn has_more(&self) -> bool {
        self.below - 1 > self.indexed
    }

    /// Leaves out what is not in the range.
    fn open(&mut self, db: &Db<'_>, range: Range) -> Result<()> {
        if self.is_open {
            return Ok(());
        }
        self.is_open = true;
        if range.to != LAST {
            self.below = self.first_not_before(db, range.to)?;
        }
        if range.from != FIRST {
            self.above = self.first_not_before(db, range.from)? - 1;
        }
        Ok(())
    }

    /// The first message whose id is not smaller; its seq. One beyond the last if there is none.
    fn first_not_before(&self, db: &Db<'_>, bound: MessageId) -> Result<i64> {
        let mut at = db.prepare_cached(AT)?;
        let (mut low, mut high) = (self.above, self.below);
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            let found: Option<MessageId> =
                at.query_row(params![self.conversation.id, middle], |row| id(row, 0)).optional()?;
            if found.is_some_and(|id| id >= bound) { high = middle } else { low = middle }
        }
        Ok(high)
    }

    /// Reads some of the messages that may be hits, and notes how far it looked.
    fn read_more(&mut self, db: &Db<'_>, lookup: &Lookup) -> Result<()> {
        let limit = self.batch;
        self.batch = (self.batch * 4).min(LAST_BATCH);
        if self.has_more() {
            return self.read_all(db, self.indexed.max(self.above), limit);
        }
        match lookup {
            Lookup::Everything => self.read_all(db, self.above, limit),
            Lookup::Match(asked) => {
                if self.listed.is_empty() {
                    self.list(db, asked)?;
                }
                self.read_listed(db, limit)
            }
            Lookup::Nothing => {
                self.below = self.above;
                Ok(())
            }
        }
    }

    fn read_all(&mut self, db: &Db<'_>, above: i64, limit: usize) -> Result<()> {
        let mut statement = db.prepare_cached(ALL)?;
        let participants = self.conversation.participants;
        let range = params![self.conversation.id, above, self.below, limit as i64];
        let read = statement.query_map(range, |row| conversation_row::message(row, 0, participants))?;
        self.take(read, limit, above);
        Ok(())
    }

    /// Asks the index for some more.
    fn list(&mut self, db: &Db<'_>, asked: &str) -> Result<()> {
        let until = self.below.min(self.listed_after + 1);
        self.listed_after = self.above.max(until - 1 - self.chunk);
        self.chunk = (self.chunk * 4).min(LAST_CHUNK);
        let row = self.conversation.id;
        self.listed = index::proposed(db, asked, row, self.listed_after, until)?;
        Ok(())
    }

    fn read_listed(&mut self, db: &Db<'_>, limit: usize) -> Result<()> {
        let mut some = db.prepare_cached(db.either(LISTED, LISTED_POSTGRESQL))?;
        let participants = self.conversation.participants;
        let mut read = Vec::new();
        while read.len() < limit && !self.listed.is_empty() {
            let mut seqs = self.listed.split_off(self.listed.len().saturating_sub(limit - read.len()));
            seqs.retain(|seq| *seq > self.above && *seq < self.below);
            if !seqs.is_empty() {
                let asked = params![self.conversation.id, Many(&seqs)];
                read.extend(some.query_map(asked, |row| conversation_row::message(row, 0, participants))?);
            }
        }
        self.take(read, limit, self.above.max(self.listed_after));
        Ok(())
    }

    /// Takes what was read, newest first. If there is less than was asked for, everything down to `above` was
    /// looked at.
    fn take(&mut self, mut read: Vec<Message>, limit: usize, above: i64) {
        self.below = match read.last() {
            Some(last) if read.len() == limit => number(last.seq),
            _ => above + 1,
        };
        read.reverse();
        self.read = read;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[AT, PLACE, LISTED, ALL]);
    }
}
