//! A program that was built from an earlier catalogue, which lacks what was added since.

use std::time::Duration;

use client::{Client, Notice, Notices, Options, native};
use futures::StreamExt as _;
use protocol::{Catalogue as _, Chat, ConnectAuth, ErrorCode, GroupId, Recipient};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use typed_socketio::{
    DataOrError,
    documents::compatibility::{differences, snapshot},
    events,
};

use crate::harness::TestServer;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SendGroupMessage {
    group_id: GroupId,
    content: String,
}

/// What it reads of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Message {
    content: String,
    seq: u64,
    #[serde(flatten)]
    recipient: Recipient,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Refusal {
    code: ErrorCode,
    message: String,
}

events! {
    /// The chat, as it was before most of its events and optional fields were added.
    catalogue EarlierChat { error: Refusal, ack: DataOrError, version: "1.0" }
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

/// It is written by hand, but it is a part of the catalogue that was released.
#[test]
fn the_earlier_catalogue_is_a_part_of_the_released_one() {
    let released = include_str!("../../../protocol/generated/released/catalogue.json");
    let released = serde_json::from_str(released).unwrap();
    let all = differences(&snapshot::<EarlierChat>(), &released);
    let breaking: Vec<_> =
        all.iter().filter(|difference| difference.breaks).map(ToString::to_string).collect();
    assert_eq!(breaking, [""; 0]);
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
    let recipient = Recipient::Group(group.id);
    assert_eq!(said, Message { content: "hello".to_owned(), seq: 1, recipient });
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
