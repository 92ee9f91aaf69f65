//! The program does not look at what the server asks.

#[path = "support/studio.rs"]
mod studio;

use typed_socketio_client::Notice;
use studio::Studio;

fn hear(notice: Notice<Studio>) {
    match notice {
        Notice::Connected
        | Notice::Joined
        | Notice::Disconnected { .. }
        | Notice::Refused { .. }
        | Notice::Event(_)
        | Notice::Unreadable { .. } => {}
    }
}

fn main() {}
