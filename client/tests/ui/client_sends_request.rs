//! The program sends what only the server may ask.

#[path = "support/studio.rs"]
mod studio;

use client::Client;
use studio::{AreYouThere, Studio};

async fn ask(client: Client<Studio>) {
    let _ = client.call(AreYouThere { since: 1 }).await;
}

fn main() {}
