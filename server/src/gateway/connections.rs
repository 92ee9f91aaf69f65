//! Everybody's connections, and which of them are in which group.
//!
//! socketioxide's rooms know the same of connected sockets, but they do not tell us. They still carry
//! messages to many: a packet is encoded once for a whole room.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{GroupId, UserId};

use super::connection::Connection;
use crate::{delivery::Client, ids::SocketId};

#[derive(Default)]
pub(super) struct Connections(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    all: HashMap<SocketId, Arc<Connection>>,
    people: HashMap<UserId, Vec<Arc<Connection>>>,
    groups: HashMap<GroupId, HashMap<SocketId, Arc<Connection>>>,
}

impl Connections {
    /// Adds a connection that is about to be let in.
    pub(super) fn add(&self, connection: &Arc<Connection>) {
        let mut tables = self.lock();
        tables.people.entry(connection.session.user.id).or_default().push(connection.clone());
        tables.all.insert(connection.session.socket, connection.clone());
    }

    pub(super) fn remove(&self, connection: &Connection, groups: &HashSet<GroupId>) {
        let mut tables = self.lock();
        let socket = connection.session.socket;
        if tables.all.remove(&socket).is_none() {
            return;
        }
        let user = connection.session.user.id;
        if let Some(theirs) = tables.people.get_mut(&user) {
            theirs.retain(|one| one.session.socket != socket);
            if theirs.is_empty() {
                tables.people.remove(&user);
            }
        }
        for group in groups {
            tables.leave(*group, socket);
        }
    }

    pub(super) fn join(&self, connection: &Arc<Connection>, groups: impl IntoIterator<Item = GroupId>) {
        let mut tables = self.lock();
        for group in groups {
            let members = tables.groups.entry(group).or_default();
            members.insert(connection.session.socket, connection.clone());
        }
    }

    pub(super) fn leave(&self, connection: &Connection, group: GroupId) {
        self.lock().leave(group, connection.session.socket);
    }

    /// How many people have one.
    pub(super) fn people(&self) -> u64 {
        self.lock().people.len() as u64
    }

    pub(super) fn all(&self) -> Vec<Arc<Connection>> {
        self.lock().all.values().cloned().collect()
    }

    /// Those of clients of this kind.
    pub(super) fn all_of(&self, client: Client) -> Vec<Arc<Connection>> {
        let mut all = self.all();
        all.retain(|one| one.client() == client);
        all
    }

    pub(super) fn get(&self, socket: SocketId) -> Option<Arc<Connection>> {
        self.lock().all.get(&socket).cloned()
    }

    /// Somebody's, the oldest first.
    pub(super) fn of(&self, user: UserId) -> Vec<Arc<Connection>> {
        self.lock().people.get(&user).cloned().unwrap_or_default()
    }

    /// Those in a group.
    pub(super) fn within(&self, group: GroupId) -> Vec<Arc<Connection>> {
        self.lock().groups.get(&group).map(|members| members.values().cloned().collect()).unwrap_or_default()
    }

    /// Does something for each in a group.
    pub(super) fn each_in(&self, group: GroupId, act: impl FnMut(&Arc<Connection>)) {
        if let Some(members) = self.lock().groups.get(&group) {
            members.values().for_each(act);
        }
    }

    pub(super) fn count_in(&self, group: GroupId) -> usize {
        self.lock().groups.get(&group).map_or(0, HashMap::len)
    }

    pub(super) fn any_in(&self, group: GroupId, is: impl Fn(&Connection) -> bool) -> bool {
        self.lock().groups.get(&group).is_some_and(|members| members.values().any(|one| is(one)))
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn leave(&mut self, group: GroupId, socket: SocketId) {
        if let Some(members) = self.groups.get_mut(&group) {
            members.remove(&socket);
            if members.is_empty() {
                self.groups.remove(&group);
            }
        }
    }
}
