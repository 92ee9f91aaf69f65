//! The frontend sends what only the server may send.

#[path = "support/calculator.rs"]
mod calculator;

use calculator::{Calculator, Overflow};
use typed_socketio_client::Client;

fn send(client: &Client<Calculator>, overflow: Overflow) {
    client.emit(&overflow);
}

fn main() {}
