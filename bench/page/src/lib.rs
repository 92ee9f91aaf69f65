//! The page that `cargo xtask bench client` opens: our client, without rendering, against Node's
//! `socket.io`. It leaves its results in `window.bench` for the test to read, as `theirs.html` does
//! with `socket.io-client`.

use wasm_bindgen::prelude::wasm_bindgen;

/// Says that the program ran.
#[wasm_bindgen]
pub fn ping() -> u32 {
    7
}

#[cfg(feature = "client")]
pub mod bench {
    //! Our client.

    use client::{Client, Notice, Options, browser};
    use futures::StreamExt as _;
    use js_sys::{Object, Reflect};
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use typed_socketio::{DataOrError, events};
    use wasm_bindgen::prelude::wasm_bindgen;

    /// Asks the server for this many messages.
    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub struct Flood {
        count: u32,
    }

    /// What a chat's message carries.
    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub struct Message {
        id: String,
        sender_id: String,
        recipient_id: String,
        content: String,
        seq: u64,
        created_at: i64,
    }

    events! {
        /// Floods.
        pub catalogue Bench {
            error: String,
            ack: DataOrError,
        }

        /// What the page asks.
        client Ask {
            /// Asks for messages.
            "flood" => Flood -> u32,
                { "count": 1 };
        }

        /// What it gets.
        server Tell {
            /// One of them.
            "message" => Message(Message),
                { "id": "1", "senderId": "2", "recipientId": "3", "content": "hi", "seq": 1, "createdAt": 1 };
        }
    }

    /// Connects, and counts from then on.
    #[wasm_bindgen]
    pub fn start() {
        let (client, mut notices) = browser::connect::<Bench>(Options::new(browser::origin()));
        browser::spawn(async move {
            let (mut received, mut sum) = (0u32, 0);
            while let Some(notice) = notices.next().await {
                match notice {
                    Notice::Connected => {
                        note("connected", now());
                        flood(client.clone());
                    }
                    Notice::Event(Tell::Message(message)) => {
                        received += 1;
                        sum += message.seq + message.content.len() as u64;
                        if received.is_multiple_of(1_000) {
                            note("received", received.into());
                            note("sum", sum as f64);
                        }
                    }
                    _ => {}
                }
            }
        });
    }

    /// When the test asks for it, by `window.bench.flood = count`.
    fn flood(client: Client<Bench>) {
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                a_moment().await;
                if let Some(count) = read("flood").filter(|count| *count > 0.0) {
                    note("flood", 0.0);
                    let _ = client.call(Flood { count: count as u32 }).await;
                }
            }
        });
    }

    async fn a_moment() {
        let promise = js_sys::Promise::new(&mut |resolve, _| {
            if let Some(window) = web_sys::window() {
                let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 20);
            }
        });
        let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    }

    fn bench() -> Object {
        Reflect::get(&js_sys::global(), &"bench".into()).unwrap_or_default().into()
    }

    fn note(what: &str, value: f64) {
        let _ = Reflect::set(&bench(), &what.into(), &value.into());
    }

    fn read(what: &str) -> Option<f64> {
        Reflect::get(&bench(), &what.into()).ok()?.as_f64()
    }

    fn now() -> f64 {
        web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
    }
}
