//! Bytes in payloads: ours against the codec that the server's library uses.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use proptest::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};
use serde_json::value::to_raw_value;
use socketioxide_core::{
    Value,
    packet::{Packet as Theirs, PacketData},
    parser::{Parse, ParseConfig, ParseError, ParserState},
};
use socketioxide_parser_common::CommonParser;
use typed_socketio::{Binary, binary};
use typed_socketio_client::packet::{Body, Packet};

/// A payload with bytes of either kind in many places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Album<B> {
    title: String,
    cover: B,
    // No tuples and no options: their codec does not look for bytes in those.
    pages: Vec<Page<B>>,
    index: BTreeMap<String, Vec<B>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Page<B> {
    number: i32,
    image: B,
}

/// Bytes as their codec takes them.
#[derive(Clone, Debug, PartialEq)]
struct TheirBytes(Vec<u8>);

impl Serialize for TheirBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for TheirBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = TheirBytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<TheirBytes, E> {
                Ok(TheirBytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<TheirBytes, E> {
                Ok(TheirBytes(bytes))
            }
        }

        deserializer.deserialize_byte_buf(Bytes)
    }
}

impl<B> Album<B> {
    fn with<T>(self, mut bytes: impl FnMut(B) -> T) -> Album<T> {
        Album {
            title: self.title,
            cover: bytes(self.cover),
            pages: self
                .pages
                .into_iter()
                .map(|page| Page { number: page.number, image: bytes(page.image) })
                .collect(),
            index: self
                .index
                .into_iter()
                .map(|(key, all)| (key, all.into_iter().map(&mut bytes).collect()))
                .collect(),
        }
    }
}

fn album() -> impl Strategy<Value = Album<Vec<u8>>> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..9);
    let page = (any::<i32>(), bytes()).prop_map(|(number, image)| Page { number, image });
    (
        "\\PC{0,9}",
        bytes(),
        prop::collection::vec(page, 0..4),
        prop::collection::btree_map("\\PC{0,5}", prop::collection::vec(bytes(), 0..3), 0..3),
    )
        .prop_map(|(title, cover, pages, index)| Album { title, cover, pages, index })
}

fn namespace() -> impl Strategy<Value = String> {
    prop_oneof![Just("/".to_owned()), "/[a-zé]{1,8}"]
}

/// A text packet and what follows it.
type Frames = (String, Vec<Vec<u8>>);

fn ours(namespace: &str, name: Option<&str>, ack: Option<i64>, album: &Album<Vec<u8>>) -> Frames {
    let album = album.clone().with(Binary);
    let (json, attachments) = binary::writing(|| to_raw_value(&album).unwrap());
    let (args, ack) = (vec![Cow::Owned(json)], ack.map(|ack| ack.unsigned_abs()));
    let count = Some(u32::try_from(attachments.len()).unwrap());
    let body = match (name, ack) {
        (Some(name), ack) => Body::Event { name: name.into(), args, ack, attachments: count },
        (None, ack) => Body::Ack { id: ack.unwrap_or_default(), args, attachments: count },
    };
    (Packet { namespace: namespace.into(), body }.encode()[1..].to_owned(), attachments)
}

fn theirs(namespace: &str, name: Option<&str>, ack: Option<i64>, album: &Album<Vec<u8>>) -> Frames {
    let album = album.clone().with(TheirBytes);
    // A tuple is spread over the arguments; a struct is one.
    let value = CommonParser.encode_value(&album, name).unwrap();
    let inner = match (name, ack) {
        (Some(_), ack) => PacketData::BinaryEvent(value, ack),
        (None, ack) => PacketData::BinaryAck(value, ack.unwrap_or_default()),
    };
    match CommonParser.encode(Theirs { inner, ns: namespace.to_owned().into() }) {
        Value::Str(text, attachments) => (
            text.to_string(),
            attachments.into_iter().flatten().map(|attachment| attachment.to_vec()).collect(),
        ),
        Value::Bytes(_) => panic!("a text packet became binary"),
    }
}

/// What their codec reads from our frames.
fn their_reading((text, attachments): &Frames) -> (Theirs, Album<Vec<u8>>) {
    let (config, state) = (ParseConfig::default(), ParserState::default());
    let mut packet = CommonParser.decode_str(&config, &state, text.clone().into());
    for attachment in attachments {
        assert!(matches!(packet, Err(ParseError::NeedsMoreBinaryData)), "{text}: {packet:?}");
        packet = CommonParser.decode_bin(&config, &state, attachment.clone().into());
    }
    let mut packet = packet.unwrap();
    let (PacketData::BinaryEvent(value, _) | PacketData::BinaryAck(value, _)) = &mut packet.inner else {
        panic!("not a binary packet: {packet:?}");
    };
    let with_event = text.starts_with('5');
    let album: Album<TheirBytes> = CommonParser.decode_value(value, with_event).unwrap();
    (packet, album.with(|TheirBytes(bytes)| bytes))
}

/// What ours reads from their frames.
fn our_reading((text, attachments): Frames) -> (String, Option<u64>, Album<Vec<u8>>) {
    let packet = Packet::decode(&text).unwrap();
    let (ack, args, count) = match &packet.body {
        Body::Event { ack, args, attachments, .. } => (*ack, args, *attachments),
        Body::Ack { id, args, attachments } => (Some(*id), args, *attachments),
        other => panic!("not a binary packet: {other:?}"),
    };
    assert_eq!(count.map(|count| count as usize), Some(attachments.len()));
    let [json] = &args[..] else { panic!("not one argument: {args:?}") };
    let album: Album<Binary> = binary::reading(attachments, || serde_json::from_str(json.get()).unwrap());
    (packet.namespace.into_owned(), ack, album.with(|Binary(bytes)| bytes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn binary_events_are_written_and_read_as_they_write_and_read_them(
        album in album(), name in "[a-zé\"]{1,8}", namespace in namespace(),
        ack in prop::option::of(0i64..i64::MAX),
    ) {
        let frames = ours(&namespace, Some(&name), ack, &album);
        prop_assert_eq!(&frames, &theirs(&namespace, Some(&name), ack, &album));
        let (packet, read) = their_reading(&frames);
        prop_assert_eq!((packet.ns.as_str(), &read), (namespace.as_str(), &album));
        let (their_namespace, their_ack, read) = our_reading(frames);
        prop_assert_eq!(their_namespace, namespace);
        prop_assert_eq!((their_ack, read), (ack.map(i64::unsigned_abs), album));
    }

    #[test]
    fn binary_acks_are_written_and_read_as_they_write_and_read_them(
        album in album(), namespace in namespace(), id in 0i64..i64::MAX,
    ) {
        let frames = ours(&namespace, None, Some(id), &album);
        prop_assert_eq!(&frames, &theirs(&namespace, None, Some(id), &album));
        prop_assert_eq!(their_reading(&frames).1, album.clone());
        prop_assert_eq!(our_reading(frames), (namespace, Some(id.unsigned_abs()), album));
    }

    /// CONNECT and DISCONNECT of any namespace.
    #[test]
    fn namespaces_are_joined_and_left_as_they_do(namespace in namespace(), token in "\\PC{0,9}") {
        let auth = to_raw_value(&BTreeMap::from([("token", &token)])).unwrap();
        for (body, data) in [
            (Body::Connect(None), PacketData::Connect(None)),
            (
                Body::Connect(Some(Cow::Borrowed(&*auth))),
                PacketData::Connect(Some(Value::Str(auth.get().to_owned().into(), None))),
            ),
            (Body::Disconnect, PacketData::Disconnect),
        ] {
            let ours = Packet { namespace: Cow::Borrowed(&namespace), body }.encode();
            let theirs = CommonParser.encode(Theirs { inner: data, ns: namespace.clone().into() });
            let Value::Str(theirs, _) = theirs else { panic!("a text packet became binary") };
            prop_assert_eq!(&ours[1..], theirs.as_str());
            prop_assert_eq!(Packet::decode(&theirs).unwrap().namespace, namespace.as_str());
        }
    }
}
