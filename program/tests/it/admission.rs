//! Who may connect.

use std::time::Duration;

use client::{DisconnectReason, Notice};
use protocol::{Catalogue as _, Chat, ErrorBody, ErrorCode, RenewToken, path, version::NEEDS};
use serde_json::{Value, json};
use tokio::time::sleep;
use typed_socketio::documents::compatibility::Version;

use crate::harness::{Device, RawSocket, TestServer};

async fn refused(server: &TestServer, auth: &str) -> ErrorBody {
    let mut socket = RawSocket::open(server).await;
    socket.send(&format!("40{auth}")).await;
    let frame = socket.text().await.unwrap();
    let error: Value = serde_json::from_str(frame.strip_prefix("44").unwrap()).unwrap();
    ErrorBody::from_refusal(error["message"].as_str().unwrap())
}

impl Device {
    async fn refusal(&mut self) -> ErrorBody {
        match self.notice().await {
            Notice::Refused { message, .. } => ErrorBody::from_refusal(&message),
            other => panic!("{other:?}"),
        }
    }

    /// Checks that it was disconnected for good. Events may have come before that.
    pub(crate) async fn is_sent_away(&mut self) {
        loop {
            match self.notice().await {
                Notice::Event(_) => {}
                Notice::Disconnected { reason: DisconnectReason::Server, retry_in: None } => return,
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_missing_or_wrong_token_is_refused_with_a_sentence() {
    let server = TestServer::start().await;
    for auth in ["", "{}", "null", "7", "[]", r#"{"token":7}"#, r#"{"token":null}"#] {
        let refusal = refused(&server, auth).await;
        assert_eq!(refusal.code, ErrorCode::Unauthorized, "{auth}");
        assert_eq!(refusal.message, "Log in first: this connection shows no token.");
    }
    let refusal = refused(&server, r#"{"token":"nonsense"}"#).await;
    assert_eq!(refusal.message, "The token is not one of this server. Log in again.");
    server.stop().await;
}

#[tokio::test]
async fn whoever_shows_a_good_token_need_not_log_in_again_because_something_else_is_wrong() {
    let server = TestServer::start().await;
    let token = server.person("ann").await.login.token;
    for (auth, code, names) in [
        (json!({ "token": token, "watch": 7 }), ErrorCode::InvalidPayload, "watch"),
        (json!({ "token": token, "protocol": 7 }), ErrorCode::InvalidPayload, "protocol"),
        (json!([token]), ErrorCode::Unauthorized, "token"),
    ] {
        let refusal = refused(&server, &auth.to_string()).await;
        assert_eq!(refusal.code, code, "{auth}");
        assert!(refusal.message.contains(names), "{refusal:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_of_another_protocol_is_told_what_to_do() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let ours = Version::parse(Chat::VERSION).unwrap();
    let another = Version { major: ours.major + 1, minor: 0 };
    let newer = Version { minor: ours.minor + 1, ..ours };
    let shows = |protocol: &str| json!({ "token": ann.login.token, "protocol": protocol });
    for shown in ["0000", "0.9"] {
        let refusal = refused(&server, &shows(shown).to_string()).await;
        assert_eq!(refusal.code, ErrorCode::ProtocolMismatch, "{shown}");
        assert_eq!(refusal.message, "A new version of Parlance is here. Reload the page.");
    }
    // These are newer than the server, so that they may need what it does not have.
    let mut needs_more = shows(&newer.to_string());
    needs_more["needs"] = json!(newer.to_string());
    for auth in [shows(&another.to_string()), shows(&newer.to_string()), needs_more] {
        let refusal = refused(&server, &auth.to_string()).await;
        assert_eq!(refusal.code, ErrorCode::ProtocolMismatch, "{auth}");
        assert_eq!(refusal.message, "This server has an older version of Parlance. Try again in a moment.");
    }
    // One that says nothing of its protocol, and ours, which does, are let in.
    RawSocket::connect(&server, &ann).await;
    ann.connect().await.is_up().await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_is_newer_by_additions_is_served_and_told_what_the_server_does_not_know() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let ours = Version::parse(Chat::VERSION).unwrap();
    let newer = Version { minor: ours.minor + 1, ..ours };
    let auth = json!({ "token": ann.login.token, "protocol": newer.to_string(), "needs": NEEDS });
    let mut page = RawSocket::connect_as(&server, &auth).await;
    // A field that was added is skipped, an event that was added is refused by its name, and neither ends anything.
    let writes = json!(["privateMessage", { "recipientId": ben.id(), "content": "hello", "mood": "glad" }]);
    assert_eq!(page.call(&writes).await["data"]["content"], "hello");
    let refusal = page.call(&json!(["paintMessage", { "colour": "red" }])).await;
    assert_eq!(refusal["error"]["code"], "unknownEvent");
    assert_eq!(page.call(&writes).await["data"]["seq"], 2);
    server.stop().await;
}

#[tokio::test]
async fn an_expired_token_is_refused_and_a_connection_ends_with_its_token() {
    let server = TestServer::start_with(|config| config.token_ttl = Duration::from_secs(2)).await;
    let ann = server.person("ann").await;
    let mut phone = ann.connect().await;
    phone.is_up().await;
    phone.is_sent_away().await;
    sleep(Duration::from_secs(1)).await;
    let refusal = ann.try_connect(&ann.login.token).refusal().await;
    assert_eq!(refusal.code, ErrorCode::Unauthorized);
    assert_eq!(refusal.message, "Your login has expired. Log in again.");
    server.stop().await;
}

#[tokio::test]
async fn a_renewed_token_keeps_the_connection_and_opens_another() {
    let server = TestServer::start_with(|config| config.token_ttl = Duration::from_secs(2)).await;
    let ann = server.person("ann").await;
    let phone = ann.connect().await;
    let mut renewed = None;
    for _ in 0..4 {
        sleep(Duration::from_millis(900)).await;
        renewed = Some(phone.call(RenewToken {}).await.unwrap());
    }
    phone.is_up().await;
    let mut laptop = ann.try_connect(&renewed.unwrap().token);
    assert!(matches!(laptop.notice().await, Notice::Connected));
    server.stop().await;
}

#[tokio::test]
async fn logging_out_disconnects_the_sockets_of_that_session_only() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let login = server.post(path::LOGIN, &crate::harness::credentials("ann", "password"), &[]).await;
    let elsewhere: protocol::LoggedIn = login.json();
    let mut phone = ann.connect().await;
    let laptop = ann.try_connect(&elsewhere.token);
    laptop.is_up().await;
    let answer = server.post(path::LOGOUT, "", &[("authorization", &ann.bearer())]).await;
    assert_eq!(answer.status, 204);
    phone.is_sent_away().await;
    laptop.is_up().await;
    let refusal = ann.try_connect(&ann.login.token).refusal().await;
    assert_eq!(refusal.message, "Your session was ended. Log in again.");
    server.stop().await;
}

#[tokio::test]
async fn logging_out_everywhere_disconnects_every_socket_of_the_person() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (mut phone, mut laptop, bens) = (ann.connect().await, ann.connect().await, ben.connect().await);
    let answer = server.post(path::LOGOUT_ALL, "", &[("authorization", &ann.bearer())]).await;
    assert_eq!(answer.status, 204);
    phone.is_sent_away().await;
    laptop.is_sent_away().await;
    bens.is_up().await;
    server.stop().await;
}

#[tokio::test]
async fn long_polling_is_spoken_as_well() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let url = format!("{}?EIO=4&transport=polling", path::SOCKET_IO);
    let open = server.get(&url).await;
    let open: Value = serde_json::from_str(open.body.strip_prefix('0').unwrap()).unwrap();
    let url = format!("{url}&sid={}", open["sid"].as_str().unwrap());
    let connect = format!("40{}", json!({ "token": ann.login.token }));
    let plain = [("content-type", "text/plain;charset=UTF-8")];
    assert_eq!(server.request("POST", &url, &plain, &connect).await.status, 200);
    let mut told = String::new();
    while !told.contains("40{") {
        told += &server.get(&url).await.body;
    }
    assert_eq!(server.request("POST", &url, &plain, r#"427["listGroups"]"#).await.status, 200);
    while !told.contains(r#"437[{"data":[]}]"#) {
        told += &server.get(&url).await.body;
    }
    server.stop().await;
}
