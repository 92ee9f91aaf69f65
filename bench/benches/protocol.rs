//! What packets and the catalogue cost for each message, without a socket: `cargo bench --package
//! bench`.
#![expect(clippy::unwrap_used, reason = "a measurement of what fails is none")]

use client::packet::{EnginePacket, Packet};
use divan::{Bencher, black_box};
use protocol::{ClientEvent, EventEnum as _, Message, Reply, ServerEvent, UserId};
use serde_json::value::RawValue;

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
