//! Listening to the connection, and bringing it back where it does not come back by itself.

use std::time::Duration;

use client::{DisconnectReason, Notice};
use futures::{
    Stream, StreamExt as _,
    channel::oneshot,
    future::{Either, select},
};
use protocol::{Chat, ErrorBody, ErrorCode};

use super::{Cause, Runtime};
use crate::{
    environment::RefreshError,
    state::{ChatState, Link},
};

/// The longest wait between two tries after the server sent us away.
const LONGEST_WAIT: Duration = Duration::from_secs(32);

/// How the present attempt to get a connection goes.
#[derive(Default)]
pub(super) struct Attempt {
    renewal: Renewal,
    /// How often the server sent us away.
    sent_away: u32,
    /// Ends the wait before the next try: told to, it is time to try; dropped, there is nothing to wait for any more.
    try_now: Option<oneshot::Sender<()>>,
}

/// Getting a token in place of one that was refused.
#[derive(Default)]
enum Renewal {
    #[default]
    None,
    /// Whatever is refused meanwhile was shown the old token.
    UnderWay,
    /// There is a new one, which no connection has shown that was begun by then; so many were.
    Done { shown: u64 },
}

impl Runtime {
    pub(super) async fn listen(&self, mut notices: impl Stream<Item = Notice<Chat>> + Unpin) {
        while let Some(notice) = notices.next().await {
            match notice {
                Notice::Connected => {
                    self.attempt_ends();
                    self.heard();
                    let watched = self.inner.opening.shown();
                    self.change(Cause::Network, |state| state.connected(watched));
                }
                Notice::Joined => {
                    self.attempt_ends();
                    self.change(Cause::Network, ChatState::joined);
                }
                Notice::Event(event) => {
                    self.inner.attempt.borrow_mut().sent_away = 0;
                    self.heard();
                    self.change(Cause::Network, |state| state.apply(event));
                }
                Notice::Disconnected { reason: DisconnectReason::Client, .. } => {}
                Notice::Disconnected { reason, retry_in: Some(wait) } => {
                    self.offline(reason.to_string(), Some(wait));
                }
                // The server stops, or it does not accept this token any more: the next try shows
                // which.
                Notice::Disconnected { reason, retry_in: None } if self.leads() => {
                    self.sent_away(reason.to_string());
                }
                Notice::Disconnected { reason, retry_in: None } => {
                    self.link(Link::Waiting { reason: reason.to_string() });
                }
                Notice::Refused { message, .. } => self.refused(&message),
                // The sync of every minute finds what this event would have said.
                Notice::Unreadable { .. } => self.heard(),
            }
        }
    }

    /// There is a connection, whoever made it: another window may have asked the client to try, or lead by now. What waits
    /// for a try would say that there is none, and ask for one that never comes.
    fn attempt_ends(&self) {
        let mut attempt = self.inner.attempt.borrow_mut();
        *attempt = Attempt { sent_away: attempt.sent_away, ..Attempt::default() };
    }

    /// Tries to connect now instead of later. The client passes it on to the window that has the connection.
    pub fn try_now(&self) {
        let waiting = self.inner.attempt.borrow_mut().try_now.take();
        let waits = |state: &ChatState| {
            matches!(state.link, Link::Offline { retry_in: Some(_), .. } | Link::Waiting { .. })
        };
        match waiting {
            Some(waiting) => drop(waiting.send(())),
            None if self.with(waits) => {
                self.inner.client.connect();
                self.offline(String::new(), None);
            }
            None => {}
        }
    }

    /// The machine has slept, or the program is seen again: a connection that was silent for too
    /// long is made anew.
    pub fn check(&self) {
        self.inner.client.check();
    }

    fn refused(&self, message: &str) {
        let error = ErrorBody::from_refusal(message);
        match error.code {
            ErrorCode::ProtocolMismatch => {
                self.change(Cause::Network, |state| {
                    state.refused(error);
                    vec![]
                });
                // Another server may be of this program's version already, or still, while they are upgraded.
                if self.leads()
                    && let Some(tries) = self.count_try()
                {
                    self.spawn(self.clone().try_another_server(tries));
                }
            }
            // The window that leads takes care of it.
            _ if !self.leads() => self.link(Link::Waiting { reason: error.message }),
            ErrorCode::Unauthorized => self.token_refused(error.message),
            _ => self.sent_away(error.message),
        }
    }

    fn token_refused(&self, sentence: String) {
        let mut attempt = self.inner.attempt.borrow_mut();
        match attempt.renewal {
            Renewal::None => {
                attempt.renewal = Renewal::UnderWay;
                drop(attempt);
                self.spawn(self.clone().connect_with_new_token());
            }
            Renewal::UnderWay => {}
            // A window had asked to try before the new token was there.
            Renewal::Done { shown } if shown == self.inner.opening.times() => {
                drop(attempt);
                self.inner.client.connect();
            }
            Renewal::Done { .. } => {
                drop(attempt);
                self.inner.environment.login.end(sentence);
            }
        }
    }

    fn sent_away(&self, reason: String) {
        if let Some(tries) = self.count_try() {
            self.spawn(self.clone().connect_after(reason, tries));
        }
    }

    /// Counts one more time that the server sent us away. `None` if a new token is on its way: a try comes after that.
    fn count_try(&self) -> Option<u32> {
        let mut attempt = self.inner.attempt.borrow_mut();
        attempt.sent_away += 1;
        (!matches!(attempt.renewal, Renewal::UnderWay)).then_some(attempt.sent_away)
    }

    fn leads(&self) -> bool {
        self.inner.environment.tabs.leads()
    }

    async fn try_another_server(self, tries: u32) {
        let wait = self.wait_after(tries);
        if self.waited(wait).await {
            self.inner.client.connect();
        }
    }

    async fn connect_after(self, reason: String, tries: u32) {
        if self.waited_before_try(reason.clone(), tries).await {
            self.offline(reason, None);
            self.inner.client.connect();
        }
    }

    async fn connect_with_new_token(self) {
        let mut tries = 0;
        loop {
            match self.inner.environment.login.refresh().await {
                Ok(()) => break,
                // What waits in the outbox is kept for the next login.
                Err(RefreshError::Ended(sentence)) => return self.inner.environment.login.end(sentence),
                Err(RefreshError::Unavailable(sentence)) => {
                    tries += 1;
                    if !self.waited_before_try(sentence, tries).await {
                        return;
                    }
                }
            }
        }
        let mut attempt = self.inner.attempt.borrow_mut();
        // Unless it is connected by now.
        if matches!(attempt.renewal, Renewal::UnderWay) {
            attempt.renewal = Renewal::Done { shown: self.inner.opening.times() };
            drop(attempt);
            self.inner.client.connect();
        }
    }

    /// Longer each time, and not the same for all programs.
    fn wait_after(&self, tries: u32) -> Duration {
        let longest = (Duration::from_millis(500) * 2u32.saturating_pow(tries.min(6))).min(LONGEST_WAIT);
        longest.mul_f64(0.5 + 0.5 * self.inner.random.borrow_mut().f64())
    }

    async fn waited_before_try(&self, reason: String, tries: u32) -> bool {
        let wait = self.wait_after(tries);
        self.offline(reason, Some(wait));
        self.waited(wait).await
    }

    /// Waits, or until somebody wants to try now. Returns whether a try is due: not if there is a connection by then, or
    /// another wait, which ends this one.
    async fn waited(&self, wait: Duration) -> bool {
        let (now, asked) = oneshot::channel();
        self.inner.attempt.borrow_mut().try_now = Some(now);
        let sleep = Box::pin(self.sleep(wait));
        match select(asked, sleep).await {
            Either::Left((asked, _)) => asked.is_ok(),
            Either::Right(_) => {
                self.inner.attempt.borrow_mut().try_now.take();
                true
            }
        }
    }

    fn offline(&self, reason: String, retry_in: Option<Duration>) {
        let retry_in = retry_in.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self.link(Link::Offline { reason, retry_in });
    }

    fn link(&self, link: Link) {
        self.change(Cause::Network, |state| state.link(link));
    }
}

#[cfg(test)]
mod tests;
