//! What happened in the schedules.

use std::fmt;

/// What happened in the schedules: a simulation in which nothing goes wrong proves nothing.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) troubles: u64,
    pub(super) restores: u64,
    pub(super) messages: u64,
    pub(super) changes: u64,
    pub(super) rolled_back: u64,
    /// Messages that somebody marked as unread.
    pub(super) marked: u64,
    pub(super) died: u64,
    pub(super) refused: u64,
    pub(super) died_after_commit: u64,
    pub(super) died_before_kept: u64,
    /// Messages that got lost on the way to all but their sender, with nothing after them.
    pub(super) last_words: u64,
    /// Times that somebody received or read more.
    pub(super) receipts: u64,
    /// Pairs of an own message and another person in the end, of which that person has received the message,
    /// and read it.
    pub(super) received: u64,
    pub(super) read: u64,
}

impl Seen {
    pub(super) fn add(&mut self, other: &Self) {
        self.troubles += other.troubles;
        self.restores += other.restores;
        self.messages += other.messages;
        self.changes += other.changes;
        self.rolled_back += other.rolled_back;
        self.marked += other.marked;
        self.died += other.died;
        self.refused += other.refused;
        self.died_after_commit += other.died_after_commit;
        self.died_before_kept += other.died_before_kept;
        self.last_words += other.last_words;
        self.receipts += other.receipts;
        self.received += other.received;
        self.read += other.read;
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} messages, {} changes of them, {} marked as unread, {} troubles; {} backups restored ({} messages were not in them); {} servers died after \
             a commit, {} pages before their disk had answered; {} messages died with a page whose disk took \
             nothing; {} were refused; {} last messages got lost on the way; {} receipts changed, {} are shown as \
             delivered and {} as read",
            self.messages,
            self.changes,
            self.marked,
            self.troubles,
            self.restores,
            self.rolled_back,
            self.died_after_commit,
            self.died_before_kept,
            self.died,
            self.refused,
            self.last_words,
            self.receipts,
            self.received,
            self.read
        )
    }
}
