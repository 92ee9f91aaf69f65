//! Bytes in payloads.

use serde_json::{Value, json};

use crate::script::{
    Scenario, call, connect, emit, emit_volatile, offline, online, scenario, server_asks, server_emits,
};

pub(crate) fn all() -> Vec<Scenario> {
    let bytes = |hex: &str| -> Value { json!({ "$binary": hex }) };
    let nested = json!({
        "name": "an album",
        "pages": [{ "image": bytes("01"), "text": null }, { "image": bytes("02ff"), "text": "é" }],
        "cover": { "front": bytes(""), "back": [[bytes("03")], []] },
    });
    let large = bytes(&"00ff10".repeat(30_000));
    let polling = |name, steps: Vec<_>| scenario(name, steps).transports(&["polling"]);
    vec![
        scenario("an event is nothing but bytes", [connect(), emit("bounce", bytes("00010203fdfeff"))]),
        scenario("an event has no bytes at all in its attachment", [connect(), emit("bounce", bytes(""))]),
        scenario(
            "an event has bytes in a list",
            [connect(), emit("bounce", json!([bytes("01"), 7, bytes("02")]))],
        ),
        scenario(
            "an event has bytes in an object",
            [connect(), emit("bounce", json!({ "a": 1, "b": bytes("01") }))],
        ),
        scenario("an event has bytes deep inside", [connect(), emit("bounce", nested.clone())]),
        scenario(
            "an event has the same bytes twice",
            [connect(), emit("bounce", json!([bytes("01"), bytes("01")]))],
        ),
        scenario(
            "an event has ten attachments",
            [connect(), emit("bounce", (0..10).map(|n| bytes(&format!("0{n}"))).collect())],
        ),
        scenario("an event has 90,000 bytes", [connect(), emit("bounce", large.clone())]),
        scenario("a call has bytes and so has its answer", [connect(), call("echo", nested.clone())]),
        scenario("a refusal has bytes", [connect(), call("refuse", json!({ "why": bytes("07") }))]),
        scenario(
            "an answer has bytes where the question had none before",
            [connect(), call("echo", json!(1)), call("echo", bytes("01"))],
        ),
        scenario("it hears bytes", [connect(), server_emits("said", json!([nested]))]),
        scenario(
            "it hears bytes with an ack asked for",
            [connect(), server_asks("said", json!([bytes("01")]))],
        ),
        scenario(
            "a question of the server has bytes and so has the answer",
            [connect(), server_asks("question", json!([nested]))],
        ),
        scenario(
            "bytes go out in their order among other events",
            [
                connect(),
                emit("bounce", bytes("01")).at_once(),
                emit("bounce", json!(2)).at_once(),
                emit("bounce", bytes("03")),
            ],
        ),
        scenario(
            "bytes emitted offline go out when it is back",
            [connect(), offline(), emit("bounce", nested.clone()), online().quiet(200)],
        ),
        scenario(
            "volatile bytes offline are dropped",
            [connect(), offline(), emit_volatile("bounce", bytes("01")), online().quiet(200)],
        ),
        scenario(
            "bytes go to their namespace",
            [
                connect(),
                connect().in_namespace("/admin"),
                emit("bounce", nested.clone()).in_namespace("/admin"),
                call("echo", bytes("01")).in_namespace("/admin"),
            ],
        ),
        polling("bytes go out over polling", vec![connect(), emit("bounce", nested.clone()).quiet(200)]),
        polling(
            "bytes go out over polling among other events",
            vec![
                connect(),
                emit("bounce", bytes("01")).at_once(),
                emit("bounce", json!(2)).at_once(),
                call("echo", bytes("fffefd")).quiet(300),
            ],
        ),
        polling(
            "it hears bytes over polling",
            vec![connect(), server_emits("said", json!([nested])).quiet(200)],
        ),
        scenario(
            "bytes go over the WebSocket after an upgrade",
            [connect().quiet(300), emit("bounce", nested)],
        )
        .transports(&["polling", "websocket"]),
    ]
}
