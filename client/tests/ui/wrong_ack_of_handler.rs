//! A handler answers with something else than the catalogue says.

#[path = "support/calculator.rs"]
mod calculator;

use calculator::Add;
use typed_socketio::{Handle, Handler};

struct Session;

impl Handler for Session {
    type Error = String;
}

impl Handle<Add> for Session {
    async fn handle(&self, _: Add) -> Result<bool, String> {
        Ok(true)
    }
}

fn main() {}
