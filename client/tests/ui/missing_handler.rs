//! The server lacks a handler for an event of the catalogue.

#[path = "support/calculator.rs"]
mod calculator;

use calculator::{Add, Question};
use typed_socketio::{Handle, Handler};

struct Session;

impl Handler for Session {
    type Error = String;
}

impl Handle<Add> for Session {
    async fn handle(&self, add: Add) -> Result<i32, String> {
        Ok(add.a + add.b)
    }
}

fn serve(question: Question) {
    let _ = question.dispatch(&Session);
}

fn main() {}
