//! What the chat's runtime is given in a browser.

use std::time::Duration;

use chat::{Clock, TabNews, Tabs};
use client::browser::shared::Leading;
use futures::{FutureExt as _, future::LocalBoxFuture};
use gloo::{events::EventListener, timers::future::sleep};
use wasm_bindgen::JsCast as _;
use web_sys::{BroadcastChannel, MessageEvent};

/// The browser's timers.
pub(super) struct BrowserClock;

impl Clock for BrowserClock {
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        sleep(duration).boxed_local()
    }
}

/// The other tabs in which the same person is logged in.
pub(super) struct OtherTabs {
    leading: Leading,
    /// `None` where the browser has no channels; then every tab has a connection of its own, too.
    channel: Option<BroadcastChannel>,
}

impl OtherTabs {
    pub(super) fn open(name: &str, leading: Leading) -> Self {
        // Not the channel on which the client shares the connection: that one has its own messages.
        Self { leading, channel: BroadcastChannel::new(&format!("{name}/news")).ok() }
    }

    /// Calls back with what another tab did, until the listener is dropped.
    pub(super) fn listen(&self, hear: impl Fn(TabNews) + 'static) -> Option<EventListener> {
        self.channel.as_ref().map(|channel| {
            EventListener::new(channel, "message", move |event| {
                let event: &MessageEvent = event.unchecked_ref();
                if let Ok(news) = serde_wasm_bindgen::from_value(event.data()) {
                    hear(news);
                }
            })
        })
    }
}

impl Tabs for OtherTabs {
    fn leads(&self) -> bool {
        self.leading.is_here()
    }

    fn tell(&self, news: TabNews) {
        if let (Some(channel), Ok(news)) = (&self.channel, serde_wasm_bindgen::to_value(&news)) {
            // It fails on a channel that is closed, and this one is not before it is dropped.
            let _ = channel.post_message(&news);
        }
    }
}

impl Drop for OtherTabs {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.close();
        }
    }
}
