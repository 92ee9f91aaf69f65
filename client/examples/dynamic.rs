//! Any server, without a table: sends an event and prints the answer, then everything that comes.
//!
//! `cargo run --package typed-socketio-client --features native --example dynamic -- http://127.0.0.1:3000 add '[1, 2]'`

use futures::StreamExt as _;
use serde_json::Value;
use typed_socketio::Dynamic;
use typed_socketio_client::{Client, Notice, Options, native};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, event, json] = &arguments[..] else {
        return eprintln!("Usage: dynamic <url> <event> <arguments as a JSON array>");
    };
    let Ok(json) = serde_json::from_str::<Vec<Value>>(json) else {
        return eprintln!("The arguments must be a JSON array.");
    };
    let (client, mut notices): (Client<Dynamic>, _) = native::connect(Options::new(url));
    match client.call_by_name::<Value, _, _>(event.clone(), &json).await {
        Ok(answer) => println!("answer: {answer}"),
        Err(error) => println!("no answer: {error}"),
    }
    while let Some(notice) = notices.next().await {
        match notice {
            Notice::Event(event) => println!("{}: {:?}", event.name, event.arguments),
            other => println!("{other:?}"),
        }
    }
}
