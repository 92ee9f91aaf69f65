//! Clients that send too much, or read nothing: they cost little, and nobody else notices.

use std::time::Duration;

use futures::future::join_all;
use parlance::Switch;
use protocol::{
    ConversationId, ErrorCode, FetchHistory, LeaveGroup, ListGroups, ListOnline, Seq, ServerEvent, UserId,
    limits, path,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    harness::{Device, Person, Polling, RawSocket, TestServer, log_in, private, to_group},
    memory::say_much,
};

async fn unlimited() -> TestServer {
    TestServer::start_with(|config| config.rate_limit = Switch::Off).await
}

impl Device {
    async fn is_told_of_leaving_and_joining(&mut self, group: &protocol::Group) {
        self.call(LeaveGroup { group_id: group.id }).await.unwrap();
        while !matches!(self.event().await, ServerEvent::LeftGroup(_)) {}
        self.join(group).await;
        while !matches!(self.event().await, ServerEvent::JoinedGroup(_)) {}
    }
}

#[tokio::test]
async fn a_post_with_connect_and_20_000_events_stops_nobody() {
    let server = TestServer::start().await;
    let (ann, eve) = (server.person("ann").await, server.person("eve").await);
    let mut anns = ann.connect().await;
    let lunch = anns.create_group("Lunch").await;
    let connect = format!("40{}", json!({ "token": eve.login.token }));
    let attack = connect + &"\x1e42[\"x\"]".repeat(20_000);
    for _ in 0..20 {
        Polling::open(&server).await.post(&attack).await;
        timeout(Duration::from_secs(2), anns.is_told_of_leaving_and_joining(&lunch)).await.unwrap();
    }
    ann.connect().await.is_up().await;
    server.stop().await;
}

#[tokio::test]
async fn every_event_of_a_large_post_is_answered_in_its_order() {
    const EVENTS: usize = 5_000;
    let server = unlimited().await;
    let ann = server.person("ann").await;
    let polling = Polling::connect(&server, &ann).await;
    let events: Vec<_> =
        (0..EVENTS).map(|number| format!("42{number}[\"getUsers\",{{\"userIds\":[]}}]")).collect();
    let events = events.join("\x1e");
    let posting = polling.post(&events);
    let reading = async {
        let mut next = 0;
        while next < EVENTS {
            for packet in polling.poll().await.body.split('\x1e').filter(|packet| packet.starts_with("43")) {
                assert_eq!(packet, format!("43{next}[{{\"data\":[]}}]"));
                next += 1;
            }
        }
    };
    let (posted, ()) = tokio::join!(posting, reading);
    assert_eq!(posted.status, 200);
    server.stop().await;
}

fn seq(frame: &str) -> Option<u64> {
    let message =
        ["42[\"privateMessage\",", "42[\"groupMessage\","].iter().find_map(|it| frame.strip_prefix(it))?;
    let message: Value = serde_json::from_str(message.strip_suffix(']')?).unwrap();
    message["seq"].as_u64()
}

#[tokio::test]
async fn a_socket_that_does_not_read_is_closed_and_has_no_gap_before() {
    let server = unlimited().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let mut slow = RawSocket::connect_slow(server.addr, &ann).await;
    let mut fast = ann.connect().await;
    let bens = ben.connect().await;
    say_much(&bens, &ann, 400).await;
    let mut last = 0;
    while let Some(frame) = slow.text().await {
        if let Some(seq) = seq(&frame) {
            assert_eq!(seq, last + 1);
            last = seq;
        }
    }
    assert!(last < 400, "it was not closed");
    // Another device of the same person, which reads, has everything.
    for seq in 1..=400 {
        let ServerEvent::PrivateMessage(message) = fast.event().await else { panic!() };
        assert_eq!(message.seq, Seq(seq));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_polling_session_that_does_not_poll_is_closed_instead_of_missing_something() {
    let server = unlimited().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let polling = Polling::connect(&server, &ann).await;
    let bens = ben.connect().await;
    say_much(&bens, &ann, 10).await;
    let told = polling.poll().await.body;
    let seqs: Vec<_> = told.split('\x1e').filter_map(seq).collect();
    assert!(seqs.iter().copied().eq(1..=seqs.len() as u64) && !seqs.is_empty(), "{seqs:?}");
    say_much(&bens, &ann, 100).await;
    let refused = polling.poll().await;
    assert_eq!((refused.status, &*refused.body), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
    // It is gone for the others as well, after the usual time.
    let gone = async { while bens.call(ListOnline {}).await.unwrap().contains(&ann.id()) {} };
    timeout(Duration::from_secs(3), gone).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_session_that_is_slow_to_upgrade_is_closed_instead_of_missing_something() {
    let server = unlimited().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let anns = ann.connect().await;
    let lunch = anns.create_group("Lunch").await;
    ben.connect().await.join(&lunch).await;
    let polling = Polling::connect(&server, &ben).await;
    let mut socket = RawSocket::upgrade(&server, &polling.url).await;
    socket.send("2probe").await;
    assert_eq!(socket.any_text().await.unwrap(), "3probe");
    for _ in 0..50 {
        let some = (0..100).map(|_| anns.call(to_group(&lunch, "x")));
        assert!(join_all(some).await.iter().all(Result::is_ok));
    }
    socket.try_send("5").await.ok();
    let mut last = 0;
    while let Some(frame) = socket.text().await {
        if let Some(seq) = seq(&frame) {
            assert_eq!(seq, last + 1);
            last = seq;
        }
    }
    assert!(last < 5_000, "it was not closed");
    server.stop().await;
}

#[tokio::test]
async fn a_session_whose_poll_is_broken_off_ends_instead_of_missing_something() {
    let server = unlimited().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, bens) = (ann.connect().await, ben.connect().await);
    for _ in 0..5 {
        let polling = Polling::connect(&server, &ann).await;
        // Until nothing waits for it.
        while timeout(Duration::from_millis(200), polling.poll()).await.is_ok() {}
        assert_eq!(polling.poll().await.status, 400, "the last poll was broken off");
    }
    let polling = Polling::connect(&server, &ann).await;
    let poll = timeout(Duration::from_millis(200), async { while polling.poll().await.status == 200 {} });
    assert!(poll.await.is_err());
    bens.say(&ann, "hello").await;
    assert_eq!(polling.poll().await.status, 400);
    let conversation = ConversationId::User(ben.id());
    let history = FetchHistory::newest(conversation);
    assert_eq!(anns.call(history).await.unwrap().messages.len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn many_small_messages_close_a_socket_as_well_as_few_large_ones() {
    let server = unlimited().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let mut slow = RawSocket::connect_slow(server.addr, &ann).await;
    let bens = ben.connect().await;
    for some in 0..200 {
        let some = (0..100).map(|number| bens.call(private(ann.id(), &format!("{some} {number}"), None)));
        assert!(join_all(some).await.iter().all(Result::is_ok));
    }
    let mut last = 0;
    while let Some(frame) = slow.text().await {
        if let Some(seq) = seq(&frame) {
            assert_eq!(seq, last + 1);
            last = seq;
        }
    }
    assert!(last < 20_000, "it was not closed");
    server.stop().await;
}

#[tokio::test]
async fn an_event_that_is_larger_than_any_can_be_is_refused_and_not_kept() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let mut socket = RawSocket::connect(&server, &ann).await;
    let large = "x".repeat(limits::EVENT_BYTES);
    let answer = socket.call(&json!(["privateMessage", { "recipientId": ann.id(), "content": large }])).await;
    assert_eq!(answer["error"]["code"], "invalidPayload");
    assert_eq!(answer["error"]["message"], "An event may have at most 65536 bytes.");
    let refused = socket.refused(&json!(["groupMessage", { "content": large }])).await;
    assert_eq!((&refused["code"], &refused["event"]), (&json!("invalidPayload"), &json!("groupMessage")));
    // The largest valid message is accepted.
    let content = "\u{1F600}".repeat(4_000);
    let escaped: String = content.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let id = ann.id();
    socket.send(&format!(r#"421["privateMessage",{{"recipientId":"{id}","content":"{escaped}"}}]"#)).await;
    assert_eq!(socket.answer("431").await["data"]["content"], content);
    server.stop().await;
}

#[tokio::test]
async fn one_person_has_a_bounded_number_of_sockets() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let mut sockets = Vec::new();
    for _ in 0..limits::SOCKETS_A_PERSON {
        sockets.push(RawSocket::connect(&server, &ann).await);
    }
    let mut refused = RawSocket::open(&server).await;
    refused.send(&format!("40{}", json!({ "token": ann.login.token }))).await;
    let frame = refused.text().await.unwrap();
    assert!(frame.starts_with("44") && frame.contains("rateLimited: You are connected 64 times"), "{frame}");
    ben.connect().await.is_up().await;
    drop(sockets.pop());
    let again = async {
        loop {
            let mut socket = RawSocket::open(&server).await;
            socket.send(&format!("40{}", json!({ "token": ann.login.token }))).await;
            if socket.text().await.unwrap().starts_with("40") {
                return;
            }
        }
    };
    timeout(Duration::from_secs(5), again).await.unwrap();
    server.stop().await;
}

/// Ends all sessions of this person.
async fn log_out_everywhere(server: &TestServer, person: &Person) {
    let answer = server.post(path::LOGOUT_ALL, "", &[("authorization", &person.bearer())]).await;
    assert_eq!(answer.status, 204);
}

async fn messages(device: &Device, with: UserId) -> u64 {
    let conversation = ConversationId::User(with);
    let page = FetchHistory { limit: Some(1), ..FetchHistory::newest(conversation) };
    device.call(page).await.unwrap().head.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_does_nothing_more_and_is_gone_within_two_seconds_even_if_it_stalls() {
    let server = unlimited().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let eves = eve.connect().await;
    let slow = RawSocket::connect_slow(server.addr, &ann).await;
    let (_unread, mut writer) = slow.split();
    // Ben is not there, so that nothing but Ann's own socket stalls.
    let note = json!(["privateMessage", { "recipientId": ben.id(), "content": "x".repeat(4_000) }]);
    let writing = tokio::spawn(async move {
        for number in 0..20_000 {
            if writer.try_send(&format!("42{number}{note}")).await.is_err() {
                break;
            }
        }
    });
    sleep(Duration::from_millis(500)).await;
    log_out_everywhere(&server, &ann).await;
    let start = Instant::now();
    let bens = ben.connect().await;
    sleep(Duration::from_millis(200)).await;
    let kept = messages(&bens, ann.id()).await;
    assert!(kept > 0);
    while eves.call(ListOnline {}).await.unwrap().contains(&ann.id()) {
        assert!(start.elapsed() < Duration::from_secs(2));
    }
    timeout(Duration::from_secs(2).saturating_sub(start.elapsed()), writing).await.expect("closed").unwrap();
    assert_eq!(messages(&bens, ann.id()).await, kept, "nothing more is carried out");
    server.stop().await;
}

#[tokio::test]
async fn a_session_that_was_ended_closes_its_connections_over_polling_and_over_websocket() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let mut socket = RawSocket::connect(&server, &ann).await;
    let polling = Polling::connect(&server, &ann).await;
    log_out_everywhere(&server, &ann).await;
    let start = Instant::now();
    let mut last = String::new();
    while let Some(frame) = socket.text().await {
        last = frame;
    }
    assert_eq!(last, "41", "Socket.IO's disconnect, then the connection's end");
    let mut told = String::new();
    loop {
        let answer = polling.poll().await;
        told += &answer.body;
        if answer.status != 200 {
            break;
        }
    }
    assert!(told.contains("41"), "{told}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    server.stop().await;
}

/// Makes as many groups as it can while the server is told to stop, and returns how many it was told of.
async fn groups_until_the_end(server: TestServer, ann: &Person, stalled: bool) -> (TestServer, usize) {
    const GROUPS: usize = 3_000;
    let (mut reader, mut writer) = RawSocket::connect(&server, ann).await.split();
    let mut unread = None;
    if stalled {
        let mut slow = RawSocket::connect_slow(server.addr, ann).await;
        let asked = json!(["fetchHistory", { "conversation": { "user": ann.id() }, "limit": 200 }]);
        for number in 0..250 {
            slow.send(&format!("42{number}{asked}")).await;
        }
        unread = Some(slow);
    }
    tokio::spawn(async move {
        for number in 0..GROUPS {
            let group = json!(["createGroup", { "name": format!("g{number}"), "visibility": "public" }]);
            if writer.try_send(&format!("42{number}{group}")).await.is_err() {
                return;
            }
        }
    });
    let reading = tokio::spawn(async move {
        let mut answered = 0;
        while let Some(frame) = reader.text().await {
            answered += usize::from(frame.starts_with("43") && frame.contains("\"data\""));
        }
        answered
    });
    sleep(Duration::from_millis(250)).await;
    let start = Instant::now();
    let server = server.restart().await;
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    drop(unread);
    (server, reading.await.unwrap())
}

async fn groups(ann: &Person) -> usize {
    let device = ann.connect().await;
    let mut all: Vec<protocol::Group> = Vec::new();
    loop {
        let after = all.last().map(|group| group.id);
        let page = device.call(ListGroups { after, limit: None }).await.unwrap();
        if page.is_empty() {
            return all.len();
        }
        all.extend(page);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_carried_out_before_the_end_was_answered() {
    let server = unlimited().await;
    let ann = server.person("ann").await;
    let (server, answered) = groups_until_the_end(server, &ann, false).await;
    assert!(answered > 10, "{answered}");
    assert_eq!(groups(&ann).await, answered);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_comes_in_time_and_is_answered_beside_a_client_that_stalls() {
    let server = unlimited().await;
    let ann = server.person("ann").await;
    say_much(&ann.connect().await, &ann, 200).await;
    let (server, answered) = groups_until_the_end(server, &ann, true).await;
    assert_eq!(groups(&ann).await, answered);
    server.stop().await;
}

#[tokio::test]
async fn whoever_connects_too_often_is_told_to_wait() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let connect = format!("40{}", json!({ "token": ann.login.token }));
    let mut refusals = Vec::new();
    for _ in 0..limits::CONNECTS_AT_ONCE + 50 {
        let mut socket = RawSocket::open(&server).await;
        socket.send(&connect).await;
        let frame = socket.text().await.unwrap();
        if let Some(refusal) = frame.strip_prefix("44") {
            let refusal: Value = serde_json::from_str(refusal).unwrap();
            refusals.push(protocol::ErrorBody::from_refusal(refusal["message"].as_str().unwrap()).code);
        }
    }
    assert!(!refusals.is_empty() && refusals.iter().all(|code| *code == ErrorCode::RateLimited));
    server.stop().await;
}

#[tokio::test]
async fn whoever_has_a_token_of_an_ended_session_keeps_its_owner_from_nothing() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let answer = server.post(path::LOGOUT, "", &[("authorization", &ann.bearer())]).await;
    assert_eq!(answer.status, 204);
    let connect = format!("40{}", json!({ "token": ann.login.token }));
    let mut codes = Vec::new();
    for _ in 0..limits::CONNECTS_AT_ONCE + 50 {
        let mut socket = RawSocket::open(&server).await;
        socket.send(&connect).await;
        let frame = socket.text().await.unwrap();
        let refusal: Value = serde_json::from_str(frame.strip_prefix("44").unwrap()).unwrap();
        codes.push(protocol::ErrorBody::from_refusal(refusal["message"].as_str().unwrap()).code);
    }
    assert_eq!(codes[0], ErrorCode::Unauthorized);
    assert!(codes.contains(&ErrorCode::RateLimited), "and it is told to wait");
    RawSocket::connect(&server, &log_in(server.addr, "ann").await).await;
    server.stop().await;
}

/// Two people with a long conversation, and the page of it that they are to read.
async fn long_history(server: &TestServer) -> (Person, Vec<protocol::Message>) {
    let ann = server.person("ann").await;
    let anns = ann.connect().await;
    say_much(&anns, &ann, 16).await;
    let conversation = ConversationId::User(ann.id());
    let page = FetchHistory { limit: Some(200), ..FetchHistory::newest(conversation) };
    let messages = anns.call(page).await.unwrap().messages;
    assert_eq!(messages.len(), 16);
    (ann, messages)
}

#[tokio::test]
async fn long_answers_come_in_their_place_among_short_ones_over_websocket_and_polling() {
    let server = unlimited().await;
    let (ann, messages) = long_history(&server).await;
    let long = json!(["fetchHistory", { "conversation": { "user": ann.id() }, "limit": 200 }]);
    let asked: Vec<_> =
        (0..20)
            .map(|id: usize| {
                if id.is_multiple_of(3) { format!("42{id}{long}") } else { format!("42{id}[\"listOnline\"]") }
            })
            .collect();
    let is_right = |id: usize, answer: &str| {
        let mut answer: Vec<Value> = serde_json::from_str(answer).unwrap();
        let data = answer[0]["data"].take();
        if id.is_multiple_of(3) {
            let page: protocol::HistoryPage = serde_json::from_value(data).unwrap();
            assert_eq!(page.messages, messages);
        } else {
            assert_eq!(data, json!([ann.id()]));
        }
    };
    for mut socket in
        [RawSocket::connect(&server, &ann).await, RawSocket::connect_slow(server.addr, &ann).await]
    {
        for packet in &asked {
            socket.send(packet).await;
        }
        let mut next = 0;
        while next < asked.len() {
            let frame = socket.text().await.unwrap();
            if let Some(answer) = frame.strip_prefix(&format!("43{next}")) {
                is_right(next, answer);
                next += 1;
            }
        }
    }
    let polling = Polling::connect(&server, &ann).await;
    let body = asked.join("\x1e");
    let posting = polling.post(&body);
    let reading = async {
        let mut next = 0;
        while next < asked.len() {
            for packet in polling.poll().await.body.split('\x1e') {
                if let Some(answer) = packet.strip_prefix(&format!("43{next}")) {
                    is_right(next, answer);
                    next += 1;
                }
            }
        }
    };
    let (posted, ()) = tokio::join!(posting, reading);
    assert_eq!(posted.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_thought_to_wait_that_has_left() {
    let server = TestServer::start().await;
    let people: Vec<Person> =
        join_all((0..40).map(async |number| server.person(&format!("user{number}")).await)).await;
    // All at once, with and without the version: while some are let in, others are told of them.
    let typed = join_all(people.iter().map(async |person| person.connect().await));
    let raw = join_all(people.iter().map(async |person| RawSocket::connect(&server, person).await));
    let (devices, _sockets) = tokio::join!(typed, raw);
    let group = devices[0].create_group("All").await;
    join_all(devices.iter().map(async |device| device.join(&group).await)).await;
    join_all(devices.iter().map(async |device| device.say_to_group(&group, "hello").await)).await;
    sleep(Duration::from_millis(500)).await;
    // When the server ends, it waits up to a second for what is not sent yet.
    let start = Instant::now();
    server.stop().await;
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
}
