//! A wait that somebody may cut short: by pressing "Try now", by coming back online.

use std::time::Duration;

use crate::live::{Kept, keep};
use futures::{
    channel::oneshot,
    future::{Either, select},
};

#[derive(Clone, Copy)]
pub(crate) struct Pause(Kept<Option<oneshot::Sender<()>>>);

impl Pause {
    pub(crate) fn new() -> Self {
        Self(keep(None))
    }

    /// Waits for so long, or until [`Pause::end`].
    pub(crate) async fn wait(self, duration: Duration) {
        let (end, ended) = oneshot::channel();
        self.0.set(Some(end));
        let waited = select(gloo_timers::future::sleep(duration), ended).await;
        // A second wait took the place of this one, or the page is gone.
        if let Either::Right((Err(_), sleep)) = waited {
            sleep.await;
        }
        self.end();
    }

    /// Whether somebody waits.
    pub(crate) fn is_on(self) -> bool {
        self.0.update(|slot| slot.as_ref().is_some_and(|end| !end.is_canceled())).unwrap_or(false)
    }

    pub(crate) fn end(self) {
        if let Some(end) = self.0.update(Option::take).flatten() {
            let _ = end.send(());
        }
    }
}
