//! The frontend takes an answer for something else than the catalogue says.

#[path = "support/calculator.rs"]
mod calculator;

use calculator::{Add, Calculator};
use typed_socketio_client::Client;

async fn add(client: Client<Calculator>) -> String {
    client.call(Add { a: 1, b: 2 }).await.unwrap()
}

fn main() {}
