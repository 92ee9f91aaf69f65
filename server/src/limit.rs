//! How often something may be done: a burst, then a steady rate, for each key.
//!
//! The generic cell rate algorithm: all that is kept of a key is the moment at which its burst is
//! whole again, so an idle key costs nothing and is forgotten.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use protocol::{ConversationId, UserId, limits};
use tokio::time::Instant;

use crate::{
    auth::device::Device,
    client_address::ClientAddress,
    config::Switch,
    error::{Error, Result},
    ids::SocketId,
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Every limit of the server.
pub(crate) struct Limits {
    /// Attempts to register, log in or refresh, by address.
    pub(crate) auth: Limit<ClientAddress>,
    /// Wrong passwords; see [`Guess`](crate::auth::guess::Guess).
    pub(crate) wrong_by_account_and_address: Limit<(String, ClientAddress)>,
    pub(crate) wrong_by_address: Limit<ClientAddress>,
    pub(crate) wrong_by_account: Limit<String>,
    pub(crate) wrong_by_device: Limit<Device>,
    /// Events, by person.
    pub(crate) events: Limit<UserId>,
    /// How often others are told that somebody types, by socket and conversation.
    pub(crate) typing: Limit<(SocketId, ConversationId)>,
    /// Events of one socket that may wait.
    pub(crate) queued_events: usize,
}

impl Limits {
    pub(crate) fn new(switch: Switch) -> Self {
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
            events: Limit::new(switch, limits::EVENTS_AT_ONCE, SECOND / limits::EVENTS_A_SECOND),
            typing: Limit::new(switch, 1, limits::TYPING_APART),
            queued_events: if switch == Switch::On { limits::QUEUED_EVENTS } else { usize::MAX },
        }
    }
}

pub(crate) struct Limit<K> {
    /// None when limits are off.
    keys: Option<Mutex<Keys<K>>>,
    /// What one use costs.
    interval: Duration,
    /// What may be used up at once.
    burst: Duration,
}

struct Keys<K> {
    whole_again: HashMap<K, Instant>,
    /// The number of keys at which the idle ones are forgotten.
    sweep_at: usize,
}

const SWEEP_AT_LEAST: usize = 1024;

impl<K: Hash + Eq> Limit<K> {
    pub(crate) fn new(switch: Switch, burst: u32, interval: Duration) -> Self {
        let keys = Keys { whole_again: HashMap::new(), sweep_at: SWEEP_AT_LEAST };
        Self { keys: (switch == Switch::On).then(|| Mutex::new(keys)), interval, burst: interval * burst }
    }

    /// Uses one up, or refuses.
    pub(crate) fn take(&self, key: K) -> Result<()> {
        self.use_up(key, self.interval)
    }

    fn use_up(&self, key: K, cost: Duration) -> Result<()> {
        let Some(keys) = &self.keys else { return Ok(()) };
        let now = Instant::now();
        let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.whole_again.len() >= keys.sweep_at {
            keys.whole_again.retain(|_, whole_again| *whole_again > now);
            keys.sweep_at = (keys.whole_again.len() * 2).max(SWEEP_AT_LEAST);
        }
        let whole_again = keys.whole_again.entry(key).or_insert(now);
        let after = (*whole_again).max(now) + cost;
        if after > now + self.burst {
            return Err(Error::TooSoon(after - (now + self.burst)));
        }
        *whole_again = after;
        Ok(())
    }

    /// Uses up more after one `take`, for something that costs more.
    pub(crate) fn take_more(&self, key: K, count: u32) -> Result<()> {
        self.use_up(key, self.interval * count)
    }

    /// Undoes one `take`: it turned out not to count.
    pub(crate) fn give_back(&self, key: &K) {
        let Some(keys) = &self.keys else { return };
        let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whole_again) = keys.whole_again.get_mut(key) {
            *whole_again -= self.interval;
        }
    }
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

    #[tokio::test]
    async fn a_limit_that_is_off_refuses_nothing() {
        let limit = Limit::new(Switch::Off, 1, Duration::from_secs(1));
        for _ in 0..100 {
            limit.take(0).unwrap();
        }
    }
}
