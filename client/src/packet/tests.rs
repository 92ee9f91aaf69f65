//! Packets and their text.

use super::*;

#[test]
fn an_event_is_written_with_its_arguments_as_they_are() {
    let write = |arguments: &str, ack, attachments| {
        let arguments: &RawValue = serde_json::from_str(arguments).unwrap();
        encode_event("/a", "x\"", arguments, ack, attachments)
    };
    assert_eq!(write("[]", None, None), r#"42/a,["x\""]"#);
    assert_eq!(write("[ ]", Some(7), None), r#"42/a,7["x\""]"#);
    assert_eq!(write("[1,[2]]", Some(0), Some(3)), r#"453-/a,0["x\"",1,[2]]"#);
}

fn same(text: &str) {
    let packet = Packet::decode(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(packet.encode(), format!("4{text}"));
}

#[test]
fn packets_of_the_specification_come_back_the_same() {
    for text in [
        "0",
        r#"0{"token":"123"}"#,
        r#"0/admin,{"sid":"x"}"#,
        "1",
        "1/admin,",
        r#"2["foo"]"#,
        r#"2/admin,["bar"]"#,
        r#"212["foo",{"a":1}]"#,
        r#"3/admin,13["ok"]"#,
        "30[]",
        r#"4{"message":"Not authorized"}"#,
        r#"4/admin,"no""#,
        r#"51-["baz",{"_placeholder":true,"num":0}]"#,
        r#"61-/admin,456[{"_placeholder":true,"num":0}]"#,
        r#"2["sch\"ön\n",null,"é🎉"]"#,
    ] {
        if text == "1/admin," {
            assert_eq!(Packet::decode(text).unwrap().encode(), "41/admin,");
        } else {
            same(text);
        }
    }
}

#[test]
fn what_is_no_packet_is_refused_with_a_reason() {
    for (text, part) in [
        ("", "empty"),
        ("7", "unknown packet type '7'"),
        ("é", "unknown packet type 'é'"),
        ("2", "payload"),
        ("2{}", "payload"),
        ("2[]", "without a name"),
        ("2[7]", "name is a string"),
        (r#"2["a""#, "payload"),
        (r#"3["a"]"#, "number"),
        ("5[]", "number"),
        (r#"5x-["a"]"#, "number"),
        (r#"50-["a"]"#, "without attachments"),
        (r#"599999999999-["a"]"#, "number"),
        (r#"299999999999999999999["a"]"#, "number"),
        (r#"0"x""#, "object"),
        ("1{}", "more than"),
    ] {
        let error = Packet::decode(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn the_handshake_says_how_long_silence_may_last() {
    let frame = r#"0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
    let Ok(EnginePacket::Open(handshake)) = EnginePacket::decode(frame) else { panic!("no handshake") };
    assert_eq!(handshake.silence_limit(), Duration::from_secs(45));
    assert_eq!(EnginePacket::decode("2probe"), Ok(EnginePacket::Ping("probe")));
    assert!(handshake.upgrades);
    assert_eq!(handshake.max_payload, 1_000_000);
    assert_eq!(EnginePacket::decode("9"), Err(PacketError::Type('9')));
}
