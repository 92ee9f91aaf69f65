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

    use bench_catalogue::{Bench, Flood, Tell};
    use client::{Client, Notice, Options, browser};
    use futures::{FutureExt as _, StreamExt as _};
    use js_sys::{Object, Reflect};
    use wasm_bindgen::prelude::wasm_bindgen;

    /// A connection that counts what it receives.
    #[wasm_bindgen]
    pub struct Connection(Client<Bench>);

    #[wasm_bindgen]
    impl Connection {
        /// Connects.
        #[wasm_bindgen(constructor)]
        #[expect(clippy::new_without_default, reason = "a constructor of JavaScript")]
        pub fn new() -> Self {
            let (client, mut notices) = browser::connect::<Bench>(Options::new(browser::origin()));
            browser::spawn(async move {
                let (mut received, mut sum) = (0u32, 0);
                while let Some(notice) = notices.next().await {
                    match notice {
                        Notice::Connected => note("connected", now()),
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
            Self(client)
        }

        /// Asks for messages.
        pub fn flood(&self, count: u32) {
            let answer = self.0.call(Flood { count });
            browser::spawn(answer.map(drop));
        }
    }

    fn bench() -> Object {
        Reflect::get(&js_sys::global(), &"bench".into()).unwrap_or_default().into()
    }

    fn note(what: &str, value: f64) {
        let _ = Reflect::set(&bench(), &what.into(), &value.into());
    }

    fn now() -> f64 {
        web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
    }
}
