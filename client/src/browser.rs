//! The driver for the browser, over its own WebSocket.

mod http;
pub mod shared;
mod socket;
mod tasks;

use std::{cell::Cell, future::Future, time::Duration};

use futures::channel::mpsc::UnboundedSender;
use js_sys::{Date, Error, Math};
use typed_socketio::Catalogue;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Performance;

use crate::{
    client::Client,
    connection::Time,
    driver::{self, Environment},
    engine::Input,
    notice::Notices,
    options::Options,
};
use socket::WebSocket;

pub use tasks::spawn;

/// Connects to a server. The connection lives until the last clone of the client is dropped.
#[must_use]
pub fn connect<C: Catalogue>(options: Options) -> (Client<C>, Notices<C>) {
    let (client, notices, connection) = driver::connect(Browser::new(), options, random());
    spawn(connection);
    (client, notices)
}

/// The address that the page came from, where its server is.
#[must_use]
pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// What a thrown error says.
fn sentence(error: &JsValue) -> String {
    error.dyn_ref::<Error>().map_or_else(String::new, |error| error.to_string().into())
}

/// A number below 2⁵³.
fn random() -> u64 {
    (Math::random() * 2f64.powi(53)) as u64
}

struct Browser {
    /// Kept here because every message needs the time: to find this object costs more than to read it.
    performance: Option<Performance>,
    clock: Cell<Clock>,
}

impl Browser {
    fn new() -> Self {
        let performance = web_sys::window().and_then(|window| window.performance());
        Self { performance, clock: Cell::default() }
    }
}

/// Milliseconds.
#[derive(Clone, Copy, Default)]
struct Clock {
    now: f64,
    monotonic: f64,
    date: f64,
}

impl Clock {
    /// The monotonic clock stands still while the machine sleeps, and somebody may set the date: the
    /// one that went further is right about how much time has passed. Setting the date forward is taken
    /// for a sleep, which is harmless.
    fn advance(self, monotonic: f64, date: f64) -> Self {
        let passed = (monotonic - self.monotonic).max(date - self.date).max(0.0);
        Self { now: self.now + passed, monotonic, date }
    }
}

impl Environment for Browser {
    type Socket = WebSocket;

    fn open(&self, url: &str, events: UnboundedSender<Input>) -> WebSocket {
        WebSocket::open(url, events)
    }

    fn now(&self) -> Time {
        let monotonic = self.performance.as_ref().map_or(0.0, Performance::now);
        let clock = self.clock.get().advance(monotonic, Date::now());
        self.clock.set(clock);
        Duration::from_micros((clock.now * 1000.0) as u64)
    }

    fn request(
        &self,
        url: String,
        body: Option<String>,
    ) -> impl Future<Output = Result<String, String>> + 'static {
        http::request(url, body)
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        gloo_timers::future::sleep(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_while_the_machine_sleeps_and_never_back() {
        let clock = Clock { now: 0.0, monotonic: 5.0, date: 1_000.0 };
        let awake = clock.advance(15.0, 1_010.0);
        let slept = awake.advance(16.0, 61_010.0);
        let set_back = slept.advance(26.0, 10.0);
        assert_eq!([awake.now, slept.now, set_back.now], [10.0, 60_010.0, 60_020.0]);
    }
}
