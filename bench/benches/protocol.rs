//! What packets and the catalogue cost for each message, without a socket: `cargo bench --package
//! bench`.
#![expect(clippy::unwrap_used, reason = "a benchmark that fails may panic")]

use std::time::Duration;

use client::{
    connection::{Command, Config, Connection, Event, Output},
    engine::{Frame, Input},
    packet::{Body, EnginePacket, Packet},
};
use divan::{Bencher, black_box};
use protocol::{ClientEvent, EventEnum as _, Message, Reply, ServerEvent, UserId};
use serde_json::value::RawValue;
use typed_socketio::decode::read_event;

const SENT: &str = r#"{"recipientId":"0192e4a0-7b3c-7000-8000-00000000000b","content":"the quick brown fox jumps over the lazy dog, and back","clientId":"7f9c24e5-1d2b-4f6a-9d3e-5b8a7c6d4e2f"}"#;
const MESSAGE: &str = r#"{"id":"0192e4a0-7b3c-7000-8000-0000000000f1","clientId":"7f9c24e5-1d2b-4f6a-9d3e-5b8a7c6d4e2f","senderId":"0192e4a0-7b3c-7000-8000-00000000000a","recipientId":"0192e4a0-7b3c-7000-8000-00000000000b","content":"the quick brown fox jumps over the lazy dog, and back","seq":1,"createdAt":1763800000000}"#;

fn main() {
    divan::main();
}

fn raw(json: &str) -> Box<RawValue> {
    serde_json::from_str(json).unwrap()
}

fn message() -> Message {
    serde_json::from_str(MESSAGE).unwrap()
}

#[divan::bench]
fn a_client_reads_a_packet(bencher: Bencher<'_, '_>) {
    let frame = format!(r#"42["privateMessage",{MESSAGE}]"#);
    bencher.bench(|| {
        let EnginePacket::Message(text) = EnginePacket::decode(black_box(&frame)).unwrap() else { panic!() };
        Packet::decode(text).unwrap();
    });
}

#[divan::bench]
fn a_client_writes_a_packet(bencher: Bencher<'_, '_>) {
    let text = format!(r#"27["privateMessage",{SENT}]"#);
    let packet = Packet::decode(&text).unwrap();
    bencher.bench(|| black_box(&packet).encode());
}

#[divan::bench]
fn the_server_reads_a_private_message(bencher: Bencher<'_, '_>) {
    let payload = raw(SENT);
    bencher.bench(|| ClientEvent::decode(black_box("privateMessage"), black_box(&payload)).unwrap());
}

#[divan::bench]
fn a_client_reads_a_private_message(bencher: Bencher<'_, '_>) {
    let payload = raw(MESSAGE);
    bencher.bench(|| ServerEvent::decode(black_box("privateMessage"), black_box(&payload)).unwrap());
}

/// A message to a group, 300 bytes long.
const GROUP_MESSAGE: &str = r#"42["groupMessage",{"id":"0192e4a0-7b3c-7000-8000-0000000000f1","clientId":"7f9c24e5-1d2b-4f6a-9d3e-5b8a7c6d4e2f","senderId":"0192e4a0-7b3c-7000-8000-00000000000a","groupId":"0192e4a0-7b3c-7000-8000-0000000000aa","content":"the quick brown fox jumps over the lazy","seq":1,"createdAt":1763800000000}]"#;

/// Decodes a frame as the client does: through the connection, straight into its type.
#[divan::bench]
fn a_client_receives_a_group_message(bencher: Bencher<'_, '_>) {
    let mut connection = joined();
    let now = Duration::from_millis(2);
    bencher.with_inputs(|| GROUP_MESSAGE.to_owned()).bench_local_values(|frame| {
        connection.handle(now, Input::Frame(Frame::Text(black_box(frame))));
        let Some(Output::Event { event: Event::Received { event, .. }, .. }) = connection.poll_output()
        else {
            panic!("not received")
        };
        read_event::<ServerEvent>(event.array()).unwrap()
    });
}

/// The same without the connection and in two steps: the first finds the name and the payload, the second
/// decodes the payload.
#[divan::bench]
fn a_group_message_is_read_twice(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(|| GROUP_MESSAGE.to_owned()).bench_local_values(|frame| {
        let frame = black_box(frame);
        let EnginePacket::Message(text) = EnginePacket::decode(&frame).unwrap() else { panic!("no message") };
        let Body::Event { name, mut args, .. } = Packet::decode(text).unwrap().body else {
            panic!("no event")
        };
        let (name, payload) = (name.into_owned(), args.pop().unwrap().into_owned());
        ServerEvent::decode(&name, &payload).unwrap()
    });
}

/// A connection that is in the main namespace.
fn joined() -> Connection<()> {
    let now = Duration::from_millis(1);
    let mut connection = Connection::new(Config::default(), 7);
    connection.command(now, Command::Connect { namespace: "/".into() });
    connection.handle(now, Input::Opened);
    for frame in
        [r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#, r#"40{"sid":"n"}"#]
    {
        connection.handle(now, Input::Frame(Frame::Text(frame.to_owned())));
        connection.handle_auth(now, "/", None);
    }
    while connection.poll_output().is_some() {}
    connection
}

#[divan::bench]
fn the_server_writes_a_private_message(bencher: Bencher<'_, '_>) {
    let event = ServerEvent::PrivateMessage(message());
    bencher.bench(|| black_box(&event).payload().unwrap());
}

#[divan::bench]
fn the_server_writes_an_ack(bencher: Bencher<'_, '_>) {
    let reply: Reply<Message> = Reply::Data(message());
    bencher.bench(|| serde_json::to_string(black_box(&reply)).unwrap());
}

#[divan::bench(args = [10, 1_000, 10_000])]
fn the_server_writes_who_is_online(bencher: Bencher<'_, '_>, people: u64) {
    let ids = (0..people).map(|number| UserId::from_bytes(u128::from(number).to_be_bytes()));
    let event = ServerEvent::OnlineUsers(ids.collect());
    bencher.bench(|| black_box(&event).payload().unwrap());
}
