//! A program against a plain `socket.io` server on Node, over TLS: plain acks, several arguments,
//! bytes.
//!
//! `cargo run --package typed-socketio-client --features native --example node -- https://localhost:3000 [roots.pem]`

#[path = "support/plain.rs"]
mod plain;

use std::error::Error;

use futures::StreamExt as _;
use plain::{Add, Plain, Reverse, Tell};
use typed_socketio::Binary;
use typed_socketio_client::{Client, Notice, Options, native};

/// What it found out, line by line.
pub(crate) async fn run(options: Options) -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
    let (client, mut notices): (Client<Plain>, _) = native::connect(options);
    // These wait for the connection. Should there be none, the reason is among the notices.
    let mut lines = vec![format!("1 + 2 = {}", client.call(Add(1, 2)).await?)];
    let Binary(bytes) = client.call(Reverse(Binary(vec![1, 2, 3]))).await?;
    lines.push(format!("reversed: {bytes:?}"));
    while let Some(notice) = notices.next().await {
        match notice {
            Notice::Event(Tell::Added((a, b, sum))) => {
                lines.push(format!("everybody hears that {a} + {b} = {sum}"));
                break;
            }
            Notice::Disconnected { reason, .. } => return Err(reason.into()),
            other => lines.push(format!("{other:?}")),
        }
    }
    Ok(lines)
}

#[allow(dead_code, reason = "the test that runs it has its own")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let mut options = Options::new(arguments.next().ok_or("Usage: node <url> [roots.pem]")?);
    if let Some(roots) = arguments.next() {
        options = options.roots(std::fs::read(roots)?);
    }
    run(options).await?.iter().for_each(|line| println!("{line}"));
    Ok(())
}
