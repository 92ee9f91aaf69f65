//! Ids cannot be mixed up, and text is not sent before it was parsed.

use client::Client;
use protocol::{Chat, GroupId, SendPrivateMessage, ServerEvent};

async fn send(client: Client<Chat>, group_id: GroupId) {
    let _ = client
        .call(SendPrivateMessage { recipient_id: group_id, content: "hello", client_id: None })
        .await;
    let _ = ServerEvent::UserOnline(group_id);
}

fn main() {}
