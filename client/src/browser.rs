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
    let (client, notices, connection) = driver::connect(Browser::default(), options, random());
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

#[derive(Default)]
struct Browser {
    clock: Cell<Clock>,
}

/// In milliseconds. It follows the date, because the date goes on while the machine sleeps; in some browsers
/// `performance.now()` does not.
#[derive(Clone, Copy, Default)]
struct Clock {
    now: f64,
    date: f64,
}

impl Clock {
    /// Somebody may set the date. If it goes back, the time since the last look is lost, and everything that
    /// waits does so for that much longer. If it goes forward, that is taken for a sleep. Both are harmless.
    fn advance(self, date: f64) -> Self {
        Self { now: self.now + (date - self.date).max(0.0), date }
    }
}

impl Environment for Browser {
    type Socket = WebSocket;

    fn open(&self, url: &str, events: UnboundedSender<Input>) -> WebSocket {
        WebSocket::open(url, events)
    }

    fn now(&self) -> Time {
        let clock = self.clock.get().advance(Date::now());
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
        let awake = Clock { now: 0.0, date: 1_000.0 }.advance(1_010.0);
        let slept = awake.advance(61_010.0);
        let set_back = slept.advance(10.0);
        let later = set_back.advance(20.0);
        assert_eq!([awake.now, slept.now, set_back.now, later.now], [10.0, 60_010.0, 60_010.0, 60_020.0]);
    }
}
