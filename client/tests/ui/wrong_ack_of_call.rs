//! The frontend takes an answer for something else than the catalogue says.

use client::Client;
use protocol::{Chat, Group, GroupId, LeaveGroup};

async fn leave(client: Client<Chat>, group_id: GroupId) -> Group {
    client.call(LeaveGroup { group_id }).await.unwrap()
}

fn main() {}
