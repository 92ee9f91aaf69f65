//! Our codec against the one that the server's library uses.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value as Json, value::RawValue};
use socketioxide_core::{
    Value,
    packet::{Packet as Theirs, PacketData},
    parser::{Parse, ParseConfig, ParserState},
};
use socketioxide_parser_common::CommonParser;
use typed_socketio_client::packet::{Body, Packet};

fn their_decode(text: &str) -> Option<Theirs> {
    CommonParser.decode_str(&ParseConfig::default(), &ParserState::default(), text.to_owned().into()).ok()
}

fn their_encode(data: PacketData, namespace: &str) -> String {
    match CommonParser.encode(Theirs { inner: data, ns: namespace.to_owned().into() }) {
        Value::Str(text, _) => text.to_string(),
        Value::Bytes(_) => panic!("a text packet became binary"),
    }
}

fn their_value(args: &[Json], name: Option<&str>) -> Value {
    // A tuple is spread over the arguments; a single value is the only argument.
    match args {
        [one] => CommonParser.encode_value(one, name).unwrap(),
        [one, two] => CommonParser.encode_value(&(one, two), name).unwrap(),
        _ => CommonParser.encode_value(&(), name).unwrap(),
    }
}

fn raw(args: &[Json]) -> Vec<Cow<'static, RawValue>> {
    args.iter().map(|arg| Cow::Owned(serde_json::value::to_raw_value(arg).unwrap())).collect()
}

fn json(args: &[Cow<'_, RawValue>]) -> Vec<Json> {
    args.iter().map(|arg| serde_json::from_str(arg.get()).unwrap()).collect()
}

/// What a packet says, in a form in which both sides can be compared.
#[derive(Debug, PartialEq)]
struct Meaning {
    kind: usize,
    namespace: String,
    ack: Option<i64>,
    payload: Option<Json>,
}

fn our_meaning(packet: &Packet<'_>) -> Meaning {
    let array = |head: Option<&str>, args: &[Cow<'_, RawValue>]| {
        Some(Json::Array(head.map(Json::from).into_iter().chain(json(args)).collect()))
    };
    let (kind, ack, payload) = match &packet.body {
        Body::Connect(data) => (0, None, data.as_ref().map(|data| serde_json::from_str(data.get()).unwrap())),
        Body::Disconnect => (1, None, None),
        Body::Event { name, args, ack, attachments } => {
            (if attachments.is_some() { 5 } else { 2 }, *ack, array(Some(name), args))
        }
        Body::Ack { id, args, attachments } => {
            (if attachments.is_some() { 6 } else { 3 }, Some(*id), array(None, args))
        }
        Body::ConnectError(_) => (4, None, None),
    };
    Meaning { kind, namespace: packet.namespace.to_string(), ack: ack.map(|ack| ack as i64), payload }
}

/// `None` where their value is not JSON after all: they look at it only when a type is asked for.
fn their_meaning(packet: &Theirs) -> Option<Meaning> {
    let parse = |value: &Value| match value {
        Value::Str(text, _) => serde_json::from_str(text).ok(),
        Value::Bytes(_) => None,
    };
    let (ack, payload) = match &packet.inner {
        PacketData::Connect(Some(value)) => (None, Some(parse(value)?)),
        PacketData::Connect(None) | PacketData::Disconnect | PacketData::ConnectError(_) => (None, None),
        PacketData::Event(value, ack) | PacketData::BinaryEvent(value, ack) => (*ack, Some(parse(value)?)),
        PacketData::EventAck(value, ack) | PacketData::BinaryAck(value, ack) => {
            (Some(*ack), Some(parse(value)?))
        }
    };
    Some(Meaning { kind: packet.inner.index(), namespace: packet.ns.to_string(), ack, payload })
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::hash_map("\\PC{0,6}", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

fn namespace() -> impl Strategy<Value = String> {
    prop_oneof![Just("/".to_owned()), "/[a-z0-9]{1,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn events_are_written_and_read_as_they_write_and_read_them(
        name in "[a-zA-Zé\"\\\\ ]{1,10}", args in prop::collection::vec(any_json(), 1..3),
        namespace in namespace(), ack in prop::option::of(0i64..i64::MAX),
    ) {
        let ours = Packet {
            namespace: Cow::Borrowed(&namespace),
            body: Body::Event { name: Cow::Borrowed(&name), args: raw(&args), ack: ack.map(|ack| ack as u64), attachments: None },
        };
        let frame = ours.encode();
        let text = &frame[1..];
        let theirs = their_encode(PacketData::Event(their_value(&args, Some(&name)), ack), &namespace);
        prop_assert_eq!(text, &theirs);
        let read = their_meaning(&their_decode(text).unwrap()).unwrap();
        prop_assert_eq!(our_meaning(&Packet::decode(text).unwrap()), read);
    }

    #[test]
    fn acks_are_written_and_read_as_they_write_and_read_them(
        args in prop::collection::vec(any_json(), 1..3), namespace in namespace(), id in 0i64..i64::MAX,
    ) {
        let ours = Packet {
            namespace: Cow::Borrowed(&namespace),
            body: Body::Ack { id: id as u64, args: raw(&args), attachments: None },
        };
        let frame = ours.encode();
        let text = &frame[1..];
        let theirs = their_encode(PacketData::EventAck(their_value(&args, None), id), &namespace);
        prop_assert_eq!(text, &theirs);
        let read = their_meaning(&their_decode(text).unwrap()).unwrap();
        prop_assert_eq!(our_meaning(&Packet::decode(text).unwrap()), read);
    }

    /// Text that is nearly a packet: where both read it they agree on what it says, and decoding
    /// never panics.
    #[test]
    fn whatever_both_can_read_means_the_same_to_both(
        text in "[0-7é](/[a-z]{0,3},)?[0-9]{0,3}-?(\\[\"?[a-z]{0,3}\"?(,[0-9]{1,2}|,\\{\\})?\\]|\\{\"a\":1\\}|)",
    ) {
        if let (Ok(ours), Some(theirs)) = (Packet::decode(&text), their_decode(&text))
            && let Some(theirs) = their_meaning(&theirs)
        {
            prop_assert_eq!(our_meaning(&ours), theirs);
        }
    }

    #[test]
    fn what_decodes_is_written_the_same_again(text in "[0-6](/[a-z]{1,3},)?[0-9]{0,3}(\\[\"[a-z]{1,3}\"(,[0-9]{1,2}|,\\{\\})?\\]|\\{\"a\":1\\}|)") {
        if let Ok(packet) = Packet::decode(&text) {
            let again = packet.encode();
            let reread = Packet::decode(&again[1..]).unwrap();
            prop_assert_eq!(our_meaning(&reread), our_meaning(&packet));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = Packet::decode(&text);
        let _ = typed_socketio_client::packet::EnginePacket::decode(&text);
    }
}

/// The packet that their parser cannot read, because a server never receives one.
#[test]
fn a_refused_connect_is_ours_to_read_alone() {
    assert!(their_decode(r#"4{"message":"no"}"#).is_none());
    let packet = Packet::decode(r#"4{"message":"no"}"#).unwrap();
    assert!(matches!(packet.body, Body::ConnectError(Some(_))));
}
