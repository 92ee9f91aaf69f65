//! The program lacks a handler for something that the server asks.

#[path = "support/studio.rs"]
mod studio;

use typed_socketio_client::Notice;
use typed_socketio::{Handle, Handler};
use studio::{AreYouThere, Studio};

struct Painter;

impl Handler for Painter {
    type Error = ();
}

impl Handle<AreYouThere> for Painter {
    async fn handle(&self, _: AreYouThere) -> Result<bool, ()> {
        Ok(true)
    }
}

fn hear(notice: Notice<Studio>) {
    if let Notice::Request(request, _) = notice {
        let _ = request.dispatch(&Painter);
    }
}

fn main() {}
