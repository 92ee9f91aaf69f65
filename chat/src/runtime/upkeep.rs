//! What happens by the clock.

use std::time::Duration;

use futures::{FutureExt as _, future::LocalBoxFuture};
use protocol::RenewToken;

use super::{Cause, Runtime};
use crate::state::ChatState;

/// How often to ask how things stand. A message that was lost on the way is on the screen after this
/// time at the latest.
pub const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// How long a message may stay without an answer before it says that it waits.
pub const SEND_PATIENCE: Duration = Duration::from_secs(5);
/// How long an answer to a probe may take.
pub const PROBE_PATIENCE: Duration = Duration::from_secs(3);
/// After which part of this time people are told that the server does not answer.
const SUSPICION: Duration = Duration::from_millis(2_500);
/// How long to wait when a token could not be renewed. If it expires meanwhile, the next connection
/// begins with a refresh.
const RENEW_AGAIN: Duration = Duration::from_secs(30);

impl Runtime {
    pub(super) fn look_again_and_again(self) -> LocalBoxFuture<'static, ()> {
        async move {
            loop {
                self.sleep(LOOK_AGAIN).await;
                self.look_again();
            }
        }
        .boxed_local()
    }

    /// Asks how things stand now: after a machine has slept, or a window is seen again.
    pub fn look_again(&self) {
        self.change(Cause::Network, ChatState::look_again);
    }

    /// Gets a new token before the present one expires.
    pub(super) fn renew_again_and_again(self) -> LocalBoxFuture<'static, ()> {
        async move {
            let login = &self.inner.environment.login;
            let mut wait = login.renew_in();
            loop {
                self.sleep(wait).await;
                wait = match self.call(RenewToken {}).await {
                    Ok(token) => {
                        login.renewed(token);
                        login.renew_in()
                    }
                    Err(_) => RENEW_AGAIN,
                };
            }
        }
        .boxed_local()
    }

    /// There is reason to doubt that the server is still there: asks it something, and gives the
    /// connection up when nothing is heard within [`PROBE_PATIENCE`].
    pub fn probe(&self) {
        if self.with(|state| state.link.is_online()) {
            self.look_again();
            self.inner.client.probe(PROBE_PATIENCE);
            let (this, heard_before) = (self.clone(), self.inner.heard.get());
            self.spawn(async move {
                this.sleep(SUSPICION).await;
                this.suspect(heard_before);
            });
        }
    }

    /// The server said something.
    pub(super) fn heard(&self) {
        self.inner.heard.set(self.inner.heard.get() + 1);
        if self.with(|state| state.is_unresponsive) {
            self.unresponsive(false);
        }
    }

    /// Somebody waits, and the server has said nothing since.
    pub(super) fn suspect(&self, heard_before: u64) {
        if self.inner.heard.get() == heard_before && self.with(|state| state.link.is_online()) {
            self.unresponsive(true);
        }
    }

    fn unresponsive(&self, is_unresponsive: bool) {
        self.change(Cause::Network, |state| {
            state.unresponsive(is_unresponsive);
            vec![]
        });
    }
}
