//! When this server may have missed what other servers of the cluster did.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::{EventsMissed, ServerEvent, UserId};
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep},
};

use super::{Gateway, connection::Connection, payload};
use crate::delivery::Client;

/// Connections that are looked at together, and how long the next ones wait then. So 10,000 clients ask within two
/// seconds and not at once.
const TOGETHER: usize = 100;
const APART: Duration = Duration::from_millis(20);
/// How long to wait before somebody's groups are read anew, so that it is done seldom, and once for several changes.
const SOON: Duration = Duration::from_millis(250);
/// How long to wait if they could not be read, because the database did not answer or somebody was just connecting.
const AGAIN: Duration = Duration::from_secs(1);

/// Whose groups are to be read anew. One task does it for one after the other, so that what is reported to a connection
/// meanwhile belongs to one reading.
pub(super) struct Looks {
    queue: Mutex<Queue>,
    filled: Notify,
    /// When one last succeeded.
    looked: Mutex<Instant>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Look>,
    /// People whose look waits, or will in a moment: it has not begun, so it sees what they do until then.
    soon: HashSet<UserId>,
}

enum Look {
    /// At these connections. Somebody waits to hear whether it succeeded.
    At(Vec<Arc<Connection>>, oneshot::Sender<bool>),
    /// At those of this person.
    AtThoseOf(UserId),
}

impl Default for Looks {
    fn default() -> Self {
        let (queue, filled) = (Mutex::default(), Notify::default());
        Self { queue, filled, looked: Mutex::new(Instant::now()) }
    }
}

impl Looks {
    fn succeeded(&self) {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Returns whether nothing of this person waits already.
    fn will_wait(&self, user: UserId) -> bool {
        self.queue().soon.insert(user)
    }

    fn put(&self, look: Look) {
        self.queue().waiting.push_back(look);
        self.filled.notify_one();
    }

    /// The next one, which begins now.
    async fn next(&self) -> Look {
        loop {
            if let Some(look) = self.take() {
                return look;
            }
            self.filled.notified().await;
        }
    }

    fn take(&self) -> Option<Look> {
        let mut queue = self.queue();
        let look = queue.waiting.pop_front()?;
        if let Look::AtThoseOf(user) = &look {
            queue.soon.remove(user);
        }
        Some(look)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gateway {
    /// Reads anew which sessions go on and who is in which group, then tells clients to ask what changed: in this
    /// order, so that nothing falls in between. Returns false if it has to be done again, because the database did
    /// not answer or somebody was just connecting.
    pub(crate) async fn catch_up(&self) -> bool {
        let event = ServerEvent::EventsMissed(EventsMissed {});
        let Some(payload) = payload(&event) else { return true };
        let mut is_complete = true;
        if self.0.connections.all().is_empty() {
            self.0.looks.succeeded();
        }
        for connections in self.0.connections.all().chunks(TOGETHER) {
            let (looked, has_looked) = oneshot::channel();
            self.0.looks.put(Look::At(connections.to_vec(), looked));
            is_complete &= has_looked.await.unwrap_or(false);
            for one in connections {
                // Others know only what was always documented. They are told what comes from now on.
                if one.client() != Client::Other {
                    one.emit(event.name(), &payload);
                }
            }
            sleep(APART).await;
        }
        is_complete
    }

    /// When something was committed, or may have been, that nobody was told: the other servers see that they missed
    /// something, and so does this one. Never ends.
    pub(crate) async fn catch_up_with_the_untold(self) {
        let Self(shared) = &self;
        loop {
            shared.app.store.untold().await;
            if shared.app.peers.leave_out() {
                continue;
            }
            while !self.catch_up().await {
                sleep(AGAIN).await;
            }
        }
    }

    /// When it was last read who is in which group, or nobody was there for whom to read it.
    pub(crate) fn looked(&self) -> Instant {
        *self.0.looks.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads somebody's groups anew, because they joined or left one: if they did both, at two servers, it is not
    /// known here in which order.
    pub(super) fn look_at_soon(&self, user: UserId) {
        self.look_after(SOON, user);
    }

    fn look_after(&self, pause: Duration, user: UserId) {
        if !self.0.looks.will_wait(user) {
            return;
        }
        let gateway = self.clone();
        tokio::spawn(async move {
            sleep(pause).await;
            gateway.0.looks.put(Look::AtThoseOf(user));
        });
    }

    /// Reads anew what was asked for, in that order. Never ends.
    pub(crate) async fn look(self) {
        loop {
            match self.0.looks.next().await {
                Look::At(connections, looked) => {
                    // Fails only while the server ends.
                    looked.send(self.look_again(&connections).await).ok();
                }
                Look::AtThoseOf(user) => {
                    let connections = self.0.connections.of(user);
                    if !connections.is_empty() && !self.look_again(&connections).await {
                        self.look_after(AGAIN, user);
                    }
                }
            }
        }
    }

    async fn look_again(&self, connections: &[Arc<Connection>]) -> bool {
        let known: Vec<_> = connections.iter().filter(|one| one.begins_to_move()).collect();
        let sessions = known.iter().map(|one| (one.session.id, one.session.user.id)).collect();
        match self.0.app.store.standing(sessions).await {
            Ok(standing) => {
                self.0.looks.succeeded();
                for (one, groups) in known.iter().zip(standing) {
                    match groups {
                        Some(groups) => one.belongs_to_now(groups),
                        None => one.send_away(),
                    }
                }
                known.len() == connections.len()
            }
            Err(error) => {
                tracing::debug!(%error, "it could not be read who is in which group");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{gateway::connection::being_let_in, testing::TestApp};

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BEN: UserId = UserId::from_bytes([2; 16]);

    #[tokio::test]
    async fn looks_come_in_the_order_in_which_they_were_asked_for_and_one_person_waits_once() {
        let looks = Looks::default();
        assert!(looks.will_wait(ANN));
        assert!(looks.will_wait(BEN));
        assert!(!looks.will_wait(ANN));
        looks.put(Look::AtThoseOf(ANN));
        let (looked, _) = oneshot::channel();
        looks.put(Look::At(vec![], looked));
        assert!(!looks.will_wait(ANN), "it has not begun");
        assert!(matches!(looks.next().await, Look::AtThoseOf(ANN)));
        assert!(looks.will_wait(ANN), "what happens now may be newer than what is read");
        assert!(!looks.will_wait(BEN));
        assert!(matches!(looks.next().await, Look::At(..)));
        assert!(looks.take().is_none());
    }

    #[tokio::test]
    async fn what_could_not_be_read_is_read_again_after_a_while_until_it_can_or_nobody_is_there() {
        let test_app = TestApp::new();
        let connection = being_let_in(&test_app).await;
        let gateway = connection.gateway.clone();
        let user = connection.session.user.id;
        let looking = tokio::spawn(gateway.clone().look());
        let will_be_read = || gateway.0.looks.queue().soon.contains(&user);
        gateway.look_at_soon(user);
        for pause in [SOON, AGAIN] {
            sleep(pause + SOON).await;
            assert!(will_be_read());
        }
        connection.gone();
        sleep(AGAIN + SOON).await;
        assert!(!will_be_read());
        looking.abort();
    }
}
