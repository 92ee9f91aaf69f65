//! How often something may be done: a burst, then a steady rate, for each key.
//!
//! The generic cell rate algorithm: all that is kept of a key is the moment at which its burst is
//! whole again, so an idle key costs nothing and is forgotten. [`sockets`] counts what somebody has at the same time.

pub(crate) mod sockets;

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::{ConversationId, UserId, limits};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use self::sockets::Sockets;
use crate::{
    auth::device::Device,
    client_address::ClientAddress,
    config::Switch,
    error::{Error, Result},
    ids::{NodeId, SessionId, SocketId},
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// How often what was used up is told to the other servers of a cluster.
pub(crate) const TOLD: Duration = Duration::from_millis(250);

/// Every limit of the server.
pub(crate) struct Limits {
    /// Attempts to register, log in or refresh, by address.
    pub(crate) auth: Limit<ClientAddress>,
    /// Wrong passwords; see [`Guess`](crate::auth::guess::Guess).
    pub(crate) wrong_by_account_and_address: Limit<(String, ClientAddress)>,
    pub(crate) wrong_by_address: Limit<ClientAddress>,
    pub(crate) wrong_by_account: Limit<String>,
    pub(crate) wrong_by_device: Limit<Device>,
    /// How often somebody may connect, and how many sockets they may have.
    pub(crate) connects: Limit<UserId>,
    /// The same for a session, whether it goes on or not.
    pub(crate) connects_of_session: Limit<SessionId>,
    pub(crate) sockets: Sockets,
    /// Attempts to connect that were refused, by address.
    pub(crate) refused_connects: Limit<ClientAddress>,
    /// Events, by person.
    pub(crate) events: Limit<UserId>,
    /// How often somebody may renew the token of a connection. What is kept of a renewal stays until the new token
    /// expires, so the rate is one of that time.
    pub(crate) renewals: Limit<UserId>,
    /// How often others are told that somebody types, by socket and conversation.
    pub(crate) typing: Limit<(SocketId, ConversationId)>,
    /// Events of one socket that may wait.
    pub(crate) queued_events: usize,
}

impl Limits {
    /// The limits of a server whose tokens are accepted for so long.
    pub(crate) fn new(switch: Switch, token_ttl: Duration) -> Self {
        Self {
            auth: Limit::new(switch, limits::LOGINS_AT_ONCE, SECOND / limits::LOGINS_A_SECOND),
            wrong_by_account_and_address: Limit::new(
                switch,
                limits::WRONG_PASSWORDS_AT_ONCE,
                MINUTE / limits::WRONG_PASSWORDS_A_MINUTE,
            ),
            wrong_by_address: Limit::new(
                switch,
                limits::WRONG_PASSWORDS_OF_AN_ADDRESS_AT_ONCE,
                MINUTE / limits::WRONG_PASSWORDS_OF_AN_ADDRESS_A_MINUTE,
            ),
            wrong_by_account: Limit::new(
                switch,
                limits::WRONG_PASSWORDS_OF_AN_ACCOUNT_AT_ONCE,
                MINUTE / limits::WRONG_PASSWORDS_OF_AN_ACCOUNT_A_MINUTE,
            ),
            wrong_by_device: Limit::new(
                switch,
                limits::WRONG_PASSWORDS_AT_ONCE,
                MINUTE / limits::WRONG_PASSWORDS_A_MINUTE,
            ),
            connects: Limit::new(switch, limits::CONNECTS_AT_ONCE, SECOND / limits::CONNECTS_A_SECOND),
            connects_of_session: Limit::new(
                switch,
                limits::CONNECTS_AT_ONCE,
                SECOND / limits::CONNECTS_A_SECOND,
            ),
            sockets: Sockets::new(switch),
            refused_connects: Limit::new(
                switch,
                limits::REFUSED_CONNECTS_AT_ONCE,
                SECOND / limits::REFUSED_CONNECTS_A_SECOND,
            ),
            events: Limit::new(switch, limits::EVENTS_AT_ONCE, SECOND / limits::EVENTS_A_SECOND),
            renewals: Limit::new(switch, limits::RENEWALS_A_TOKEN, token_ttl / limits::RENEWALS_A_TOKEN),
            typing: Limit::new(switch, 1, limits::TYPING_APART),
            queued_events: if switch == Switch::On { limits::QUEUED_EVENTS } else { usize::MAX },
        }
    }
}

/// What is done with each limit that all servers count together, of which each is named here only. What one socket may
/// do is its server's own, because it has one server, and so is what is refused.
macro_rules! counted_together {
    ($($limit:ident: $key:ty,)+) => {
        impl Limits {
            /// The limits of one of several servers.
            pub(crate) fn shared(self, me: NodeId) -> Self {
                Self { $($limit: self.$limit.shared(),)+ sockets: self.sockets.shared(me), ..self }
            }

            /// What was used up here since this was last asked, for the other servers.
            pub(crate) fn spent(&self) -> Option<Spent> {
                let spent = Spent { $($limit: self.$limit.spent(),)+ sockets: self.sockets.news() };
                let is_empty = $(spent.$limit.is_empty() &&)+ spent.sockets.is_empty();
                (!is_empty).then_some(spent)
            }

            /// What was used up at another server.
            pub(crate) fn spent_elsewhere(&self, node: NodeId, spent: Spent) {
                $(self.$limit.spent_elsewhere(spent.$limit);)+
                self.sockets.are_elsewhere(node, spent.sockets);
            }
        }

        /// Milliseconds of each limit that were used up, by key, and how many sockets somebody has now. Servers of an
        /// earlier version skip what they do not know.
        #[derive(Debug, Default, Serialize, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub(crate) struct Spent {
            $($limit: Vec<($key, i64)>,)+
            sockets: Vec<(UserId, usize)>,
        }
    };
}

counted_together! {
    auth: ClientAddress,
    wrong_by_account_and_address: (String, ClientAddress),
    wrong_by_address: ClientAddress,
    wrong_by_account: String,
    wrong_by_device: Device,
    connects: UserId,
    connects_of_session: SessionId,
    events: UserId,
    renewals: UserId,
}

pub(crate) struct Limit<K> {
    /// None when limits are off.
    keys: Option<Mutex<Keys<K>>>,
    /// What one use costs.
    interval: Duration,
    /// What may be used up at once.
    burst: Duration,
    /// Other servers are told what was used up here.
    is_shared: bool,
}

struct Keys<K> {
    whole_again: HashMap<K, Instant>,
    /// Milliseconds that were used up here and not told to other servers; what they were told and was given back
    /// is negative.
    spent: HashMap<K, i64>,
    /// The number of keys at which the idle ones are forgotten.
    sweep_at: usize,
}

const SWEEP_AT_LEAST: usize = 1024;
/// Other servers are told of somebody who has used up more than this part of what may be used up at once.
const NEAR: u32 = 4;

impl<K: Hash + Eq + Clone> Limit<K> {
    pub(crate) fn new(switch: Switch, burst: u32, interval: Duration) -> Self {
        let keys = Keys { whole_again: HashMap::new(), spent: HashMap::new(), sweep_at: SWEEP_AT_LEAST };
        let keys = (switch == Switch::On).then(|| Mutex::new(keys));
        Self { keys, interval, burst: interval * burst, is_shared: false }
    }

    fn shared(self) -> Self {
        Self { is_shared: true, ..self }
    }

    /// Uses one up, or refuses.
    pub(crate) fn take(&self, key: K) -> Result<()> {
        self.use_up(key, self.interval)
    }

    fn use_up(&self, key: K, cost: Duration) -> Result<()> {
        let Some(mut keys) = self.keys() else { return Ok(()) };
        let now = Instant::now();
        keys.sweep(now);
        let whole_again = keys.whole_again.entry(key.clone()).or_insert(now);
        let after = (*whole_again).max(now) + cost;
        if after > now + self.burst {
            return Err(Error::TooSoon(after - (now + self.burst)));
        }
        *whole_again = after;
        if self.is_shared {
            *keys.spent.entry(key).or_default() += milliseconds(cost);
        }
        Ok(())
    }

    /// Uses up more after one `take`, for something that costs more.
    pub(crate) fn take_more(&self, key: K, count: u32) -> Result<()> {
        self.use_up(key, self.interval * count)
    }

    /// Undoes one `take`: it turned out not to count.
    pub(crate) fn give_back(&self, key: &K) {
        let Some(mut keys) = self.keys() else { return };
        if let Some(whole_again) = keys.whole_again.get_mut(key) {
            *whole_again -= self.interval;
        }
        if self.is_shared {
            *keys.spent.entry(key.clone()).or_default() -= milliseconds(self.interval);
        }
    }

    /// What was used up here, in milliseconds. Somebody who is far from the limit is not worth telling of.
    fn spent(&self) -> Vec<(K, i64)> {
        let Some(mut keys) = self.keys() else { return vec![] };
        let now = Instant::now();
        let Keys { whole_again, spent, .. } = &mut *keys;
        spent.retain(|key, _| whole_again.get(key).is_some_and(|until| *until > now));
        let is_near = |key: &K| whole_again.get(key).is_some_and(|until| *until - now > self.burst / NEAR);
        spent.extract_if(|key, spent| *spent < 0 || (*spent > 0 && is_near(key))).collect()
    }

    /// What was used up at another server counts here, too.
    fn spent_elsewhere(&self, spent: Vec<(K, i64)>) {
        let Some(mut keys) = self.keys() else { return };
        let now = Instant::now();
        keys.sweep(now);
        for (key, milliseconds) in spent {
            let whole_again = keys.whole_again.entry(key).or_insert(now);
            let size = Duration::from_millis(milliseconds.unsigned_abs()).min(self.burst);
            *whole_again = match milliseconds {
                0.. => ((*whole_again).max(now) + size).min(now + self.burst),
                _ => *whole_again - size,
            };
        }
    }

    fn keys(&self) -> Option<MutexGuard<'_, Keys<K>>> {
        self.keys.as_ref().map(|keys| keys.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<K: Hash + Eq> Keys<K> {
    fn sweep(&mut self, now: Instant) {
        if self.whole_again.len() >= self.sweep_at {
            self.whole_again.retain(|_, whole_again| *whole_again > now);
            self.sweep_at = (self.whole_again.len() * 2).max(SWEEP_AT_LEAST);
        }
    }
}

fn milliseconds(cost: Duration) -> i64 {
    i64::try_from(cost.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_then_a_steady_rate() {
        let limit = Limit::new(Switch::On, 3, Duration::from_secs(1));
        for _ in 0..3 {
            limit.take("ann").unwrap();
        }
        assert!(limit.take("ann").is_err());
        limit.take("ben").unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        limit.take("ann").unwrap();
        assert!(limit.take("ann").is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_given_back_was_never_taken() {
        let limit = Limit::new(Switch::On, 1, Duration::from_secs(1));
        for _ in 0..10 {
            limit.take("ann").unwrap();
            limit.give_back(&"ann");
        }
        limit.take("ann").unwrap();
        assert!(limit.take("ann").is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn idle_keys_are_forgotten() {
        let limit = Limit::new(Switch::On, 3, Duration::from_secs(1));
        for key in 0..SWEEP_AT_LEAST {
            limit.take(key).unwrap();
        }
        tokio::time::advance(Duration::from_secs(2)).await;
        limit.take(usize::MAX).unwrap();
        assert_eq!(limit.keys.unwrap().lock().unwrap().whole_again.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn several_servers_together_allow_as_much_as_one() {
        let [one, two] = [(); 2].map(|()| Limit::new(Switch::On, 8, Duration::from_secs(1)).shared());
        one.take("ann").unwrap();
        assert_eq!(one.spent(), [], "nobody has to know that somebody did one thing");
        (0..5).for_each(|_| one.take("ann").unwrap());
        two.spent_elsewhere(one.spent());
        assert_eq!(one.spent(), [], "it is told once");
        two.take("ann").unwrap();
        two.take("ann").unwrap();
        assert!(two.take("ann").is_err());
        two.take("ben").unwrap();
        one.give_back(&"ann");
        two.spent_elsewhere(one.spent());
        two.take("ann").unwrap();
        assert!(two.take("ann").is_err());
        one.spent_elsewhere(vec![("ann", i64::MAX), ("ben", i64::MIN)]);
        tokio::time::advance(Duration::from_secs(1)).await;
        one.take("ann").expect("others cannot use up more than there is");
    }

    #[tokio::test]
    async fn a_limit_that_is_off_refuses_nothing() {
        let limit = Limit::new(Switch::Off, 1, Duration::from_secs(1));
        for _ in 0..100 {
            limit.take(0).unwrap();
        }
    }
}
