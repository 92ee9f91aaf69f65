//! What no well-behaved client sends: each is answered by an error or by the end of the connection,
//! within a second, and somebody else's connection goes on.

use std::time::Duration;

use protocol::path;
use serde_json::json;
use tokio::time::timeout;

use crate::harness::{Device, Person, Polling, RawSocket, TestServer};

const SOON: Duration = Duration::from_secs(1);

/// A server, the person who sends, and somebody who has nothing to do with it.
struct Bench {
    server: TestServer,
    eve: Person,
    bystander: Device,
}

impl Bench {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let (eve, ben) = (server.person("eve").await, server.person("ben").await);
        let bystander = ben.connect().await;
        Self { server, eve, bystander }
    }

    async fn goes_on(&self, input: &str) {
        let up = timeout(SOON, self.bystander.is_up());
        up.await.unwrap_or_else(|_| panic!("nobody is served after {input}"));
    }

    /// A connected socket that has received what it is told at the beginning.
    async fn socket(&self) -> RawSocket {
        let mut socket = RawSocket::connect(&self.server, &self.eve).await;
        while !socket.text().await.unwrap().starts_with("42[\"onlineUsers\"") {}
        socket
    }

    async fn end(self) {
        self.server.stop().await;
    }
}

trait Answered {
    /// Checks that an error comes, or the end, in time.
    async fn is_answered(&mut self, input: &str);
}

impl Answered for RawSocket {
    async fn is_answered(&mut self, input: &str) {
        let answered = timeout(SOON, async {
            while let Some(frame) = self.text().await {
                if frame.starts_with("44") || frame.contains("\"error\"") {
                    return;
                }
            }
        });
        let input = input.get(..120).unwrap_or(input);
        answered.await.unwrap_or_else(|_| panic!("no answer to {input}"));
    }
}

#[tokio::test]
async fn frames_before_anybody_is_connected() {
    let bench = Bench::new().await;
    let inputs = [
        "",
        " ",
        "x",
        "é",
        "9",
        "7abc",
        "0",
        "0{}",
        "1x",
        "2x",
        "2probe",
        "3probe",
        "5",
        "6",
        "b",
        "bAAAA",
        "b!",
        "4",
        "4x",
        "47",
        "48",
        "49[]",
        "4\u{0}",
        "44",
        "44{}",
        "41",
        "41/other,",
        "42",
        "42[]",
        "42[\"x\"]",
        "421[\"x\"]",
        "43",
        "43[]",
        "431[]",
        "45",
        "45-",
        "45x-[]",
        "450-[\"x\"]",
        "4599999999999999999999-[\"x\"]",
        "459-[\"x\"]",
        "46",
        "460-[]",
        "40",
        "40{}",
        "40[]",
        "40null",
        "407",
        "40\"x\"",
        "40{",
        "40{\"token\":",
        "40{\"token\":7}",
        "40{\"token\":\"\"}",
        "40{\"token\":\"a.b.c\"}",
        "40{\"token\":\"x\",\"protocol\":\"\"}",
        "40{\"token\":\"x\",\"watch\":7}",
        "40/",
        "40/,",
        "40/other",
        "40/other,{}",
        "40/other?a=b",
        "40/é,",
    ];
    for input in inputs {
        let mut socket = RawSocket::open(&bench.server).await;
        socket.send(input).await;
        // A packet that belongs to no connection may be ignored; what follows it must not be.
        socket.try_send("42[\"x\"]").await.ok();
        socket.is_answered(input).await;
        bench.goes_on(input).await;
    }
    bench.end().await;
}

#[tokio::test]
async fn packets_of_somebody_who_is_connected() {
    let bench = Bench::new().await;
    let deep = format!("42[\"privateMessage\",{}]", "[".repeat(20_000));
    let long = format!("42[\"{}\"]", "x".repeat(100_000));
    let numbers =
        format!("42[\"markRead\",{{\"conversation\":{{\"user\":\"x\"}},\"seq\":{}}}]", "9".repeat(1_000));
    let inputs = [
        "42",
        "42[",
        "42[]",
        "42[7]",
        "42[null]",
        "42[{}]",
        "42[[]]",
        "42{}",
        "42\"x\"",
        "42[\"x\"",
        "42[\"x\",",
        "42[\"x\"]]",
        "42[\"\"]",
        "42[\"x\"]",
        "421[\"x\"]",
        "42[\"userOnline\",\"x\"]",
        "42[\"error\",{}]",
        "42[\"connect\"]",
        "42[\"disconnect\"]",
        "42[\"__proto__\",{}]",
        "42/other,[\"x\"]\u{1}",
        "4299999999999999999999[\"listGroups\"]",
        "42[\"listGroups\",7]",
        "42[\"listGroups\",[]]",
        "42[\"listGroups\",\"x\"]",
        "421[\"listGroups\",{\"limit\":1.5}]",
        "421[\"listGroups\",{\"after\":7}]",
        "421[\"listMembers\",{}]",
        "421[\"getUsers\",{\"userIds\":7}]",
        "421[\"getUsers\",{\"userIds\":[7]}]",
        "421[\"watchPresence\",{\"userIds\":{}}]",
        "421[\"joinGroup\",{\"groupId\":null}]",
        "421[\"joinGroup\",{\"groupId\":\"\"}]",
        "421[\"createGroup\",{\"name\":7,\"visibility\":\"public\"}]",
        "421[\"createGroup\",{\"name\":\"x\",\"visibility\":\"secret\"}]",
        "421[\"createGroup\",{\"name\":\"x\",\"visibility\":\"public\",\"clientId\":\"\"}]",
        "421[\"privateMessage\"]",
        "421[\"privateMessage\",null]",
        "421[\"privateMessage\",{\"recipientId\":{}}]",
        "42[\"privateMessage\",{\"recipientId\":\"x\",\"content\":\"\\ud800\"}]",
        "421[\"fetchHistory\",{\"conversation\":{}}]",
        "421[\"fetchHistory\",{\"conversation\":{\"user\":1,\"group\":2}}]",
        "421[\"markRead\",{\"conversation\":{\"other\":\"x\"},\"seq\":1}]",
        "421[\"sync\",{\"heads\":\"zz\"}]",
        "421[\"sync\",{\"known\":{}}]",
        "430[\"x\"]\u{0}",
        "44{}",
        "46",
        "45",
        "451-[\"x\"",
        "47",
        "4",
        "9",
        "5",
        "2probe",
        &deep,
        &long,
        &numbers,
    ];
    for input in inputs {
        let mut socket = bench.socket().await;
        socket.send(input).await;
        if ["43", "42/", "451-"].iter().any(|kind| input.starts_with(kind)) {
            // An answer to nothing, an event of a namespace in which nobody is, and one whose bytes are yet
            // to come: there is nothing to answer. But what follows is heard.
            socket.send("42[\"x\"]").await;
        }
        socket.is_answered(input).await;
        bench.goes_on(input).await;
    }
    bench.end().await;
}

#[tokio::test]
async fn an_event_that_is_too_long_is_refused_with_its_client_id_if_it_has_one() {
    let bench = Bench::new().await;
    let mut socket = bench.socket().await;
    let long = "a".repeat(70_000);
    for client_id in [Some("x"), None] {
        let mut payload = json!({ "recipientId": bench.eve.id(), "content": long });
        if let Some(id) = client_id {
            payload["clientId"] = json!(id);
        }
        let error = socket.refused(&json!(["privateMessage", payload])).await;
        assert_eq!(error["code"], "invalidPayload", "{error}");
        assert_eq!(error["event"], "privateMessage", "{error}");
        assert_eq!(error.get("clientId").and_then(|id| id.as_str()), client_id, "{error}");
    }
    bench.end().await;
}

#[tokio::test]
async fn bytes_that_are_no_frames() {
    let bench = Bench::new().await;
    let masked =
        |first: u8, payload: &[u8]| [&[first, 0x80 | payload.len() as u8, 0, 0, 0, 0][..], payload].concat();
    let inputs: Vec<(&str, Vec<u8>)> = vec![
        ("an unmasked frame", vec![0x81, 3, b'4', b'4', b'2']),
        ("a reserved bit", masked(0xC1, b"2")),
        ("every reserved bit", masked(0xF1, b"2")),
        ("a reserved opcode", masked(0x83, b"2")),
        ("a reserved control opcode", masked(0x8B, b"2")),
        ("a continuation of nothing", masked(0x80, b"2")),
        ("a text within a text", [masked(0x01, b"4"), masked(0x81, b"2")].concat()),
        ("a ping in pieces", masked(0x09, b"x")),
        ("a ping that is too long", [&[0x89, 0x80 | 126, 0, 200, 0, 0, 0, 0][..], &[b'x'; 200]].concat()),
        ("a close of one byte", masked(0x88, &[3])),
        ("a close with a code that nobody may send", masked(0x88, &[0x03, 0xED])),
        ("a close that is no text", masked(0x88, &[0x03, 0xE8, 0xFF, 0xFF])),
        ("a text that is no text", masked(0x81, &[b'4', b'2', 0xFF, 0xC0])),
        ("a length with its highest bit set", [&[0x81, 0xFF][..], &[0xFF; 8], &[0; 4]].concat()),
        ("a length of a terabyte", [&[0x81, 0xFF][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat()),
        ("a length that could be shorter, and another", [&[0x82, 0xFE, 0, 1, 0, 0, 0, 0, 1][..]].concat()),
        ("bytes that nobody announced", masked(0x82, b"abc")),
        ("no bytes that nobody announced", masked(0x82, b"")),
        (
            "text where bytes were announced",
            [masked(0x81, b"451-[\"x\",{}]"), masked(0x81, b"42[\"x\"]")].concat(),
        ),
        ("HTTP", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
        ("TLS", vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]),
        ("zeros", vec![0; 64]),
        ("ones", vec![0xFF; 64]),
    ];
    for (input, bytes) in inputs {
        let mut socket = bench.socket().await;
        socket.send_bytes(&bytes).await;
        socket.is_answered(input).await;
        bench.goes_on(input).await;
    }
    bench.end().await;
}

#[tokio::test]
async fn bodies_of_polling_requests() {
    let bench = Bench::new().await;
    let attachments = format!("451-[\"x\",{{}}]\u{1e}b{}", "!".repeat(10));
    let inputs = [
        "",
        "\u{1e}",
        "\u{1e}\u{1e}",
        "x",
        "9",
        "4",
        "47",
        "0{}",
        "2probe",
        "5",
        "6",
        "b!",
        "bAA",
        "42[",
        "42[\"x\"]\u{1e}",
        "\u{1e}42[\"x\"]",
        "40{}",
        "41",
        "44{}",
        "40/other,",
        "4299999999999999999999[\"x\"]",
        "1:4",
        "4:42[]2",
        &attachments,
    ];
    for input in inputs {
        let polling = Polling::open(&bench.server).await;
        let posted =
            timeout(SOON, polling.post(input)).await.unwrap_or_else(|_| panic!("no answer to {input}"));
        if posted.status == 200 {
            let told = timeout(SOON, polling.poll()).await.unwrap_or_else(|_| panic!("no answer to {input}"));
            assert!(
                told.status == 400 || told.body.is_empty() || told.body.contains("44"),
                "{input}: {told:?}"
            );
        } else {
            assert_eq!(posted.status, 400, "{input}");
        }
        bench.goes_on(input).await;
    }
    bench.end().await;
}

#[tokio::test]
async fn requests_that_are_none_of_engine_io() {
    let bench = Bench::new().await;
    let queries = [
        "",
        "?",
        "?EIO",
        "?EIO=",
        "?EIO=4",
        "?EIO=4&transport=",
        "?EIO=4&transport=x",
        "?EIO=1&transport=polling",
        "?EIO=99999999999&transport=polling",
        "?EIO=4&transport=webtransport",
        "?EIO=4&transport=polling&sid=",
        "?EIO=4&transport=polling&sid=%00",
        "?EIO=4&transport=polling&sid=../../x",
        "?EIO=4&transport=websocket&sid=x",
        "?EIO=4&transport=websocket",
        "?transport=polling&EIO=x",
        "?EIO=4&EIO=3&transport=websocket",
        "?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAA",
    ];
    for query in queries {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let url = format!("{}{query}", path::SOCKET_IO);
            let answer = timeout(SOON, bench.server.request(method, &url, &[], "x")).await.unwrap();
            assert_eq!(answer.status, 400, "{method} {query}");
            let refusal: serde_json::Value = answer.json();
            assert!(refusal["code"].is_u64() && refusal["message"].is_string(), "{refusal}");
        }
        bench.goes_on(query).await;
    }
    bench.end().await;
}

#[tokio::test]
async fn a_token_of_any_length_or_kind_is_refused() {
    let bench = Bench::new().await;
    let token = &bench.eve.login.token;
    let cut = &token[..token.len() - 1];
    for token in [cut, &token.replace('.', ""), &token.repeat(2), &"a".repeat(100_000), "null", "\u{0}", "🦀"]
    {
        let mut socket = RawSocket::open(&bench.server).await;
        socket.send(&format!("40{}", json!({ "token": token }))).await;
        socket.is_answered("a token").await;
        bench.goes_on("a token").await;
    }
    bench.end().await;
}
