//! Listening to the connection, and bringing it back where it does not come back by itself.

use std::time::Duration;

use client::{DisconnectReason, Notice, Notices};
use futures::{
    StreamExt as _,
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
struct Attempt {
    /// The token was refused and replaced by a new one.
    refreshed: bool,
    /// How often the server sent us away.
    sent_away: u32,
}

impl Runtime {
    pub(super) async fn listen(&self, mut notices: Notices<Chat>) {
        let mut attempt = Attempt::default();
        while let Some(notice) = notices.next().await {
            match notice {
                Notice::Connected => {
                    attempt.refreshed = false;
                    self.heard();
                    // Another window may have asked the client to try: a wait would end in one more try.
                    drop(self.inner.try_now.take());
                    let watched = self.inner.opening.shown();
                    self.change(Cause::Network, |state| state.connected(watched));
                }
                Notice::Joined => self.change(Cause::Network, ChatState::joined),
                Notice::Event(event) => {
                    attempt.sent_away = 0;
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
                    attempt.sent_away += 1;
                    self.connect_after(reason.to_string(), attempt.sent_away);
                }
                Notice::Disconnected { reason, retry_in: None } => {
                    self.link(Link::Waiting { reason: reason.to_string() });
                }
                Notice::Refused { message, .. } => self.refused(&message, &mut attempt),
                // The sync of every minute finds what this event would have said.
                Notice::Unreadable { .. } => self.heard(),
            }
        }
    }

    /// Tries to connect now instead of later. The client passes it on to the window that has the connection.
    pub fn try_now(&self) {
        let waiting = self.inner.try_now.borrow_mut().take();
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

    fn refused(&self, message: &str, attempt: &mut Attempt) {
        let error = ErrorBody::from_refusal(message);
        match error.code {
            ErrorCode::ProtocolMismatch => {
                self.change(Cause::Network, |state| {
                    state.refused(error);
                    vec![]
                });
                // Another server may be of this program's version already, or still, while they are upgraded.
                if self.leads() {
                    attempt.sent_away += 1;
                    self.spawn(self.clone().try_another_server(attempt.sent_away));
                }
            }
            // The window that leads takes care of it.
            _ if !self.leads() => self.link(Link::Waiting { reason: error.message }),
            ErrorCode::Unauthorized if !attempt.refreshed => {
                attempt.refreshed = true;
                self.spawn(self.clone().connect_with_new_token());
            }
            ErrorCode::Unauthorized => self.inner.environment.login.end(error.message),
            _ => {
                attempt.sent_away += 1;
                self.connect_after(error.message, attempt.sent_away);
            }
        }
    }

    async fn try_another_server(self, tries: u32) {
        let wait = self.wait_after(tries);
        self.sleep(wait).await;
        if self.with(|state| matches!(state.link, Link::Refused(_))) {
            self.inner.client.connect();
        }
    }

    fn leads(&self) -> bool {
        self.inner.environment.tabs.leads()
    }

    fn connect_after(&self, reason: String, tries: u32) {
        let this = self.clone();
        self.spawn(async move {
            this.wait_before_try(reason.clone(), tries).await;
            if this.with(|state| state.link.is_online()) {
                return;
            }
            this.offline(reason, None);
            this.inner.client.connect();
        });
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
                    self.wait_before_try(sentence, tries).await;
                }
            }
        }
        self.inner.client.connect();
    }

    /// Longer each time, and not the same for all programs.
    fn wait_after(&self, tries: u32) -> Duration {
        let longest = (Duration::from_millis(500) * 2u32.saturating_pow(tries.min(6))).min(LONGEST_WAIT);
        longest.mul_f64(0.5 + 0.5 * self.inner.random.borrow_mut().f64())
    }

    async fn wait_before_try(&self, reason: String, tries: u32) {
        let wait = self.wait_after(tries);
        self.offline(reason, Some(wait));
        let (now, asked) = oneshot::channel();
        *self.inner.try_now.borrow_mut() = Some(now);
        let sleep = Box::pin(self.sleep(wait));
        if let Either::Left(_) = select(sleep, asked).await {
            self.inner.try_now.borrow_mut().take();
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
