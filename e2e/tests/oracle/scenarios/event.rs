//! Events of both directions.

use serde_json::json;

use crate::script::{Scenario, connect, emit, scenario, server_emits};

pub(crate) fn all() -> Vec<Scenario> {
    let large: String = "0123456789abcdef".repeat(4_000);
    vec![
        scenario(
            "an event carries an object",
            [connect(), emit("bounce", json!({ "b": 1, "a": [true, null] }))],
        ),
        scenario("an event carries a text", [connect(), emit("bounce", json!("hello"))]),
        scenario("an event carries a number", [connect(), emit("bounce", json!(-7.5))]),
        scenario("an event carries null", [connect(), emit("bounce", json!(null))]),
        scenario("an event carries an empty object", [connect(), emit("bounce", json!({}))]),
        scenario("an event carries an empty list", [connect(), emit("bounce", json!([]))]),
        scenario(
            "an event carries any letters",
            [connect(), emit("bounce", json!("é 🎉 \u{2028} \" \\ \n \t \u{7f} \u{0} ﷽"))],
        ),
        scenario("a key may have any letters", [connect(), emit("bounce", json!({ "ключ \"": "значение" }))]),
        scenario("an event's name may have any letters", [connect(), emit("grüß \"dich\" 🎉", json!(1))]),
        scenario("an event carries 64,000 characters", [connect(), emit("bounce", json!(large))]),
        scenario(
            "events go out in the order in which they were emitted",
            [
                connect(),
                emit("bounce", json!(1)).at_once(),
                emit("bounce", json!(2)).at_once(),
                emit("silent", json!(3)).at_once(),
                emit("bounce", json!(4)),
            ],
        ),
        scenario(
            "what is emitted before it is connected goes out right after CONNECT",
            [connect().at_once(), emit("bounce", json!(1)).at_once(), emit("bounce", json!(2))],
        ),
        scenario("it hears an event of the server", [connect(), server_emits("said", json!([{ "a": 1 }]))]),
        scenario(
            "it hears an event whose name has any letters",
            [connect(), server_emits("grüß \"dich\" 🎉", json!(["\u{1F600}"]))],
        ),
        scenario(
            "it hears the server's events in their order",
            [
                connect(),
                server_emits("said", json!([1])).at_once(),
                server_emits("said", json!([2])).at_once(),
                server_emits("said", json!([3])),
            ],
        ),
        scenario("it hears a large event", [connect(), server_emits("said", json!([large]))]),
        scenario("several arguments are a list", [connect(), server_emits("said", json!([1, 2, 3]))])
            .told_differs("arguments of an event", 2, ["event said [1,2,3]"]),
        scenario(
            "an event without arguments has the payload null",
            [connect(), server_emits("said", json!([]))],
        )
        .told_differs("arguments of an event", 2, ["event said null"]),
    ]
}
