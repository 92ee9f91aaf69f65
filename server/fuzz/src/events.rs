//! A connected client's packets: an event of the catalogue with something in it replaced, and arbitrary bytes
//! after it. Each event is answered, or the connection is closed.
#![no_main]

mod common;

use std::{sync::LazyLock, time::Duration};

use axum::{body::Body, http::Request};
use common::{Bytes, data_dir};
use libfuzzer_sys::fuzz_target;
use parlance::fuzzing::Web;
use protocol::{
    Catalogue, Chat,
    event::{Direction, EventSpec},
    path,
};

static SERVER: LazyLock<(Web, String)> = LazyLock::new(|| {
    let web = Web::new(&data_dir("events"));
    let ann = r#"{"username":"ann","password":"password"}"#.to_owned();
    let (_, body) = web.post(path::REGISTER, ann).expect("an answer");
    let login: serde_json::Value = serde_json::from_slice(&body).expect("a login");
    (web, login["token"].as_str().expect("a token").to_owned())
});

static EVENTS: LazyLock<Vec<EventSpec>> = LazyLock::new(|| {
    Chat::events().into_iter().filter(|event| event.direction == Direction::Client).collect()
});

const SOON: Duration = Duration::from_secs(5);

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Bytes(bytes);
    let event = bytes.one_of(&EVENTS);
    let mut payload = serde_json::to_vec(&(event.example)()).expect("an example");
    let at = usize::from(bytes.byte()) % (payload.len() + 1);
    let end = (at + usize::from(bytes.byte())).min(payload.len());
    payload.splice(at..end, bytes.text().into_bytes());
    let payload = String::from_utf8_lossy(&payload);
    let other = String::from_utf8_lossy(bytes.0);

    let session = Session::open();
    let connect = format!("40{}", serde_json::json!({ "token": SERVER.1 }));
    assert!(session.post(connect));
    // It is carried out, or answered with an error, or it is not JSON, which ends the connection.
    let is_open = session.post(format!("4277[\"{}\",{payload}]", event.name));
    assert!(session.is_answered("4377[") || !is_open || !session.is_open());
    session.post(other.into_owned());
    session.post("1".to_owned());
});

struct Session(String);

impl Session {
    fn open() -> Self {
        let url = format!("{}?EIO=4&transport=polling", path::SOCKET_IO);
        let request = Request::get(&url).body(Body::empty()).expect("a request");
        let (_, body) = SERVER.0.ask(request, SOON).expect("an answer");
        let open: serde_json::Value = serde_json::from_slice(&body[1..]).expect("an OPEN packet");
        Self(format!("{url}&sid={}", open["sid"].as_str().expect("a session")))
    }

    fn post(&self, packets: String) -> bool {
        let request = Request::post(&self.0).body(Body::from(packets)).expect("a request");
        let (status, _) = SERVER.0.ask(request, SOON).expect("an answer");
        assert!(!status.is_server_error(), "{status}");
        status.is_success()
    }

    /// Whether such a packet comes before the session ends.
    fn is_answered(&self, prefix: &str) -> bool {
        loop {
            let request = Request::get(&self.0).body(Body::empty()).expect("a request");
            let Some((status, body)) = SERVER.0.ask(request, SOON) else { panic!("it is not answered") };
            if !status.is_success() {
                return false;
            }
            if String::from_utf8_lossy(&body).split('\u{1e}').any(|packet| packet.starts_with(prefix)) {
                return true;
            }
        }
    }

    fn is_open(&self) -> bool {
        self.post("3".to_owned())
    }
}
