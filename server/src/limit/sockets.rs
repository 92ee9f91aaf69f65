//! How many sockets somebody may have, at all servers of a cluster together.
//!
//! Each server counts its own and tells the others of people who have many. The others know it a moment later, so
//! somebody who connects to several servers at once can get more than they may: the surplus is closed. While they do not
//! hear each other, each counts by itself.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use protocol::{UserId, limits};

use crate::{config::Switch, ids::NodeId};

/// Whoever has no more than so many at a server is not worth telling of, unless another server has told of them.
const FEW: usize = 4;
/// People of whom the others are told at once.
const AT_ONCE: usize = 4_096;

pub(crate) struct Sockets {
    /// None when limits are off.
    people: Option<Mutex<People>>,
    /// This server, if there are others.
    me: Option<NodeId>,
}

#[derive(Default)]
struct People {
    here: HashMap<UserId, usize>,
    elsewhere: HashMap<UserId, BTreeMap<NodeId, usize>>,
    /// Those of whom the others were told.
    told: HashSet<UserId>,
    /// Those of whom they may be told something new.
    changed: HashSet<UserId>,
}

impl Sockets {
    pub(super) fn new(switch: Switch) -> Self {
        Self { people: (switch == Switch::On).then(Mutex::default), me: None }
    }

    pub(super) fn shared(self, me: NodeId) -> Self {
        Self { me: Some(me), ..self }
    }

    /// Counts one that is about to be let in, unless the person has as many as they may.
    pub(crate) fn take(&self, user: UserId) -> bool {
        let Some(mut people) = self.people() else { return true };
        let elsewhere: usize = people.elsewhere.get(&user).map_or(0, |nodes| nodes.values().sum());
        let here = people.here.get(&user).copied().unwrap_or_default();
        if here + elsewhere >= limits::SOCKETS_A_PERSON {
            return false;
        }
        people.here.insert(user, here + 1);
        self.changed(&mut people, user);
        true
    }

    /// One is gone that was counted.
    pub(crate) fn give_back(&self, user: UserId) {
        let Some(mut people) = self.people() else { return };
        if let Some(here) = people.here.get_mut(&user) {
            *here -= 1;
            if *here == 0 {
                people.here.remove(&user);
            }
        }
        self.changed(&mut people, user);
    }

    /// Of whom there are more than there may be, and how many of theirs are to be closed here. Every server closes
    /// what is too much for it and for those whose ids are lower, so that together they do not close too many.
    pub(crate) fn surplus(&self) -> Vec<(UserId, usize)> {
        let (Some(people), Some(me)) = (self.people(), self.me) else { return vec![] };
        let surplus = people.elsewhere.iter().filter_map(|(user, nodes)| {
            let before: usize = nodes.range(..me).map(|(_, count)| count).sum();
            let here = people.here.get(user)?;
            let surplus = here.saturating_sub(limits::SOCKETS_A_PERSON.saturating_sub(before));
            (surplus > 0).then_some((*user, surplus))
        });
        surplus.collect()
    }

    /// How many sockets those have of whom the other servers are to know something new.
    pub(super) fn news(&self) -> Vec<(UserId, usize)> {
        let Some(mut people) = self.people() else { return vec![] };
        let People { here, elsewhere, told, changed } = &mut *people;
        let mut news = Vec::new();
        for user in changed.extract_if(|_| true).take(AT_ONCE) {
            let count = here.get(&user).copied().unwrap_or_default();
            if count > FEW || told.contains(&user) || (count > 0 && elsewhere.contains_key(&user)) {
                if count > 0 {
                    told.insert(user)
                } else {
                    told.remove(&user)
                };
                news.push((user, count));
            }
        }
        news
    }

    /// Another server asks: it may have missed what it was told.
    pub(crate) fn tell_again(&self) {
        if let Some(mut people) = self.people() {
            let People { told, changed, .. } = &mut *people;
            changed.extend(told.iter().copied());
        }
    }

    /// So many sockets these people have at another server.
    pub(super) fn are_elsewhere(&self, node: NodeId, counts: Vec<(UserId, usize)>) {
        let Some(mut people) = self.people() else { return };
        for (user, count) in counts {
            let nodes = people.elsewhere.entry(user).or_default();
            if count > 0 {
                nodes.insert(node, count)
            } else {
                nodes.remove(&node)
            };
            if nodes.is_empty() {
                people.elsewhere.remove(&user);
            }
            if people.here.contains_key(&user) && !people.told.contains(&user) {
                people.changed.insert(user);
            }
        }
    }

    /// Another server is gone, or what it said was missed and it will say it again.
    pub(crate) fn node_is_gone(&self, node: NodeId) {
        if let Some(mut people) = self.people() {
            people.elsewhere.retain(|_, nodes| {
                nodes.remove(&node);
                !nodes.is_empty()
            });
        }
    }

    /// This server hears nobody: what it knew may be long over.
    pub(crate) fn nobody_is_heard(&self) {
        if let Some(mut people) = self.people() {
            people.elsewhere.clear();
        }
    }

    fn changed(&self, people: &mut People, user: UserId) {
        if self.me.is_some() {
            people.changed.insert(user);
        }
    }

    fn people(&self) -> Option<MutexGuard<'_, People>> {
        self.people.as_ref().map(|people| people.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const MOST: usize = limits::SOCKETS_A_PERSON;

    /// Three servers of a cluster.
    fn three() -> [Sockets; 3] {
        [1, 2, 3].map(|node| Sockets::new(Switch::On).shared(NodeId(node)))
    }

    /// Everybody hears what the others have to say.
    fn talk(servers: &[Sockets; 3]) {
        // What one says may give another one something to say.
        for _ in 0..2 {
            let news = servers.each_ref().map(Sockets::news);
            for (from, news) in (1..).zip(news) {
                for server in servers.iter().filter(|server| server.me != Some(NodeId(from))) {
                    server.are_elsewhere(NodeId(from), news.clone());
                }
            }
        }
    }

    fn connect(server: &Sockets, times: usize) -> usize {
        (0..times).filter(|_| server.take(ANN)).count()
    }

    #[test]
    fn several_servers_together_allow_as_many_as_one() {
        let servers = three();
        assert_eq!(connect(&servers[0], 60), 60);
        talk(&servers);
        assert_eq!(connect(&servers[1], 60), MOST - 60);
        talk(&servers);
        assert_eq!(connect(&servers[2], 60), 0);
        servers[0].give_back(ANN);
        talk(&servers);
        assert_eq!(connect(&servers[2], 60), 1);
    }

    #[test]
    fn nobody_has_to_know_of_somebody_who_has_few_unless_they_have_many_elsewhere() {
        let servers = three();
        connect(&servers[0], FEW);
        assert_eq!(servers[0].news(), []);
        connect(&servers[1], FEW + 1);
        talk(&servers);
        assert_eq!(
            connect(&servers[2], MOST),
            MOST - FEW - FEW - 1,
            "the first one has told of its few, too"
        );
        (0..FEW + 1).for_each(|_| servers[1].give_back(ANN));
        assert_eq!(servers[1].news(), [(ANN, 0)]);
        assert_eq!(servers[1].news(), [], "it is told once");
    }

    #[test]
    fn what_somebody_has_got_at_several_servers_at_once_is_closed_until_it_is_as_much_as_they_may_have() {
        let servers = three();
        for server in &servers {
            assert_eq!(connect(server, 50), 50);
        }
        assert_eq!(servers[2].surplus(), []);
        talk(&servers);
        let close = servers.each_ref().map(Sockets::surplus);
        assert_eq!(close, [vec![], vec![(ANN, 50 + 50 - MOST)], vec![(ANN, 50)]]);
        for (server, surplus) in servers.iter().zip(close) {
            surplus.iter().for_each(|(_, count)| (0..*count).for_each(|_| server.give_back(ANN)));
        }
        talk(&servers);
        assert!(servers.iter().all(|server| server.surplus().is_empty()));
        assert!(servers.iter().all(|server| connect(server, 1) == 0), "they have as many as they may");
    }

    #[test]
    fn what_a_server_had_is_forgotten_with_it_and_told_again_to_one_that_asks() {
        let servers = three();
        connect(&servers[0], MOST);
        talk(&servers);
        assert_eq!(connect(&servers[1], 1), 0);
        servers[1].node_is_gone(NodeId(1));
        servers[0].tell_again();
        talk(&servers);
        assert_eq!(connect(&servers[1], 1), 0, "it was not gone, and has said so");
        servers[1].node_is_gone(NodeId(1));
        assert_eq!(connect(&servers[1], MOST), MOST);
    }

    #[test]
    fn whoever_hears_nobody_counts_by_itself() {
        let servers = three();
        connect(&servers[0], MOST);
        talk(&servers);
        servers[1].nobody_is_heard();
        assert_eq!(connect(&servers[1], MOST + 1), MOST);
    }

    #[test]
    fn a_limit_that_is_off_refuses_nothing_and_one_server_has_nobody_to_tell() {
        let off = Sockets::new(Switch::Off).shared(NodeId(1));
        assert_eq!(connect(&off, MOST * 2), MOST * 2);
        assert_eq!((off.news(), off.surplus()), (vec![], vec![]));
        let alone = Sockets::new(Switch::On);
        assert_eq!(connect(&alone, MOST * 2), MOST);
        assert_eq!((alone.news(), alone.surplus()), (vec![], vec![]));
    }
}
