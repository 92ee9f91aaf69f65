//! A connection to PostgreSQL: what was prepared on it, and what its transaction has done.

pub(super) mod address;
pub(super) mod fault;
mod reconnecting;
mod tls;
mod unindexed;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    ops::ControlFlow,
    thread,
};

use postgres::{Client, Row, SimpleQueryMessage, fallible_iterator::FallibleIterator, types::ToSql};
use tokio::runtime::Handle;

pub(crate) use self::address::Address;
pub(super) use self::reconnecting::Reconnecting;
use self::unindexed::Unindexed;
use super::db_error::{DbError, Result};

/// An open connection. It is used by one thread at a time, which waits for each answer.
pub(super) struct Connection {
    /// Some until it is dropped.
    client: RefCell<Option<Client>>,
    /// By the address and the length of their texts, which are constants.
    prepared: RefCell<HashMap<(usize, usize), Statement>>,
    /// Rows that the transaction has changed, or that a statement returned which may change some.
    changed: Cell<usize>,
    /// The number of the transaction, if it asked for one when it began.
    number: RefCell<Option<String>>,
    /// The conversations that the transaction holds.
    locked: RefCell<Vec<i64>>,
    /// Conversations with messages that are not in the index, as far as this server knows.
    pub(super) unindexed: Unindexed,
    /// How often it was asked something, and waited for the answer.
    #[cfg(test)]
    pub(super) asked: Cell<usize>,
}

impl Connection {
    fn new(client: Client) -> Self {
        Self {
            client: RefCell::new(Some(client)),
            prepared: RefCell::default(),
            changed: Cell::new(0),
            number: RefCell::default(),
            locked: RefCell::default(),
            unindexed: Unindexed::default(),
            #[cfg(test)]
            asked: Cell::new(0),
        }
    }

    /// The client itself.
    pub(super) fn into_client(mut self) -> Result<Client> {
        self.client.get_mut().take().ok_or_else(closed)
    }

    fn with<T>(&self, ask: impl FnOnce(&mut Client) -> std::result::Result<T, postgres::Error>) -> Result<T> {
        #[cfg(test)]
        self.asked.update(|asked| asked + 1);
        match self.client.borrow_mut().as_mut() {
            Some(client) => Ok(ask(client)?),
            None => Err(closed()),
        }
    }

    /// Prepares a statement once. Its values are `?1` and so on there, and `$1` here.
    pub(super) fn prepare(&self, sql: &'static str) -> Result<Statement> {
        let key = (sql.as_ptr().addr(), sql.len());
        if let Some(statement) = self.prepared.borrow().get(&key) {
            return Ok(statement.clone());
        }
        let prepared = self.with(|client| client.prepare(&sql.replace('?', "$")))?;
        // One that begins with `WITH` may insert or update something.
        let statement = Statement { prepared, only_reads: sql.trim_start().starts_with("SELECT") };
        self.prepared.borrow_mut().insert(key, statement.clone());
        Ok(statement)
    }

    pub(super) fn execute(&self, statement: &Statement, params: &[&(dyn ToSql + Sync)]) -> Result<usize> {
        let count = self.with(|client| client.execute(&statement.prepared, params))?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.count(statement, count);
        Ok(count)
    }

    pub(super) fn query(&self, statement: &Statement, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        let rows = self.with(|client| client.query(&statement.prepared, params))?;
        // It may be an insertion that returns what it has inserted.
        self.count(statement, rows.len());
        Ok(rows)
    }

    /// Reads rows as they come, until it is told to stop: they are not all in memory at once. `read` cannot ask anything
    /// meanwhile.
    pub(super) fn for_each<E: From<DbError>>(
        &self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
        mut read: impl FnMut(&Row) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        #[cfg(test)]
        self.asked.update(|asked| asked + 1);
        let mut client = self.client.borrow_mut();
        let client = client.as_mut().ok_or_else(closed)?;
        let asked = client.query_raw(&statement.prepared, params.iter().copied());
        let mut rows = asked.map_err(DbError::from)?;
        let mut count = 0;
        while let Some(row) = rows.next().map_err(DbError::from)? {
            count += 1;
            if read(&row)?.is_break() {
                break;
            }
        }
        self.count(statement, count);
        Ok(())
    }

    /// The same for a statement whose values are PostgreSQL's own, arrays for one.
    pub(super) fn ask_all(&self, sql: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        let statement = self.prepare(sql)?;
        let rows = self.with(|client| client.query(&statement.prepared, params))?;
        self.count(&statement, rows.len());
        Ok(rows)
    }

    fn count(&self, statement: &Statement, rows: usize) {
        if !statement.only_reads {
            self.changed.set(self.changed.get() + rows);
        }
    }

    /// Carries out several statements without values.
    pub(super) fn batch(&self, sql: &str) -> Result<()> {
        self.with(|client| client.batch_execute(sql))
    }

    /// Reads one value by a statement that is used once.
    pub(super) fn ask<T>(&self, sql: &str) -> Result<T>
    where
        T: for<'a> postgres::types::FromSql<'a>,
    {
        self.with(|client| client.query_one(sql, &[])?.try_get(0))
    }

    /// The lines that a statement without values answers.
    #[cfg(test)]
    pub(super) fn lines(&self, sql: &str) -> Result<Vec<String>> {
        self.with(|client| client.query(sql, &[])?.iter().map(|row| row.try_get(0)).collect())
    }

    /// Begins a transaction, of the kind that the statement says. If that selects something, too, it is the number of
    /// the transaction.
    pub(super) fn begin(&self, sql: &str) -> Result<()> {
        self.changed.set(0);
        self.locked.borrow_mut().clear();
        let answers = self.with(|client| client.simple_query(sql))?;
        let selected = answers.iter().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        *self.number.borrow_mut() = selected.map(str::to_owned);
        Ok(())
    }

    /// The number of the transaction, by which another connection can ask what became of it.
    pub(super) fn number(&self) -> Option<String> {
        self.number.borrow().clone()
    }

    pub(super) fn commit(&self) -> Result<()> {
        self.batch("COMMIT")?;
        self.unindexed.commit();
        Ok(())
    }

    pub(super) fn roll_back(&self) -> Result<()> {
        self.unindexed.roll_back(0);
        self.batch("ROLLBACK")
    }

    /// Rows that the transaction has changed, or that a statement returned which may have changed something.
    pub(super) fn changed(&self) -> usize {
        self.changed.get()
    }

    /// Runs a part of a transaction. If it says false, what it changed is taken back, and so are its locks.
    pub(super) fn in_savepoint(&self, part: impl FnOnce() -> bool) -> Result<bool> {
        let (locks, noted) = (self.locked.borrow().len(), self.unindexed.changes());
        self.batch("SAVEPOINT part")?;
        let is_done = part();
        if is_done {
            self.batch("RELEASE part")?;
        } else {
            self.batch("ROLLBACK TO part; RELEASE part")?;
            self.locked.borrow_mut().truncate(locks);
            self.unindexed.roll_back(noted);
        }
        Ok(is_done)
    }

    /// Holds a conversation until the transaction ends. Returns whether the transaction did not hold it
    /// before: then somebody else may have changed it in between.
    pub(super) fn lock(&self, row: i64) -> Result<bool> {
        const LOCK: &str = "SELECT id FROM conversations WHERE id = ?1 FOR NO KEY UPDATE";
        if self.holds(row) {
            return Ok(false);
        }
        let statement = self.prepare(LOCK)?;
        self.with(|client| client.query(&statement.prepared, &[&row]))?;
        self.locked.borrow_mut().push(row);
        Ok(true)
    }

    /// Whether the transaction holds a conversation.
    pub(super) fn holds(&self, row: i64) -> bool {
        self.locked.borrow().contains(&row)
    }

    /// Holds conversations in the order of their rows. Two transactions that hold several of the same then
    /// wait for each other, and never each for the other.
    pub(super) fn lock_all(&self, wanted: &Locks) -> Result<()> {
        // What the others refer to is not locked, so that people can be added to a group meanwhile.
        const LOCK: &str = "
            SELECT c.id FROM conversations c WHERE c.id IN (
                SELECT p.id FROM unnest(?1::BYTEA[], ?2::BYTEA[]) AS pair (low, high)
                JOIN conversations p ON p.low = pair.low AND p.high = pair.high
                UNION ALL SELECT g.conversation FROM groups g WHERE g.id = ANY (?3::BYTEA[])
                UNION ALL SELECT m.conversation FROM messages m WHERE m.id = ANY (?4::BYTEA[])
            ) ORDER BY c.id FOR NO KEY UPDATE";
        if wanted.is_empty() {
            return Ok(());
        }
        let Locks { lows, highs, groups, messages } = wanted;
        let rows = self.ask_all(LOCK, &[lows, highs, groups, messages])?;
        let ids = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
        *self.locked.borrow_mut() = ids;
        Ok(())
    }
}

/// A statement that was prepared.
#[derive(Clone)]
pub(super) struct Statement {
    prepared: postgres::Statement,
    /// It changes nothing: what it returns was only read.
    only_reads: bool,
}

/// The conversations that a batch is about.
#[derive(Debug, Default)]
pub(super) struct Locks {
    lows: Vec<Vec<u8>>,
    highs: Vec<Vec<u8>>,
    groups: Vec<Vec<u8>>,
    messages: Vec<Vec<u8>>,
}

impl Locks {
    pub(super) fn add_pair(&mut self, low: [u8; 16], high: [u8; 16]) {
        self.lows.push(low.to_vec());
        self.highs.push(high.to_vec());
    }

    pub(super) fn add_group(&mut self, group: [u8; 16]) {
        self.groups.push(group.to_vec());
    }

    /// The conversation that this message is in.
    pub(super) fn add_message(&mut self, message: [u8; 16]) {
        self.messages.push(message.to_vec());
    }

    fn is_empty(&self) -> bool {
        self.lows.is_empty() && self.groups.is_empty() && self.messages.is_empty()
    }
}

fn closed() -> DbError {
    DbError::Unreachable("the connection is closed".to_owned())
}

/// Runs what waits for the client, which no task may do.
pub(super) fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> thread::Result<T> {
    thread::scope(|scope| scope.spawn(work).join())
}

/// The client waits for the server to close the connection, which no task may do.
impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(client) = self.client.get_mut().take()
            && Handle::try_current().is_ok()
        {
            thread::spawn(move || drop(client));
        }
    }
}
