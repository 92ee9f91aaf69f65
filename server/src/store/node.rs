//! The servers that use this database, and what one of them reads anew when it may have missed something. All of it is
//! for PostgreSQL: a file has one server.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use protocol::{GroupId, UserId};

use super::{
    Store,
    db::{Db, DbError},
    postgresql::Connection,
    session::before,
    writer::Done,
};
use crate::{
    clock,
    error::Result,
    ids::{NodeId, SessionId},
};

/// Notes a server, by the database's clock.
const NOTE: &str = "
    INSERT INTO nodes (id, seen_at) VALUES (?1, now())
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";
/// Servers that were there a moment ago.
const THERE: &str = "SELECT id FROM nodes WHERE seen_at > now() - INTERVAL '6 seconds'";
/// Forgets those that are long gone.
const FORGET: &str = "DELETE FROM nodes WHERE seen_at < now() - INTERVAL '1 day'";
const WITHDRAW: &str = "DELETE FROM nodes WHERE id = ?1";

impl Store {
    /// Notes that a server is there. Returns all that are.
    pub(crate) async fn note_node(&self, node: NodeId) -> Result<Vec<NodeId>> {
        self.write(move |db| {
            let connection = shared(db)?;
            connection.ask_all(NOTE, &[&node.0.cast_signed()])?;
            connection.ask_all(FORGET, &[])?;
            let there = connection.ask_all(THERE, &[])?;
            let nodes: Result<Vec<i64>, _> = there.iter().map(|row| row.try_get(0)).collect();
            let nodes = nodes.map_err(DbError::from)?;
            Ok(Done::without_event(nodes.into_iter().map(|id| NodeId(id.cast_unsigned())).collect()))
        })
        .await
    }

    /// A server stops.
    pub(crate) async fn withdraw_node(&self, node: NodeId) -> Result<()> {
        self.write(move |db| {
            shared(db)?.ask_all(WITHDRAW, &[&node.0.cast_signed()])?;
            Ok(Done::without_event(()))
        })
        .await
    }

    /// In which groups people are now, by the sessions that they are connected with; none where the session is over.
    pub(crate) async fn standing(
        &self,
        sessions: Vec<(SessionId, UserId)>,
    ) -> Result<Vec<Option<Arc<HashSet<GroupId>>>>> {
        let lifetime = self.session_lifetime;
        self.read(move |db| Ok(standing(shared(db)?, &sessions, before(clock::now(), lifetime))?)).await
    }
}

/// The connection to a database that others may use as well.
fn shared<'db>(db: &Db<'db>) -> Result<&'db Connection, DbError> {
    match *db {
        Db::Postgresql(connection) => Ok(connection),
        Db::Sqlite(_) => Err(DbError::Unreachable("a file has one server".to_owned())),
    }
}

/// With two statements for all of them: while Redis is gone, this is asked all the time.
fn standing(
    connection: &Connection,
    sessions: &[(SessionId, UserId)],
    born: i64,
) -> Result<Vec<Option<Arc<HashSet<GroupId>>>>, DbError> {
    const LIVE: &str =
        "SELECT id FROM sessions WHERE id = ANY (?1::BYTEA[]) AND ended_at IS NULL AND created_at > ?2";
    const GROUPS: &str = "
        SELECT m.\"user\", g.id FROM members m JOIN groups g ON g.conversation = m.conversation
        WHERE m.\"user\" = ANY (?1::BYTEA[])";
    let ids: Vec<&[u8]> = sessions.iter().map(|(session, _)| &session.0[..]).collect();
    let users: Vec<Vec<u8>> = sessions.iter().map(|(_, user)| user.into_bytes().to_vec()).collect();
    let mut live = HashSet::new();
    for row in connection.ask_all(LIVE, &[&ids, &born])? {
        live.insert(row.try_get::<_, Vec<u8>>(0)?);
    }
    let mut groups: HashMap<Vec<u8>, HashSet<GroupId>> = HashMap::new();
    for row in connection.ask_all(GROUPS, &[&users])? {
        let group = row
            .try_get::<_, Vec<u8>>(1)?
            .try_into()
            .map_err(|_| DbError::Unreadable("an id has another length".into()))?;
        groups.entry(row.try_get(0)?).or_default().insert(GroupId::from_bytes(group));
    }
    // Somebody may be in many, with many sessions.
    let groups: HashMap<_, _> = groups.into_iter().map(|(user, groups)| (user, Arc::new(groups))).collect();
    let standing = ids.iter().zip(&users).map(|(session, user)| {
        live.contains(*session).then(|| groups.get(user).cloned().unwrap_or_default())
    });
    Ok(standing.collect())
}
