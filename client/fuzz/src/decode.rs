//! Hostile frames: decoding must not panic, and what decodes must survive encoding.
#![no_main]

use client::packet::{EnginePacket, Packet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|frame: &str| {
    // Most inputs are not Engine.IO messages: the inner codec also gets the text as it is.
    if let Ok(EnginePacket::Message(text)) = EnginePacket::decode(frame) {
        survives(text);
    }
    survives(frame);
});

fn survives(text: &str) {
    let Ok(packet) = Packet::decode(text) else { return };
    let encoded = packet.encode();
    let Ok(EnginePacket::Message(inner)) = EnginePacket::decode(&encoded) else {
        panic!("{encoded:?} is not an Engine.IO message");
    };
    let again = Packet::decode(inner).unwrap_or_else(|error| panic!("{encoded:?}: {error}"));
    assert_eq!(format!("{again:?}"), format!("{packet:?}"));
}
