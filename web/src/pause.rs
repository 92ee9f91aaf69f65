//! A wait that somebody may cut short: by pressing "Try now", by coming back online.

use std::time::Duration;

use futures::{
    channel::oneshot,
    future::{Either, select},
};
use gloo::timers::future::sleep;
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(crate) struct Pause(StoredValue<Option<oneshot::Sender<()>>, LocalStorage>);

impl Pause {
    pub(crate) fn new() -> Self {
        Self(StoredValue::new_local(None))
    }

    /// Waits for so long, or until [`Pause::end`].
    pub(crate) async fn wait(self, duration: Duration) {
        let (end, ended) = oneshot::channel();
        self.0.try_set_value(Some(end));
        let waited = select(sleep(duration), ended).await;
        // A second wait took the place of this one, or the page is gone.
        if let Either::Right((Err(_), sleep)) = waited {
            sleep.await;
        }
        self.end();
    }

    pub(crate) fn end(self) {
        if let Some(end) = self.0.try_update_value(Option::take).flatten() {
            let _ = end.send(());
        }
    }
}
