//! The connection against a model of a server, in virtual time.

use super::*;

const OPEN: &str =
    r#"0{"sid":"e1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

fn at(ms: u64) -> Time {
    Time::from_millis(ms)
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

fn start() -> Connection<u64> {
    let mut connection = Connection::new(Config::default(), 7);
    connection.connect(at(0));
    connection
}

fn connected() -> Connection<u64> {
    let mut connection = start();
    connection.handle_opened(at(1));
    connection.handle_text(at(2), OPEN);
    connection.handle_auth(Some(&raw(r#"{"token":"t"}"#)));
    connection.handle_text(at(3), r#"40{"sid":"s1"}"#);
    drain(&mut connection);
    connection
}

/// Outputs as short texts, which read like a protocol trace.
fn drain(connection: &mut Connection<u64>) -> Vec<String> {
    std::iter::from_fn(|| connection.poll_output())
        .map(|output| match output {
            Output::Open => "open".into(),
            Output::Authenticate => "authenticate".into(),
            Output::Close => "close".into(),
            Output::Send(frame) => format!("> {frame}"),
            Output::Event(Event::Connected) => "connected".into(),
            Output::Event(Event::Joined) => unreachable!("nobody shares it"),
            Output::Event(Event::Disconnected { reason, retry_at }) => {
                format!("disconnected ({reason}), retry {}", retry_at.is_some())
            }
            Output::Event(Event::Refused { message }) => format!("refused: {message}"),
            Output::Event(Event::Received { name, payload, ack }) => format!("{name} {payload} {ack:?}"),
            Output::Answer { asker, result: Ok(answer) } => format!("answer {asker}: {answer}"),
            Output::Answer { asker, result: Err(failure) } => format!("failure {asker}: {failure}"),
        })
        .collect()
}

#[test]
fn it_opens_authenticates_connects_and_flushes_in_order() {
    let mut connection = start();
    connection.emit("a", raw("1")).unwrap();
    connection.call(at(0), "b", raw("{}"), Duration::from_secs(9), 0);
    assert_eq!(drain(&mut connection), ["open"]);
    connection.handle_opened(at(1));
    connection.handle_text(at(2), OPEN);
    assert_eq!(drain(&mut connection), ["authenticate"]);
    connection.handle_auth(Some(&raw(r#"{"token":"t"}"#)));
    assert_eq!(drain(&mut connection), [r#"> 40{"token":"t"}"#]);
    connection.handle_text(at(3), r#"40{"sid":"s1"}"#);
    assert_eq!(drain(&mut connection), ["connected", r#"> 42["a",1]"#, r#"> 420["b",{}]"#]);
    connection.handle_text(at(4), r#"430[{"data":7}]"#);
    assert_eq!(drain(&mut connection), [r#"answer 0: {"data":7}"#]);
}

#[test]
fn it_answers_pings_and_takes_silence_for_death() {
    let mut connection = connected();
    connection.handle_text(at(25_000), "2");
    assert_eq!(drain(&mut connection), ["> 3"]);
    assert_eq!(connection.next_timeout(), Some(at(70_000)));
    connection.handle_timeout(at(69_999));
    assert!(drain(&mut connection).is_empty());
    connection.handle_timeout(at(70_000));
    assert_eq!(drain(&mut connection), ["close", "disconnected (the server no longer answers), retry true"]);
}

#[test]
fn a_lost_connection_fails_what_was_sent_keeps_what_was_not_and_comes_back() {
    let mut connection = connected();
    connection.call(at(10), "sent", raw("{}"), Duration::from_secs(60), 0);
    connection.handle_closed(at(20), "1006");
    connection.call(at(30), "kept", raw("{}"), Duration::from_secs(60), 1);
    assert_eq!(
        drain(&mut connection),
        [
            r#"> 420["sent",{}]"#,
            "failure 0: the connection was lost before the answer came",
            "disconnected (the connection was lost: 1006), retry true",
        ]
    );
    let retry = connection.next_timeout().unwrap();
    assert!(retry <= at(1_020));
    connection.handle_timeout(retry);
    assert_eq!(drain(&mut connection), ["open"]);
    connection.handle_text(retry, OPEN);
    connection.handle_auth(None);
    connection.handle_text(retry, r#"40{"sid":"s2"}"#);
    assert_eq!(drain(&mut connection), ["authenticate", "> 40", "connected", r#"> 421["kept",{}]"#]);
    // The first connection's answer is nobody's now.
    connection.handle_text(retry, "430[1]");
    assert!(drain(&mut connection).is_empty());
}

#[test]
fn an_attempt_has_twenty_seconds_in_all() {
    let mut connection = start();
    connection.handle_opened(at(19_000));
    connection.handle_text(at(19_500), OPEN);
    drain(&mut connection);
    connection.handle_timeout(at(20_000));
    assert_eq!(
        drain(&mut connection),
        ["close", "disconnected (the server did not answer in time), retry true"]
    );
}

#[test]
fn a_refusal_says_why_and_is_not_repeated() {
    for (packet, sentence) in [
        (r#"44{"message":"No."}"#, "No."),
        (r#"44"Go away.""#, "Go away."),
        ("44", "The server refused the connection."),
    ] {
        let mut connection = start();
        connection.handle_text(at(1), OPEN);
        connection.handle_auth(None);
        drain(&mut connection);
        connection.handle_text(at(2), packet);
        assert_eq!(drain(&mut connection), ["close".to_owned(), format!("refused: {sentence}")]);
        assert_eq!(connection.next_timeout(), None);
        connection.connect(at(3));
        assert_eq!(drain(&mut connection), ["open"]);
    }
}

#[test]
fn the_servers_and_the_programs_disconnect_are_final() {
    let mut connection = connected();
    connection.handle_text(at(9), "41");
    assert_eq!(drain(&mut connection), ["close", "disconnected (disconnected by the server), retry false"]);
    let mut connection = connected();
    connection.call(at(9), "x", raw("{}"), Duration::from_secs(9), 0);
    connection.disconnect(at(10));
    assert_eq!(
        drain(&mut connection),
        [
            r#"> 420["x",{}]"#,
            "> 41",
            "close",
            "failure 0: the connection was lost before the answer came",
            "disconnected (disconnected by the program), retry false",
        ]
    );
    assert_eq!(connection.next_timeout(), None);
}

#[test]
fn a_call_times_out_sent_or_not_and_is_answered_once() {
    let mut connection = connected();
    connection.call(at(10), "x", raw("{}"), Duration::from_secs(5), 0);
    drain(&mut connection);
    connection.handle_timeout(at(5_010));
    assert_eq!(drain(&mut connection), ["failure 0: no answer in time"]);
    connection.handle_text(at(5_020), "430[1]");
    assert!(drain(&mut connection).is_empty());

    let mut connection = start();
    connection.call(at(0), "x", raw("{}"), Duration::from_secs(5), 0);
    connection.handle_timeout(at(5_000));
    connection.handle_text(at(5_001), OPEN);
    connection.handle_auth(None);
    connection.handle_text(at(5_002), "40{}");
    assert_eq!(
        drain(&mut connection),
        ["open", "failure 0: no answer in time", "authenticate", "> 40", "connected",]
    );
}

#[test]
fn the_send_buffer_is_bounded() {
    let mut connection = Connection::new(Config { send_buffer: 1, ..Config::default() }, 7);
    connection.emit("a", raw("1")).unwrap();
    assert_eq!(connection.emit("b", raw("1")), Err(CallFailure::BufferFull));
    connection.call(at(0), "c", raw("1"), Duration::from_secs(1), 0);
    assert_eq!(drain(&mut connection), ["failure 0: too many events wait for a connection"]);
}

#[test]
fn what_is_no_packet_ends_the_connection_with_a_reason() {
    let mut connection = connected();
    connection.handle_text(at(9), "42{");
    let trace = drain(&mut connection);
    assert_eq!(trace[0], "close");
    assert!(trace[1].starts_with("disconnected (the server sent a payload that does not fit the packet"));
}

#[test]
fn events_and_acks_for_the_server() {
    let mut connection = connected();
    connection.handle_text(at(9), r#"425["question",{"a":1}]"#);
    connection.handle_text(at(9), r#"42["bare"]"#);
    connection.handle_text(at(9), r#"42/other,["not ours"]"#);
    connection.acknowledge(5, Some(&raw("true")));
    assert_eq!(drain(&mut connection), [r#"question {"a":1} Some(5)"#, "bare null None", "> 435[true]",]);
}
