//! Ends of a connection on purpose.

use serde_json::json;

use crate::script::{
    Scenario, call, connect, cut, disconnect, emit, offline, online, scenario, server_closes,
    server_closes_engine, server_disconnects, wait,
};

pub(crate) fn all() -> Vec<Scenario> {
    vec![
        scenario("it says goodbye and stays away", [connect(), disconnect(), wait(200)]),
        scenario(
            "after its goodbye it may connect again",
            [connect(), disconnect(), connect(), emit("bounce", json!(1))],
        ),
        scenario("a goodbye while nothing is connected is silent", [connect(), disconnect(), disconnect()]),
        scenario(
            "what the goodbye overtakes has no answer",
            [connect(), call("silent", json!(1)), disconnect()],
        ),
        scenario(
            "what was emitted before the goodbye goes out before it",
            [connect(), emit("silent", json!(1)).at_once(), disconnect()],
        ),
        scenario(
            "a goodbye while it waits for the next try ends the trying",
            [connect(), offline(), disconnect(), online(), wait(200)],
        ),
        scenario("sent away, it stays away", [connect(), server_disconnects(), wait(200)]),
        scenario(
            "sent away, it may connect again",
            [connect(), server_disconnects(), connect(), emit("bounce", json!(1))],
        ),
        scenario("sent away with the connection, it stays away", [connect(), server_closes(), wait(200)]),
        scenario(
            "what it asked when it was sent away has no answer",
            [connect(), call("silent", json!(1)), server_disconnects()],
        ),
        scenario(
            "a connection that the server closes without a word comes back",
            [connect(), server_closes_engine(), emit("bounce", json!(1))],
        ),
        scenario("connecting does not wait for the next try", [connect(), cut().at_once(), connect()]),
    ]
}
