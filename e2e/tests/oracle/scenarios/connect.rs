//! Being let in, and not.

use serde_json::json;

use crate::script::{Scenario, connect, cut, emit, scenario, server_falls_silent, server_sends, wait};

pub(crate) fn all() -> Vec<Scenario> {
    vec![
        scenario("it connects without auth", [connect()]),
        scenario("it connects with auth", [connect()]).auth([json!({ "token": "let me in" })]),
        scenario("what it authenticates with may have any letters", [connect()])
            .auth([json!({ "token": "grüß \"dich\"\n\u{1}🎉\\" })]),
        scenario("auth is evaluated anew for each connect", [connect(), cut(), cut()]).auth([
            json!({ "token": "first" }),
            json!({ "token": "second" }),
            json!({ "token": "third" }),
        ]),
        scenario("connecting twice is connecting once", [connect(), connect()]),
        scenario("connecting twice at once is connecting once", [connect().at_once(), connect()]),
        scenario("a refusal is told with its sentence and is final", [connect(), wait(200)])
            .auth([json!({ "token": "refuse" })]),
        scenario("after a refusal the program may connect again", [connect(), connect()])
            .auth([json!({ "token": "refuse" }), json!({ "token": "let me in" })]),
        scenario(
            "what was emitted before a refusal goes out when it is let in at last",
            [connect().at_once(), emit("bounce", json!("kept")), connect()],
        )
        .auth([json!({ "token": "refuse" }), json!({ "token": "let me in" })]),
        scenario("a ping is answered with a pong", [connect(), wait(400)])
            .server(json!({ "pingInterval": 100, "pingTimeout": 300 })),
        scenario(
            "a server that pings no more is left and connected to again",
            [connect(), server_falls_silent(), wait(500)],
        )
        .server(json!({ "pingInterval": 150, "pingTimeout": 100 })),
        scenario("a packet that is none ends the connection", [connect(), server_sends("9[]")]),
        scenario("an event that is no JSON ends the connection", [connect(), server_sends(r#"2["a""#)]),
        scenario("an event without a name ends the connection", [connect(), server_sends("2[]")]),
        scenario("an event that is an object ends the connection", [connect(), server_sends("2{}")]),
        scenario(
            "a packet of a namespace that nobody is in is nobody's",
            [connect(), server_sends(r#"2/elsewhere,["said",1]"#), emit("bounce", json!(2))],
        ),
    ]
}
