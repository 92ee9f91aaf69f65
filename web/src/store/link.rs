//! Listening to the connection, and bringing it back where it does not come back by itself.

use std::time::Duration;

use client::{Client, DisconnectReason, Notice, Notices};
use futures::StreamExt as _;
use leptos::{prelude::*, task::spawn_local};
use protocol::{Chat, ErrorBody, ErrorCode};

use super::{Store, complain};
use crate::{
    session::{Trouble, Why},
    state::{ChatState, Link},
};

/// How the present attempt to get a connection goes.
#[derive(Default)]
struct Attempt {
    /// The token was refused and replaced by a new one.
    refreshed: bool,
    /// How often the server sent us away.
    sent_away: u32,
}

impl Store {
    /// The one place that hears the server.
    pub(super) async fn listen(self, mut notices: Notices<Chat>) {
        let mut attempt = Attempt::default();
        while let Some(notice) = notices.next().await {
            match notice {
                Notice::Connected => {
                    attempt = Attempt { sent_away: attempt.sent_away, ..Attempt::default() };
                    self.link(Link::Online);
                }
                Notice::Joined => self.change(ChatState::joined),
                Notice::Event(event) => {
                    attempt.sent_away = 0;
                    self.hear(event);
                }
                Notice::Disconnected { reason: DisconnectReason::Client, .. } => {}
                Notice::Disconnected { reason, retry_in: Some(wait) } => {
                    self.offline(reason.to_string(), Some(wait));
                }
                // Stopping, or it does not want this token any more: the next try tells.
                Notice::Disconnected { reason, retry_in: None } if self.leads() => {
                    attempt.sent_away += 1;
                    spawn_local(self.connect_after(reason.to_string(), patience(attempt.sent_away)));
                }
                Notice::Disconnected { reason, retry_in: None } => self.offline(reason.to_string(), None),
                Notice::Refused { message, .. } => self.refused(&message, &mut attempt),
                Notice::Unreadable { event, error } => complain(format_args!("{event}: {error}")),
            }
        }
    }

    /// Tries to connect now instead of later.
    pub(crate) fn try_now(self) {
        if self.pause.is_on() {
            self.pause.end();
        } else if self.with(|state| matches!(state.link, Link::Offline { retry_in: Some(_), .. })) {
            self.client.try_with_value(Client::connect);
            self.offline(String::new(), None);
        }
    }

    fn refused(self, message: &str, attempt: &mut Attempt) {
        let error = ErrorBody::from_refusal(message);
        match error.code {
            ErrorCode::ProtocolMismatch => self.change(|state| {
                state.refused(error);
                vec![]
            }),
            // The tab whose connection it is sees to it.
            _ if !self.leads() => self.offline(error.message, None),
            ErrorCode::Unauthorized if !attempt.refreshed => {
                attempt.refreshed = true;
                spawn_local(self.connect_with_new_token());
            }
            ErrorCode::Unauthorized => self.session.end(Why::Ended(error.message)),
            _ => {
                attempt.sent_away += 1;
                spawn_local(self.connect_after(error.message, patience(attempt.sent_away)));
            }
        }
    }

    fn leads(self) -> bool {
        self.leading.try_with_value(|leading| leading.is_here()) == Some(true)
    }

    async fn connect_after(self, reason: String, wait: Duration) {
        self.offline(reason.clone(), Some(wait));
        self.pause.wait(wait).await;
        self.offline(reason, None);
        self.client.try_with_value(Client::connect);
    }

    async fn connect_with_new_token(self) {
        let mut tries = 0;
        loop {
            match self.session.refresh().await {
                Ok(()) => break,
                // What waits in the outbox is kept for the next login.
                Err(Trouble::Refused(error)) if error.code == ErrorCode::Unauthorized => {
                    return self.session.end(Why::Ended(error.message));
                }
                Err(trouble) => {
                    tries += 1;
                    let wait = patience(tries);
                    self.offline(trouble.sentence(), Some(wait));
                    self.pause.wait(wait).await;
                }
            }
        }
        self.client.try_with_value(Client::connect);
    }

    fn offline(self, reason: String, retry_in: Option<Duration>) {
        let retry_in = retry_in.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self.link(Link::Offline { reason, retry_in });
    }
}

/// How long to wait before a try: longer each time, and not the same for all browsers.
fn patience(tries: u32) -> Duration {
    let longest = Duration::from_millis(500) * 2u32.saturating_pow(tries.min(6));
    longest / 1_000 * (500 + (500.0 * js_sys::Math::random()) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_as_code_and_sentence() {
        assert_eq!(
            ErrorBody::from_refusal("unauthorized: Your login is over: log in again."),
            ErrorBody::new(ErrorCode::Unauthorized, "Your login is over: log in again.")
        );
        assert_eq!(
            ErrorBody::from_refusal("Try later: busy"),
            ErrorBody::new(ErrorCode::Internal, "Try later: busy")
        );
    }
}
