//! A bot that repeats everything that is said to it.
//!
//! `cargo run --package typed-socketio-client --features native --example echo -- http://127.0.0.1:3000`

use futures::StreamExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_socketio::events;
use typed_socketio_client::{Notice, Options, native};

/// Something to say.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Say {
    text: String,
}

events! {
    /// A place to talk.
    catalogue Talk {}
    /// What the bot does.
    client Speech {
        /// Says something to everybody else.
        "say" => Say -> (), { "text": "Hello" };
    }
    /// What it hears.
    server Heard {
        /// Somebody else said something.
        "said" => Said(Say), { "text": "Hello" };
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Some(url) = std::env::args().nth(1) else { return eprintln!("Usage: echo <url>") };
    let (client, mut notices) = native::connect::<Talk>(Options::new(url));
    while let Some(notice) = notices.next().await {
        match notice {
            Notice::Event(Heard::Said(speech)) => {
                if let Err(error) = client.call(speech).await {
                    eprintln!("not said: {error}");
                }
            }
            Notice::Refused { message, .. } => return eprintln!("refused: {message}"),
            other => println!("{other:?}"),
        }
    }
}
