//! Names and texts that other products let through.

use protocol::{ErrorCode, LoggedIn, path};
use serde_json::{Value, json};

use crate::harness::{RawSocket, TestServer, credentials};

#[tokio::test]
async fn two_spellings_of_a_name_and_of_a_password_are_one_account() {
    let server = TestServer::start().await;
    let register = server.post(path::REGISTER, &credentials("Jos\u{e9}", "contrase\u{f1}a"), &[]).await;
    assert_eq!(register.status, 201);
    let login = server.post(path::LOGIN, &credentials("jose\u{301}", "contrasen\u{303}a"), &[]).await;
    assert_eq!(login.status, 200, "{login:?}");
    assert_eq!(login.json::<LoggedIn>().user, register.json::<LoggedIn>().user);
    let again = server.post(path::REGISTER, &credentials("JOSE\u{301}", "password"), &[]).await;
    assert_eq!(again.refusal(), (409, ErrorCode::UsernameTaken, Some("username".to_owned())));
    server.stop().await;
}

#[tokio::test]
async fn a_password_is_as_long_as_it_was_however_its_accents_are_written() {
    let server = TestServer::start().await;
    let decomposed = |text: &str| text.replace('é', "e\u{301}");
    for (name, composed) in [("ann", "é".repeat(4)), ("ben", "é".repeat(256))] {
        for (registers, logs_in) in
            [(composed.clone(), decomposed(&composed)), (decomposed(&composed), composed.clone())]
        {
            let name = format!("{name}{}", registers.chars().count());
            let register = server.post(path::REGISTER, &credentials(&name, &registers), &[]).await;
            assert_eq!(register.status, 201, "{register:?}");
            let login = server.post(path::LOGIN, &credentials(&name, &logs_in), &[]).await;
            assert_eq!(login.status, 200, "{login:?}");
        }
    }
    let (short, long) = (ErrorCode::TextTooShort, ErrorCode::TextTooLong);
    for (composed, code) in [("é".repeat(3), short), ("é".repeat(257), long)] {
        for password in [decomposed(&composed), composed] {
            let refused = json!({ "username": "eve", "password": password }).to_string();
            let register = server.post(path::REGISTER, &refused, &[]).await;
            assert_eq!(register.refusal(), (422, code, Some("password".to_owned())));
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn names_of_every_script_can_be_registered_and_their_imitations_cannot() {
    let server = TestServer::start().await;
    for name in ["हिन्दी", "น้ำ", "தமிழ்", "محمد", "ann", "sam", "fullwidth"]
    {
        let answer = server.post(path::REGISTER, &credentials(name, "password"), &[]).await;
        assert_eq!(answer.status, 201, "{name}: {answer:?}");
        assert_eq!(answer.json::<LoggedIn>().user.username.as_str(), name);
        let login = server.post(path::LOGIN, &credentials(name, "password"), &[]).await;
        assert_eq!(login.status, 200, "{name}");
    }
    for imitation in ["\u{430}nn", "\u{ff46}ullwidth", "\u{17f}am", "\u{1d41a}\u{1d427}\u{1d427}"] {
        let body = json!({ "username": imitation, "password": "password" }).to_string();
        let answer = server.post(path::REGISTER, &body, &[]).await;
        let taken = (409, ErrorCode::UsernameTaken, Some("username".to_owned()));
        assert_eq!(answer.refusal(), taken, "{imitation}");
    }
    for blank in ["\u{3164}\u{3164}\u{3164}", "ab\u{202e}c", "ab\u{200b}c", "sa\u{301}\u{301}m"] {
        let body = json!({ "username": blank, "password": "password" }).to_string();
        let answer = server.post(path::REGISTER, &body, &[]).await;
        let invalid = (422, ErrorCode::InvalidText, Some("username".to_owned()));
        assert_eq!(answer.refusal(), invalid, "{blank:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_seen_is_neither_a_group_nor_a_message_and_a_message_is_not_altered() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let mut socket = RawSocket::connect(&server, &ann).await;
    let mut answer = async |event: &str, payload: Value| {
        socket.send(&format!("420{}", json!([event, payload]))).await;
        loop {
            let frame = socket.text().await.unwrap();
            if let Some(answer) = frame.strip_prefix("430") {
                let answer: Vec<Value> = serde_json::from_str(answer).unwrap();
                break answer.into_iter().next().unwrap();
            }
        }
    };
    for name in ["\u{200b}", "\u{2800}", "abc\u{202e}def", "abc\u{2028}def", "e\u{301}\u{301}"] {
        let answer = answer("createGroup", json!({ "name": name, "visibility": "public" })).await;
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["field"]),
            (&json!("invalidText"), &json!("name"))
        );
    }
    for content in ["\u{200b}", "\u{2800}", "\u{3164}\u{feff}"] {
        let answer = answer("privateMessage", json!({ "recipientId": ann.id(), "content": content })).await;
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["field"]),
            (&json!("invalidText"), &json!("content"))
        );
    }
    for content in ["abc\u{202e}def", "e\u{301}", "\u{200b}x", "\u{1f468}\u{200d}\u{1f469}"] {
        let answer = answer("privateMessage", json!({ "recipientId": ann.id(), "content": content })).await;
        assert_eq!(answer["data"]["content"], json!(content));
    }
    server.stop().await;
}
