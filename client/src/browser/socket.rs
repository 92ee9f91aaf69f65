//! The browser's WebSocket.

use futures::{
    StreamExt as _,
    channel::mpsc::{UnboundedSender, unbounded},
};
use gloo::events::EventListener;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent};

use super::{sentence, tasks::tell};
use crate::{
    driver::Socket,
    engine::{Frame, Input},
};

/// A WebSocket with its listeners. Dropping it closes it, and nothing is heard of it again.
pub(super) struct WebSocket {
    /// `None` if the browser refuses the address.
    socket: Option<web_sys::WebSocket>,
    _listeners: Vec<EventListener>,
}

impl WebSocket {
    /// See [`Environment::open`](crate::driver::Environment::open).
    pub(super) fn open(url: &str, events: UnboundedSender<Input>) -> Self {
        let socket = match web_sys::WebSocket::new(url) {
            Ok(socket) => socket,
            Err(error) => {
                let _ = events.unbounded_send(Input::Closed(sentence(&error)));
                return Self { socket: None, _listeners: Vec::new() };
            }
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let listen = |name, read: fn(&Event) -> Input| {
            let events = events.clone();
            EventListener::new(&socket, name, move |event| {
                let input = read(event);
                tell(|| drop(events.unbounded_send(input)));
            })
        };
        // An error is always followed by a close, which has more to say.
        let listeners = vec![
            listen("open", |_| Input::Opened),
            listen("message", |event| Input::Frame(frame(event.unchecked_ref()))),
            listen("close", |event| Input::Closed(end(event.unchecked_ref()))),
        ];
        Self { socket: Some(socket), _listeners: listeners }
    }
}

fn frame(event: &MessageEvent) -> Frame {
    let data = event.data();
    data.as_string().map_or_else(|| Frame::Binary(Uint8Array::new(&data).to_vec()), Frame::Text)
}

fn end(event: &CloseEvent) -> String {
    format!("{} {}", event.code(), event.reason()).trim().to_owned()
}

impl Socket for WebSocket {
    fn send(&self, frame: Frame) {
        // Fails only while the socket is opening, when there is nothing to send yet; a closed one
        // reports itself.
        if let Some(socket) = &self.socket {
            let _ = match frame {
                Frame::Text(text) => socket.send_with_str(&text),
                Frame::Binary(data) => socket.send_with_u8_array(&data),
            };
        }
    }

    fn buffered(&self) -> usize {
        self.socket.as_ref().map_or(0, |socket| socket.buffered_amount() as usize)
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take() {
            close(socket);
        }
    }
}

/// Closes a WebSocket; one that is still being opened, as soon as it is open. In WebKit a WebSocket
/// that is closed while it connects breaks those that are opened after it.
fn close(socket: web_sys::WebSocket) {
    if socket.ready_state() != web_sys::WebSocket::CONNECTING {
        let _ = socket.close();
        return;
    }
    let (sender, mut settled) = unbounded();
    let listeners = ["open", "close"].map(|name| {
        let sender = sender.clone();
        EventListener::new(&socket, name, move |_| {
            let _ = sender.unbounded_send(());
        })
    });
    spawn_local(async move {
        settled.next().await;
        drop(listeners);
        let _ = socket.close();
    });
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use js_sys::{Array, Function, Object, Reflect};
    use wasm_bindgen::JsValue;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    async fn pause() {
        gloo_timers::future::sleep(std::time::Duration::from_millis(5)).await;
    }

    /// A WebSocket that a test opens when it likes, and that notes in which state it is closed.
    fn socket_by_hand() -> web_sys::WebSocket {
        let make = "const socket = new EventTarget();
            socket.readyState = 0;
            socket.closed = [];
            socket.close = () => { socket.closed.push(socket.readyState); socket.readyState = 3; };
            return socket;";
        Function::new_no_args(make).call0(&JsValue::NULL).unwrap().unchecked_into()
    }

    fn closed(socket: &web_sys::WebSocket) -> Vec<f64> {
        let closed: Array = Reflect::get(socket, &"closed".into()).unwrap().unchecked_into();
        closed.iter().filter_map(|state| state.as_f64()).collect()
    }

    fn becomes(socket: &web_sys::WebSocket, state: u16, event: &str) {
        Reflect::set(socket, &"readyState".into(), &state.into()).unwrap();
        socket.dispatch_event(&Event::new(event).unwrap()).unwrap();
    }

    #[wasm_bindgen_test]
    async fn a_socket_that_is_still_connecting_is_closed_once_it_is_open_and_no_earlier() {
        let socket = socket_by_hand();
        close(socket.clone());
        pause().await;
        assert_eq!(closed(&socket), [0.0; 0]);
        becomes(&socket, 1, "open");
        pause().await;
        assert_eq!(closed(&socket), [1.0]);

        let open = socket_by_hand();
        becomes(&open, 1, "open");
        close(open.clone());
        assert_eq!(closed(&open), [1.0]);
    }

    /// With the browser's own class, which notes in which state `close` is called.
    #[wasm_bindgen_test]
    async fn a_real_socket_is_never_closed_while_it_connects() {
        let note = "const close = WebSocket.prototype.close;
            globalThis.closedIn = [];
            WebSocket.prototype.close = function (...args) {
                globalThis.closedIn.push(this.readyState);
                return close.apply(this, args);
            };";
        Function::new_no_args(note).call0(&JsValue::NULL).unwrap();
        let (events, mut heard) = unbounded();
        // The test's page comes from a server that speaks HTTP only, so this WebSocket cannot be
        // opened.
        let url = crate::browser::origin().replacen("http", "ws", 1);
        drop(WebSocket::open(&url, events.clone()));
        let refused = WebSocket::open(&url, events);
        let Some(Input::Closed(reason)) = heard.next().await else { panic!("it was opened") };
        assert_eq!(reason, "1006");
        drop(refused);
        pause().await;
        let global: Object = js_sys::global();
        let states: Array = Reflect::get(&global, &"closedIn".into()).unwrap().unchecked_into();
        assert!(states.length() > 0 && states.iter().all(|state| state.as_f64() != Some(0.0)), "{states:?}");
    }
}
