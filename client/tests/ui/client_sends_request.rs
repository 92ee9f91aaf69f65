//! The program sends what only the server may ask.

#[path = "support/studio.rs"]
mod studio;

use typed_socketio_client::Client;
use studio::{AreYouThere, Studio};

fn ask(client: &Client<Studio>, question: AreYouThere) {
    client.emit(&question);
}

fn main() {}
