//! Long-polling, and the upgrade from it to a WebSocket.

use serde_json::json;

use crate::script::{
    Scenario, call, connect, cut, disconnect, emit, offline, online, scenario, server_closes,
    server_closes_engine, server_disconnects, server_emits, wait,
};

const POLLING: &[&str] = &["polling"];
const UPGRADE: &[&str] = &["polling", "websocket"];

pub(crate) fn all() -> Vec<Scenario> {
    let large: String = "0123456789abcdef".repeat(4_000);
    let polling = |name, steps: Vec<_>| scenario(name, steps).transports(POLLING);
    let upgrade = |name, steps: Vec<_>| scenario(name, steps).transports(UPGRADE);
    vec![
        polling("it connects over polling", vec![connect()]),
        polling(
            "an event goes out over polling and another comes",
            vec![connect(), emit("bounce", json!({ "a": "é🎉" }))],
        ),
        polling(
            "events go out over polling in their order",
            vec![
                connect(),
                emit("bounce", json!(1)).at_once(),
                emit("bounce", json!(2)).at_once(),
                call("echo", json!(3)).at_once(),
                emit("bounce", json!(4)).quiet(200),
            ],
        ),
        polling("a large event goes out over polling", vec![connect(), emit("bounce", json!(large))]),
        polling(
            "several large events go out over polling in parts that the server takes",
            vec![
                connect(),
                emit("silent", json!(large)).at_once(),
                emit("silent", json!(large)).at_once(),
                emit("silent", json!(large)).quiet(200),
            ],
        )
        .server(json!({ "maxHttpBufferSize": 100_000 })),
        polling(
            "it hears the server over polling",
            vec![connect(), server_emits("said", json!([1])), server_emits("said", json!([2]))],
        ),
        polling("a ping over polling is answered", vec![connect(), wait(400)])
            .server(json!({ "pingInterval": 100, "pingTimeout": 300 })),
        polling("it says goodbye over polling", vec![connect(), disconnect().quiet(200)]),
        polling("sent away over polling, it stays away", vec![connect(), server_disconnects(), wait(200)]),
        polling(
            "a session that the server closes over polling comes back",
            vec![connect(), server_closes_engine().quiet(200)],
        ),
        polling(
            "polling that breaks comes back",
            vec![connect(), cut().quiet(200), emit("bounce", json!(1))],
        )
        .heard_differs(
            "polling that failed",
            2,
            ["polling opened with EIO=4&t=…&transport=polling", "polling 40"],
        ),
        polling(
            "namespaces work over polling",
            vec![connect(), connect().in_namespace("/admin"), call("echo", json!(1)).in_namespace("/admin")],
        ),
        polling("it is refused over polling", vec![connect(), wait(150)])
            .auth([json!({ "token": "refuse", "data": 7 })]),
        polling(
            "what is emitted offline goes out over polling when it is back",
            vec![
                connect(),
                offline(),
                emit("bounce", json!(1)).at_once(),
                emit("bounce", json!(2)),
                online().quiet(300),
            ],
        ),
        upgrade("it upgrades from polling to a WebSocket", vec![connect().quiet(300)]),
        upgrade(
            "after the upgrade everything goes over the WebSocket",
            vec![
                connect().quiet(300),
                emit("bounce", json!(1)),
                call("echo", json!(2)),
                server_emits("said", json!([3])),
            ],
        ),
        upgrade(
            "after the upgrade it says goodbye over the WebSocket",
            vec![connect().quiet(300), disconnect()],
        ),
        upgrade(
            "after the upgrade a break leads to polling first",
            vec![connect().quiet(300), cut().quiet(300)],
        ),
        upgrade(
            "after the upgrade the server may close",
            vec![connect().quiet(300), server_closes(), wait(150)],
        ),
        upgrade(
            "where no upgrade is offered it stays with polling",
            vec![connect().quiet(200), emit("bounce", json!(1))],
        )
        .server(json!({ "allowUpgrades": false })),
        upgrade(
            "where the WebSocket fails it stays with polling",
            vec![connect().quiet(300), emit("bounce", json!(1))],
        )
        .without_web_socket(),
    ]
}
