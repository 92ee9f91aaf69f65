//! People who are connected to other servers of the cluster.
//!
//! Each server tells the others who came to it and who went. So everybody knows the same, and nobody has to ask when a
//! person changes from one server to another.

use std::collections::HashSet;

use protocol::UserId;
use tokio::time::Instant;

use super::Presence;
use crate::ids::NodeId;

impl Presence {
    /// People came to another server, who were not there before.
    pub(super) fn came_elsewhere(&mut self, node: NodeId, users: &[UserId]) {
        for user in users {
            let first = !self.people.contains_key(user);
            let person = self.people.entry(*user).or_default();
            person.nodes.insert(node);
            person.until = None;
            self.online.is_elsewhere(*user, true);
            if first {
                self.changed(*user, true);
            }
        }
    }

    /// They went from there.
    pub(super) fn went_elsewhere(&mut self, node: NodeId, users: &[UserId], now: Instant) {
        for user in users {
            self.left_node(node, *user, now, false);
        }
    }

    /// These people are connected to another server, and nobody else.
    pub(super) fn are_elsewhere(&mut self, node: NodeId, users: &[UserId], now: Instant) {
        let there: HashSet<UserId> = users.iter().copied().collect();
        let gone: Vec<UserId> = self.those_at(node).filter(|user| !there.contains(user)).collect();
        self.went_elsewhere(node, &gone, now);
        self.came_elsewhere(node, users);
    }

    /// Another server is gone. If it did not say goodbye, nobody but the others can note when its people were there
    /// last.
    pub(super) fn node_is_gone(&mut self, node: NodeId, now: Instant) {
        let gone: Vec<UserId> = self.those_at(node).collect();
        for user in gone {
            self.left_node(node, user, now, true);
        }
    }

    /// Everybody who is connected to this server.
    pub(super) fn are_here(&self) -> Vec<UserId> {
        let here = self.people.iter().filter(|(_, person)| !person.sockets.is_empty());
        here.map(|(user, _)| *user).collect()
    }

    fn those_at(&self, node: NodeId) -> impl Iterator<Item = UserId> {
        self.people.iter().filter(move |(_, person)| person.nodes.contains(&node)).map(|(user, _)| *user)
    }

    fn left_node(&mut self, node: NodeId, user: UserId, now: Instant, is_noted_here: bool) {
        let Some(person) = self.people.get_mut(&user) else { return };
        if person.nodes.remove(&node) && person.nodes.is_empty() {
            self.online.is_elsewhere(user, false);
            self.leaves_unless_present(user, now, is_noted_here);
        }
    }
}
