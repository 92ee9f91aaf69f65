//! A page without any framework against the same plain server as `node.rs`: it writes what it finds
//! out into the page's title.
//!
//! ```sh
//! cargo build --package typed-socketio-client --features browser --example page --target wasm32-unknown-unknown
//! wasm-bindgen --target web --out-dir page target/wasm32-unknown-unknown/debug/examples/page.wasm
//! ```

#[path = "support/plain.rs"]
mod plain;

use futures::StreamExt as _;
use plain::{Add, Plain, Reverse, Tell};
use typed_socketio::Binary;
use typed_socketio_client::{CallError, Client, Notice, Options, browser};
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs when the page loads it.
#[wasm_bindgen(start)]
pub fn start() {
    let (client, mut notices): (Client<Plain>, _) = browser::connect(Options::new(browser::origin()));
    browser::spawn(async move {
        while let Some(notice) = notices.next().await {
            match notice {
                Notice::Connected => {
                    let client = client.clone();
                    wasm_bindgen_futures::spawn_local(async move {
                        show(&ask(&client).await.unwrap_or_else(|error| error.to_string()));
                    });
                }
                Notice::Event(Tell::Added((a, b, sum))) => show(&format!("{a} + {b} = {sum}")),
                other => show(&format!("{other:?}")),
            }
        }
    });
}

async fn ask(client: &Client<Plain>) -> Result<String, CallError<typed_socketio::NoError>> {
    let sum = client.call(Add(1, 2)).await?;
    let Binary(bytes) = client.call(Reverse(Binary(vec![1, 2, 3]))).await?;
    Ok(format!("answered {sum}, reversed {bytes:?}"))
}

fn show(line: &str) {
    if let Some(document) = web_sys::window().and_then(|window| window.document()) {
        document.set_title(&format!("{} | {line}", document.title()));
    }
}
