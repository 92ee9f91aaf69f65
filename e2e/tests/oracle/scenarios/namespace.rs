//! Several namespaces over one connection.

use serde_json::json;

use crate::script::{
    Scenario, call, connect, cut, disconnect, emit, offline, online, scenario, server_asks, server_closes,
    server_closes_engine, server_disconnects, server_emits, wait,
};

pub(crate) fn all() -> Vec<Scenario> {
    let admin = "/admin";
    vec![
        scenario(
            "a second namespace joins over the same connection",
            [connect(), connect().in_namespace(admin)],
        ),
        scenario(
            "two namespaces join over one connection when both are wanted at once",
            [connect().at_once(), connect().in_namespace(admin)],
        ),
        scenario(
            "each namespace has auth of its own",
            [connect(), connect().in_namespace(admin), connect().in_namespace("/other")],
        )
        .auth([json!({ "token": "main" })])
        .auth_of(admin, [json!({ "token": "admin" })]),
        scenario(
            "events go to their namespace and come from it",
            [
                connect(),
                connect().in_namespace(admin),
                emit("bounce", json!(1)).in_namespace(admin),
                emit("bounce", json!(2)),
                server_emits("said", json!([3])).in_namespace(admin),
            ],
        ),
        scenario(
            "each namespace counts its calls for itself",
            [
                connect(),
                connect().in_namespace(admin),
                call("echo", json!(1)),
                call("echo", json!(2)).in_namespace(admin),
                call("echo", json!(3)),
                call("echo", json!(4)).in_namespace(admin),
            ],
        ),
        scenario(
            "what the server asks in a namespace is answered there",
            [connect(), connect().in_namespace(admin), server_asks("said", json!([1])).in_namespace(admin)],
        ),
        scenario(
            "leaving one namespace leaves the other in peace",
            [
                connect(),
                connect().in_namespace(admin),
                disconnect().in_namespace(admin),
                emit("bounce", json!(1)),
            ],
        ),
        scenario(
            "a namespace that was left can be joined again",
            [
                connect(),
                connect().in_namespace(admin),
                disconnect().in_namespace(admin),
                connect().in_namespace(admin),
                call("echo", json!(1)).in_namespace(admin),
            ],
        ),
        scenario(
            "leaving the last namespace closes the connection",
            [
                connect(),
                connect().in_namespace(admin),
                disconnect(),
                disconnect().in_namespace(admin),
                wait(150),
            ],
        ),
        scenario(
            "a refused namespace leaves the other in peace",
            [connect(), connect().in_namespace(admin), emit("bounce", json!(1))],
        )
        .auth_of(admin, [json!({ "token": "refuse", "data": { "code": 7 } })]),
        scenario(
            "a namespace that does not exist is refused",
            [connect(), connect().in_namespace("/nowhere"), emit("bounce", json!(1))],
        ),
        scenario(
            "after a refusal a namespace can be joined with something else",
            [connect(), connect().in_namespace(admin), connect().in_namespace(admin)],
        )
        .auth_of(admin, [json!({ "token": "refuse" }), json!({ "token": "let me in" })]),
        scenario(
            "sent away from one namespace, it stays in the other",
            [
                connect(),
                connect().in_namespace(admin),
                server_disconnects().in_namespace(admin),
                emit("bounce", json!(1)),
                connect().in_namespace(admin),
            ],
        ),
        scenario(
            "all namespaces come back after a cut",
            [connect(), connect().in_namespace(admin), cut(), emit("bounce", json!(1)).in_namespace(admin)],
        ),
        scenario(
            "all namespaces come back when the server closes the connection without a word",
            [connect(), connect().in_namespace(admin), server_closes_engine()],
        ),
        scenario(
            "a namespace that was left does not come back after a cut",
            [connect(), connect().in_namespace(admin), disconnect().in_namespace(admin), cut()],
        ),
        scenario(
            "each namespace keeps what was emitted offline",
            [
                connect(),
                connect().in_namespace(admin),
                offline(),
                emit("bounce", json!(1)).in_namespace(admin).at_once(),
                emit("bounce", json!(2)).at_once(),
                emit("bounce", json!(3)).in_namespace(admin),
                online().quiet(200),
            ],
        ),
        scenario(
            "a namespace wanted offline is joined when it is back",
            [connect(), offline(), connect().in_namespace(admin), online().quiet(200)],
        ),
        scenario(
            "sent away with the connection, all namespaces are told",
            [connect(), connect().in_namespace(admin), server_closes(), wait(150)],
        ),
    ]
}
