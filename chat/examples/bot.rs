//! A bot that answers every private message with its own words.
//!
//! `cargo run --package chat --example bot -- http://127.0.0.1:8000 TOKEN`

use client::{Notice, Options, native};
use futures::StreamExt as _;
use protocol::{Chat, ConnectAuth, SendPrivateMessage, ServerEvent};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(token)) = (arguments.next(), arguments.next()) else {
        return eprintln!("Usage: bot <url> <token from login>");
    };
    let options = Options::new(url).auth(move || ConnectAuth::new(token.clone()));
    let (client, mut notices) = native::connect::<Chat>(options);
    while let Some(notice) = notices.next().await {
        match notice {
            Notice::Event(ServerEvent::PrivateMessage(message)) => {
                let answer = SendPrivateMessage::new(message.sender_id, message.content);
                if let Err(error) = client.call(answer).await {
                    eprintln!("not sent: {error}");
                }
            }
            Notice::Refused { message, .. } => return eprintln!("refused: {message}"),
            other => println!("{other:?}"),
        }
    }
}
