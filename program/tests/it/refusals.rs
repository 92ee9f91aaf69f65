//! Bad input: each has its code, an ack or an `error` event, and leaves server and connection up.

use protocol::{ErrorCode, documents, limits};
use serde_json::{Value, json};

use crate::harness::{Person, Polling, RawSocket, TestServer};

const NOBODY: &str = "0192e4a0-7b3c-7000-8000-0000000000ff";

/// What is wrong, the code, the field, the event's arguments.
fn wrong(ann: &Person, group_of_others: &str) -> Vec<(&'static str, ErrorCode, Option<&'static str>, Value)> {
    let me = ann.id();
    vec![
        ("unknown event", ErrorCode::UnknownEvent, None, json!(["shout", { "content": "x" }])),
        ("a server's event", ErrorCode::UnknownEvent, None, json!(["userOnline", me])),
        ("a reserved name", ErrorCode::UnknownEvent, None, json!(["disconnect"])),
        ("no name", ErrorCode::UnknownEvent, None, json!([""])),
        ("no payload", ErrorCode::InvalidPayload, Some("recipientId"), json!(["privateMessage"])),
        ("a text", ErrorCode::InvalidPayload, None, json!(["privateMessage", "hello"])),
        ("arguments", ErrorCode::InvalidPayload, None, json!(["privateMessage", NOBODY, "hello"])),
        ("a number", ErrorCode::InvalidPayload, None, json!(["joinGroup", 7])),
        ("a list", ErrorCode::InvalidPayload, None, json!(["joinGroup", [NOBODY]])),
        (
            "no content",
            ErrorCode::InvalidPayload,
            Some("content"),
            json!(["privateMessage", { "recipientId": me }]),
        ),
        (
            "content of another type",
            ErrorCode::InvalidPayload,
            Some("content"),
            json!(["privateMessage", { "recipientId": me, "content": 7 }]),
        ),
        (
            "an empty text",
            ErrorCode::TextTooShort,
            Some("content"),
            json!(["privateMessage", { "recipientId": me, "content": "\n" }]),
        ),
        (
            "an oversized text",
            ErrorCode::TextTooLong,
            Some("content"),
            json!(["privateMessage", { "recipientId": me, "content": "x".repeat(4_001) }]),
        ),
        (
            "a group name with a control character",
            ErrorCode::InvalidText,
            Some("name"),
            json!(["createGroup", { "name": "a\u{7}b", "visibility": "public" }]),
        ),
        (
            "an unknown visibility",
            ErrorCode::InvalidPayload,
            Some("visibility"),
            json!(["createGroup", { "name": "Lunch", "visibility": "secret" }]),
        ),
        (
            "an unknown recipient",
            ErrorCode::UnknownUser,
            None,
            json!(["privateMessage", { "recipientId": NOBODY, "content": "x" }]),
        ),
        (
            "a recipient that is no id",
            ErrorCode::UnknownUser,
            Some("recipientId"),
            json!(["privateMessage", { "recipientId": "USER_ID", "content": "x" }]),
        ),
        ("an unknown group", ErrorCode::UnknownGroup, None, json!(["joinGroup", { "groupId": NOBODY }])),
        (
            "an unknown group to leave",
            ErrorCode::UnknownGroup,
            None,
            json!(["leaveGroup", { "groupId": NOBODY }]),
        ),
        (
            "a group that is no id",
            ErrorCode::UnknownGroup,
            Some("groupId"),
            json!(["joinGroup", { "groupId": "GROUP_ID" }]),
        ),
        (
            "a group of others",
            ErrorCode::NotAMember,
            None,
            json!(["groupMessage", { "groupId": group_of_others, "content": "x" }]),
        ),
        (
            "a group of others to leave",
            ErrorCode::NotAMember,
            None,
            json!(["leaveGroup", { "groupId": group_of_others }]),
        ),
        (
            "a page at a time and before a place",
            ErrorCode::InvalidPayload,
            None,
            json!(["fetchHistory", { "conversation": { "user": me }, "at": 0, "before": 1 }]),
        ),
        (
            "a page at a time and after a place",
            ErrorCode::InvalidPayload,
            None,
            json!(["fetchHistory", { "conversation": { "user": me }, "at": 0, "after": 1 }]),
        ),
        (
            "a page at a time and around a place",
            ErrorCode::InvalidPayload,
            None,
            json!(["fetchHistory", { "conversation": { "user": me }, "at": 0, "around": 1 }]),
        ),
        (
            "a time that is none",
            ErrorCode::InvalidPayload,
            Some("at"),
            json!(["fetchHistory", { "conversation": { "user": me }, "at": "2026-11-26" }]),
        ),
        (
            "nothing to be unread from",
            ErrorCode::InvalidPayload,
            Some("seq"),
            json!(["markUnread", { "conversation": { "user": me } }]),
        ),
        (
            "unread in a group of others",
            ErrorCode::NotAMember,
            None,
            json!(["markUnread", { "conversation": { "group": group_of_others }, "seq": 1 }]),
        ),
        (
            "a negative place",
            ErrorCode::InvalidPayload,
            Some("before"),
            json!(["fetchHistory", { "conversation": { "user": me }, "before": -1 }]),
        ),
        (
            "too many ids",
            ErrorCode::InvalidPayload,
            Some("userIds"),
            json!(["getUsers", { "userIds": vec![NOBODY; limits::GET_USERS_IDS + 1] }]),
        ),
        (
            "too many messages",
            ErrorCode::InvalidPayload,
            Some("known"),
            json!(["sync", { "known": vec![json!({ "conversation": { "user": me }, "seq": 1, "id": NOBODY }); limits::SYNC_ANCHORS + 1] }]),
        ),
        (
            "a digest that is none",
            ErrorCode::InvalidPayload,
            Some("heads"),
            json!(["sync", { "heads": "7" }]),
        ),
        (
            "a message that is no id",
            ErrorCode::InvalidPayload,
            Some("known[0].id"),
            json!(["sync", { "known": [{ "conversation": { "user": me }, "seq": 1, "id": "x" }] }]),
        ),
    ]
}

#[tokio::test]
async fn each_wrong_event_is_refused_with_its_code_in_its_ack() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let lunch = ben.connect().await.create_group("Lunch").await.id.to_string();
    let mut socket = RawSocket::connect(&server, &ann).await;
    for (what, code, field, arguments) in wrong(&ann, &lunch) {
        let reply = socket.call(&arguments).await;
        let error = &reply["error"];
        assert_eq!(error["code"], json!(code), "{what}: {reply}");
        assert_eq!(error["field"].as_str(), field, "{what}: {reply}");
        assert!(error["message"].as_str().unwrap().ends_with('.'), "{what}: a sentence: {reply}");
        assert_eq!(reply.as_object().unwrap().len(), 1, "{what}: {reply}");
    }
    let reply = socket.call(&json!(["listGroups"])).await;
    assert_eq!(reply, json!({ "data": [] }), "the connection is up");
    server.stop().await;
}

#[tokio::test]
async fn each_wrong_event_without_an_ack_is_answered_by_the_error_event() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let lunch = ben.connect().await.create_group("Lunch").await.id.to_string();
    let mut socket = RawSocket::connect(&server, &ann).await;
    for (what, code, _, mut arguments) in wrong(&ann, &lunch) {
        let with_client_id = arguments[1].is_object();
        if with_client_id {
            arguments[1]["clientId"] = json!("c1");
        }
        let error = socket.refused(&arguments).await;
        assert_eq!(error["code"], json!(code), "{what}: {error}");
        assert_eq!(error["event"], arguments[0], "{what}: {error}");
        assert!(error["message"].as_str().unwrap().ends_with('.'), "{what}: {error}");
        assert_eq!(error.get("clientId"), with_client_id.then_some(&json!("c1")), "{what}: {error}");
    }
    assert_eq!(socket.call(&json!(["listGroups"])).await, json!({ "data": [] }));
    server.stop().await;
}

#[tokio::test]
async fn an_event_whose_name_is_written_with_escapes_is_answered_like_any_other() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let escaped = r#"\u006c\u0069stGrou\u0070s"#;
    let mut socket = RawSocket::connect(&server, &ann).await;
    socket.send(&format!(r#"42/,5["{escaped}", {{"limit":1}}]"#)).await;
    assert_eq!(socket.answer("435").await, json!({ "data": [] }));
    socket.send(r#"42["a\"song",{"clientId":"c1"}]"#).await;
    let error = loop {
        let frame = socket.text().await.expect("the connection goes on");
        if let Some(error) = frame.strip_prefix(r#"42["error","#) {
            break serde_json::from_str::<Value>(error.strip_suffix(']').unwrap()).unwrap();
        }
    };
    assert_eq!((&error["code"], &error["event"]), (&json!("unknownEvent"), &json!("a?song")));
    assert_eq!(error["clientId"], "c1");
    assert_eq!(socket.call(&json!(["listGroups"])).await, json!({ "data": [] }));

    let polling = Polling::connect(&server, &ann).await;
    assert_eq!(polling.post(&format!(r#"427["{escaped}"]"#)).await.status, 200);
    while !polling.poll().await.body.contains(r#"437[{"data":[]}]"#) {}
    server.stop().await;
}

#[tokio::test]
async fn a_binary_event_is_refused_and_its_parts_do_not_disturb_what_follows() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let mut socket = RawSocket::connect(&server, &ann).await;
    socket.send(r#"451-9["privateMessage",{"_placeholder":true,"num":0}]"#).await;
    socket.send_binary(b"abc").await;
    let reply = socket.answer("439").await;
    assert_eq!(reply["error"]["code"], "invalidPayload");
    assert_eq!(socket.call(&json!(["listGroups"])).await, json!({ "data": [] }));
    server.stop().await;
}

#[tokio::test]
async fn an_event_beyond_the_frame_limit_ends_its_connection_and_no_other() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let bens = ben.connect().await;
    let mut socket = RawSocket::connect(&server, &ann).await;
    let content = "x".repeat(limits::FRAME_BYTES);
    socket
        .send(&format!("42{}", json!(["privateMessage", { "recipientId": ben.id(), "content": content }])))
        .await;
    while let Some(frame) = socket.text().await {
        assert!(!frame.contains(r#"["error""#), "{frame}");
    }
    bens.is_up().await;
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_packet_ends_its_connection_and_no_other() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let bens = ben.connect().await;
    for nonsense in ["x", "4", "49", "42{", "42[7]", "4999999999999999999999[\"a\"]", "42[]"] {
        let mut socket = RawSocket::connect(&server, &ann).await;
        socket.send(nonsense).await;
        while socket.text().await.is_some() {}
        bens.is_up().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn every_example_of_the_catalogue_is_answered() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let mut socket = RawSocket::connect(&server, &ann).await;
    let asyncapi: Value = serde_json::from_str(documents::ASYNCAPI).unwrap();
    assert!(asyncapi["asyncapi"].as_str().unwrap().starts_with("3."));
    for event in <protocol::Chat as protocol::Catalogue>::events() {
        if event.direction == protocol::event::Direction::Client {
            let reply = socket.call(&json!([event.name, (event.example)()])).await;
            // Its ids name nobody, but nothing else is wrong with it.
            let names_nobody = |code: &str| code.starts_with("unknown") && code != "unknownEvent";
            let fine =
                reply.get("data").is_some() || reply["error"]["code"].as_str().is_some_and(names_nobody);
            assert!(fine, "{}: {reply}", event.name);
        }
    }
    server.stop().await;
}
