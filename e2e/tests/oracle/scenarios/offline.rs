//! Connections that break, and what happens meanwhile.

use serde_json::json;

use crate::script::{Scenario, call, connect, cut, emit, offline, online, scenario, wait};

pub(crate) fn all() -> Vec<Scenario> {
    vec![
        scenario("a connection that breaks comes back", [connect(), cut(), emit("bounce", json!(1))]),
        scenario("it comes back as often as it breaks", [connect(), cut(), cut(), cut(), cut()]),
        scenario(
            "what is emitted offline goes out when it is back, in its order",
            [
                connect(),
                offline(),
                emit("bounce", json!(1)).at_once(),
                emit("bounce", json!(2)).at_once(),
                emit("bounce", json!(3)),
                online().quiet(200),
            ],
        ),
        scenario(
            "calls made offline go out when it is back, with their numbers and among the events",
            [
                connect(),
                call("echo", json!(1)),
                offline(),
                call("echo", json!(2)).at_once(),
                emit("bounce", json!(3)).at_once(),
                call("echo", json!(4)),
                online().quiet(200),
            ],
        ),
        scenario(
            "a call that times out offline does not go out",
            [
                connect(),
                offline(),
                call("echo", json!(1)).quiet(250),
                emit("bounce", json!(2)),
                online().quiet(200),
            ],
        )
        .call_timeout(150),
        scenario(
            "it waits for a server that is not there yet",
            [connect(), offline(), wait(200), online().quiet(200), emit("bounce", json!(1))],
        ),
        scenario(
            "a call lost with its connection is not sent again",
            [connect(), call("silent", json!(1)), cut(), call("echo", json!(2))],
        ),
    ]
}
