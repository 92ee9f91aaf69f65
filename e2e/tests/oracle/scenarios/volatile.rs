//! Events that are worth nothing later.

use serde_json::json;

use crate::script::{Scenario, connect, disconnect, emit, emit_volatile, offline, online, scenario};

pub(crate) fn all() -> Vec<Scenario> {
    vec![
        scenario("a volatile event goes out like any other", [connect(), emit_volatile("bounce", json!(1))]),
        scenario(
            "a volatile event offline is dropped",
            [
                connect(),
                offline(),
                emit_volatile("bounce", json!(1)),
                emit("bounce", json!(2)),
                online().quiet(200),
            ],
        ),
        scenario(
            "a volatile event before there is a connection is dropped",
            [connect().at_once(), emit_volatile("bounce", json!(1)).at_once(), emit("bounce", json!(2))],
        ),
        scenario(
            "a volatile event after the goodbye is dropped",
            [connect(), disconnect(), emit_volatile("bounce", json!(1)), connect()],
        )
        .heard_differs(
            "volatile events",
            4,
            ["websocket opened with EIO=4&transport=websocket", "websocket 40"],
        )
        .told_differs("volatile events", 4, ["connected"]),
    ]
}
