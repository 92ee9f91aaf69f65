//! The driver for the browser, over its own WebSocket.

pub mod shared;

use std::{future::Future, time::Duration};

use futures::channel::mpsc::UnboundedSender;
use js_sys::Math;
use protocol::Catalogue;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BinaryType, CloseEvent, MessageEvent};

use crate::{
    client::{Client, Notices, Options},
    connection::Time,
    driver::{self, Environment, Socket, TransportEvent},
};

/// Connects to a server. The connection lives until the last clone of the client is dropped.
#[must_use]
pub fn connect<C: Catalogue>(options: Options) -> (Client<C>, Notices<C>) {
    let (client, notices, setup) = options.build(random());
    wasm_bindgen_futures::spawn_local(driver::run(Browser, setup));
    client.connect();
    (client, notices)
}

/// The address that the page came from, where its server is.
#[must_use]
pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// A number below 2⁵³.
fn random() -> u64 {
    (Math::random() * 2f64.powi(53)) as u64
}

struct Browser;

/// A WebSocket with its listeners. Dropping it closes it, and nothing is heard of it again.
struct WebSocket {
    socket: Option<web_sys::WebSocket>,
    _opened: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Environment for Browser {
    type Socket = WebSocket;

    fn open(&self, url: &str, events: UnboundedSender<TransportEvent>) -> WebSocket {
        let tell = move |event| {
            let _ = events.unbounded_send(event);
        };
        let opened = Closure::new({
            let tell = tell.clone();
            move || tell(TransportEvent::Opened)
        });
        let message = Closure::new({
            let tell = tell.clone();
            move |event: MessageEvent| match event.data().as_string() {
                Some(text) => tell(TransportEvent::Text(text)),
                None => tell(TransportEvent::Binary),
            }
        });
        let closed = Closure::new({
            let tell = tell.clone();
            move |event: CloseEvent| {
                tell(TransportEvent::Closed(
                    format!("{} {}", event.code(), event.reason()).trim().to_owned(),
                ));
            }
        });
        let socket = match web_sys::WebSocket::new(url) {
            Ok(socket) => {
                socket.set_binary_type(BinaryType::Arraybuffer);
                socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
                socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
                // An error is always followed by a close, which has more to say.
                socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
                Some(socket)
            }
            Err(error) => {
                tell(TransportEvent::Closed(format!("{error:?}")));
                None
            }
        };
        WebSocket { socket, _opened: opened, _message: message, _closed: closed }
    }

    fn now(&self) -> Time {
        let milliseconds = web_sys::window().and_then(|window| window.performance()).map_or(0.0, |p| p.now());
        Duration::from_secs_f64(milliseconds / 1000.0)
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        gloo_timers::future::sleep(duration)
    }
}

impl Socket for WebSocket {
    fn send(&self, frame: String) {
        // Fails only while the socket is opening, when there is nothing to send yet; a closed one
        // reports itself.
        if let Some(socket) = &self.socket {
            let _ = socket.send_with_str(&frame);
        }
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        if let Some(socket) = &self.socket {
            socket.set_onopen(None);
            socket.set_onmessage(None);
            socket.set_onclose(None);
            let _ = socket.close();
        }
    }
}
