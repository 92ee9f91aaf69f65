//! Questions and answers, of both directions.

use serde_json::json;

use crate::script::{
    Scenario, call, connect, cut, emit, scenario, server_asks, server_emits, server_sends, wait,
};

pub(crate) fn all() -> Vec<Scenario> {
    vec![
        scenario("a call is numbered from nought", [connect(), call("echo", json!({ "a": 1 }))]),
        scenario(
            "calls are numbered one after the other, events are not",
            [connect(), call("echo", json!(1)), emit("bounce", json!(2)), call("echo", json!(3))],
        ),
        scenario("an answer may be a refusal", [connect(), call("refuse", json!({ "code": 7 }))]),
        scenario("an answer may have any letters", [connect(), call("echo", json!("é🎉\"\\"))]),
        scenario(
            "answers come in any order",
            [connect(), call("late", json!("first")).at_once(), call("echo", json!("second")).quiet(400)],
        ),
        scenario("a call that nobody answers times out", [connect(), call("silent", json!(1)).quiet(300)])
            .call_timeout(150),
        scenario(
            "an answer that comes after the time-out is nobody's",
            [connect(), call("late", json!(1)).quiet(400), call("echo", json!(2))],
        )
        .call_timeout(120),
        scenario(
            "a call on its way when the connection breaks has no answer",
            [connect(), call("silent", json!(1)), cut()],
        ),
        scenario(
            "numbers go on after a reconnect",
            [connect(), call("echo", json!(1)), cut(), call("echo", json!(2))],
        ),
        scenario(
            "a call made before it is connected goes out right after CONNECT",
            [connect().at_once(), call("echo", json!(1)).at_once(), emit("bounce", json!(2))],
        ),
        scenario(
            "an answer to a question that nobody asked is nobody's",
            [connect(), server_sends("399[1]"), call("echo", json!(1))],
        ),
        scenario(
            "a second answer is nobody's",
            [connect(), call("echo", json!(1)), server_sends(r#"30[{"data":2}]"#), call("echo", json!(3))],
        ),
        scenario(
            "what the server asks is answered under its number",
            [connect(), server_asks("said", json!([{ "a": 1 }])), server_asks("said", json!([2]))],
        ),
        scenario(
            "an ack of the server that needs none comes with an event that needs one",
            [connect(), server_sends(r#"212["said",1]"#), wait(100)],
        ),
        scenario(
            "a question of the server is answered with what its handler says",
            [
                connect(),
                server_asks("question", json!([{ "a": "é🎉" }])),
                server_asks("question", json!(["second"])),
                server_asks("question", json!([null])),
            ],
        ),
        scenario(
            "a question that nobody answers has no ack",
            [connect(), server_asks("ignored", json!([1]))],
        ),
        scenario(
            "a question without an ack is told and not answered",
            [connect(), server_emits("question", json!([1]))],
        ),
        scenario(
            "questions and calls may cross",
            [
                connect(),
                call("late", json!(1)).at_once(),
                server_asks("question", json!([2])),
                call("echo", json!(3)).quiet(400),
            ],
        ),
    ]
}
