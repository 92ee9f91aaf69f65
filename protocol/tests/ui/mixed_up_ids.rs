//! Ids cannot be mixed up, and text is not sent before it was parsed.

use protocol::{GroupId, SendPrivateMessage, ServerEvent};

fn send(group_id: GroupId) {
    let _ = SendPrivateMessage { recipient_id: group_id, content: "hello", client_id: None };
    let _ = ServerEvent::UserOnline(group_id);
}

fn main() {}
