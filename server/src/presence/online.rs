//! Who is online, for other parts of the server to read, and who watches whom.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{Timestamp, UserId};

use crate::ids::SocketId;

/// Who is online, and who watches whom. It changes before others are told of the change. So a socket that
/// begins to watch gets the current state and is told of everything after it.
#[derive(Clone, Default)]
pub(crate) struct Online(Arc<Mutex<Tables>>);

#[derive(Default)]
struct Tables {
    online: HashSet<UserId>,
    /// Those of them who are connected to another server.
    elsewhere: HashSet<UserId>,
    watchers: HashMap<UserId, HashSet<SocketId>>,
    watched: HashMap<SocketId, Vec<UserId>>,
    /// When people left of whom the store has not noted that yet.
    left: HashMap<UserId, Timestamp>,
    /// Those of them for whom it could not, and is to try again with the next ones.
    unnoted: HashSet<UserId>,
}

/// How many people the store is asked again to note.
const UNNOTED: usize = 10_000;

impl Online {
    pub(crate) fn list(&self) -> Vec<UserId> {
        self.lock().online.iter().copied().collect()
    }

    /// Those who are connected to no other server, or were a moment ago.
    pub(super) fn list_here(&self) -> Vec<UserId> {
        let tables = self.lock();
        tables.online.difference(&tables.elsewhere).copied().collect()
    }

    /// Notes whether somebody is connected to another server.
    pub(super) fn is_elsewhere(&self, user: UserId, is: bool) {
        let elsewhere = &mut self.lock().elsewhere;
        if is {
            elsewhere.insert(user)
        } else {
            elsewhere.remove(&user)
        };
    }

    pub(crate) fn is_online(&self, user: UserId) -> bool {
        self.lock().online.contains(&user)
    }

    /// When somebody left, if the store may not know it yet.
    pub(crate) fn left_at(&self, user: UserId) -> Option<Timestamp> {
        self.lock().left.get(&user).copied()
    }

    /// These people left. Returns whom the store is to note, each once.
    pub(super) fn left(
        &self,
        people: impl IntoIterator<Item = (UserId, Timestamp)>,
    ) -> Vec<(UserId, Timestamp)> {
        let mut tables = self.lock();
        let Tables { left, unnoted, .. } = &mut *tables;
        for (user, at) in people {
            left.insert(user, at);
            unnoted.insert(user);
        }
        unnoted.drain().filter_map(|user| Some((user, *left.get(&user)?))).collect()
    }

    /// The store has noted it, unless they have left again since.
    pub(super) fn is_noted(&self, people: &[(UserId, Timestamp)]) {
        let mut tables = self.lock();
        for (user, at) in people {
            if tables.left.get(user) == Some(at) {
                tables.left.remove(user);
            }
        }
    }

    /// The store could not note it.
    pub(super) fn is_not_noted(&self, people: &[(UserId, Timestamp)]) {
        let mut tables = self.lock();
        for (user, at) in people {
            if tables.left.get(user) == Some(at) {
                if tables.unnoted.len() < UNNOTED {
                    tables.unnoted.insert(*user);
                } else {
                    tables.left.remove(user);
                }
            }
        }
    }

    /// How many people wait to be noted again.
    #[cfg(test)]
    pub(super) fn unnoted(&self) -> usize {
        self.lock().unnoted.len()
    }

    /// The socket watches these people from now on, instead of those it watched before. Returns which of them
    /// are online.
    pub(crate) fn watch(&self, socket: SocketId, users: Vec<UserId>) -> Vec<UserId> {
        let mut tables = self.lock();
        tables.forget(socket);
        for user in &users {
            tables.watchers.entry(*user).or_default().insert(socket);
        }
        let online = users.iter().copied().filter(|user| tables.online.contains(user)).collect();
        tables.watched.insert(socket, users);
        online
    }

    /// Which of the people that the socket watches are online. None if it is told of everybody.
    pub(crate) fn watched(&self, socket: SocketId) -> Option<Vec<UserId>> {
        let tables = self.lock();
        let watched = tables.watched.get(&socket)?;
        Some(watched.iter().copied().filter(|user| tables.online.contains(user)).collect())
    }

    /// The socket is gone.
    pub(crate) fn forget(&self, socket: SocketId) {
        self.lock().forget(socket);
    }

    /// Notes that somebody came or went. Returns the sockets that watch them.
    pub(super) fn changed(&self, user: UserId, came: bool) -> Vec<SocketId> {
        let mut tables = self.lock();
        if came {
            tables.online.insert(user);
        } else {
            tables.online.remove(&user);
        }
        tables.watchers.get(&user).map(|sockets| sockets.iter().copied().collect()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn forget(&mut self, socket: SocketId) {
        for user in self.watched.remove(&socket).unwrap_or_default() {
            if let Some(sockets) = self.watchers.get_mut(&user) {
                sockets.remove(&socket);
                if sockets.is_empty() {
                    self.watchers.remove(&user);
                }
            }
        }
    }
}
