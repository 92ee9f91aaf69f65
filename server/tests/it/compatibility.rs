//! A program that was built from an earlier catalogue, which lacks what was added since.

use std::time::Duration;

use client::{Client, Notice, Notices, Options, native};
use futures::StreamExt as _;
use protocol::{Catalogue as _, Chat, ConnectAuth, ErrorBody, GroupId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use typed_socketio::{DataOrError, events};

use crate::harness::TestServer;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SendGroupMessage {
    group_id: GroupId,
    content: String,
}

/// A payload with only its required fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Message {
    content: String,
    seq: u64,
}

events! {
    /// The chat, as it was before most of its events and optional fields were added.
    catalogue EarlierChat { error: ErrorBody, ack: DataOrError, version: "1.0" }
    /// What it sends.
    client Out {
        /// Writes to a group.
        "groupMessage" => SendGroupMessage -> Message, {};
    }
    /// What it knows of what it hears.
    server In {
        /// Somebody wrote to a group.
        "groupMessage" => GroupMessage(Message), {};
    }
}

#[tokio::test]
async fn a_program_of_an_earlier_catalogue_goes_on_working() {
    assert_eq!(EarlierChat::VERSION.split('.').next(), Chat::VERSION.split('.').next(), "the same protocol");
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let anns = ann.connect().await;
    let group = anns.create_group("Lunch").await;
    let token = ann.login.token.clone();
    let auth = move || ConnectAuth {
        token: token.clone(),
        protocol: Some(EarlierChat::VERSION.to_owned()),
        needs: None,
        watch: None,
    };
    let options = Options::new(format!("http://{}", server.addr)).auth(auth);
    let (bot, mut notices): (Client<EarlierChat>, _) = native::connect(options);
    assert!(matches!(next(&mut notices).await, Notice::Connected));

    let said = bot.call(SendGroupMessage { group_id: group.id, content: "hello".to_owned() }).await.unwrap();
    assert_eq!(said, Message { content: "hello".to_owned(), seq: 1 });
    loop {
        match next(&mut notices).await {
            Notice::Event(In::GroupMessage(heard)) => break assert_eq!(heard, said),
            // What was added since.
            Notice::Unreadable { event, .. } => assert_eq!(event, "onlineUsers"),
            other => panic!("{other:?}"),
        }
    }
    server.stop().await;
}

async fn next(notices: &mut Notices<EarlierChat>) -> Notice<EarlierChat> {
    timeout(Duration::from_secs(10), notices.next()).await.expect("a notice in time").expect("a notice")
}
