//! A payload has a field of another type.

#[path = "support/calculator.rs"]
mod calculator;

use calculator::{Add, Answer, Calculator};
use typed_socketio_client::Client;

async fn send(client: Client<Calculator>) {
    let _ = client.call(Add { a: 1, b: "two" }).await;
    let _ = Answer::Sum("three");
}

fn main() {}
