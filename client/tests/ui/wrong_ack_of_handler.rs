//! A handler answers with something else than the catalogue says.

use protocol::{Handle, Handler, JoinGroup, Message, MessageText};

struct Session;

impl Handler for Session {
    type Error = ();
}

impl Handle<JoinGroup> for Session {
    async fn handle(&self, _: JoinGroup) -> Result<Message, ()> {
        Err(())
    }
}

fn main() {
    let _: Option<MessageText> = None;
}
