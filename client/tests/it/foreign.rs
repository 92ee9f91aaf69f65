//! A server that was written without our table: plain acks, Node's callbacks, several arguments, events
//! that no table has.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use typed_socketio::{Binary, Dynamic, DynamicEvent, ErrorFirst, documents, events};
use typed_socketio_client::{CallError, DisconnectReason, Notice, Transports, native};

use crate::peer::{OPEN, accept, in_time, listen, next, start};

/// Its elements are the arguments.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Move(i32, String);

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Look {}

events! {
    /// A game on a Node server.
    catalogue Game { error: String, ack: ErrorFirst, binary: true }
    /// What a player does.
    client Play {
        /// Moves.
        "move" => Move(..) -> i32, [1, "north"];
        /// Looks around.
        "look" => Look -> Vec<String>, {};
    }
    /// What a player hears.
    server News {
        /// Somebody moved: who, where to, and a picture.
        "moved" => Moved(String, i32, Binary), ["ann", 2, { "_placeholder": true, "num": 0 }];
        /// It is one's turn.
        "turn" => Turn(Option<u32>), 3;
        /// An older way to say who moved.
        "pair" => Pair((String, i32)), ["ann", 2];
    }
}

#[tokio::test]
async fn several_arguments_go_out_and_come_in() {
    let (mut server, client, mut notices) = start::<Game>().await;
    let (answer, ()) = tokio::join!(client.call(Move(2, "north".to_owned())), async {
        assert_eq!(server.hear().await, r#"420["move",2,"north"]"#);
        server.say("430[null,7]").await;
    });
    assert_eq!(answer, Ok(7));

    server.say(r#"451-["moved","ann",2,{"_placeholder":true,"num":0}]"#).await;
    server.say(vec![1, 2]).await;
    match next(&mut notices).await {
        Notice::Event(News::Moved((who, place, Binary(picture)))) => {
            assert_eq!((who.as_str(), place, picture), ("ann", 2, vec![1, 2]));
        }
        other => panic!("{other:?}"),
    }
    // No argument is `null`; several are one array where one is expected.
    server.say(r#"42["turn"]"#).await;
    assert!(matches!(next(&mut notices).await, Notice::Event(News::Turn(None))));
    for frame in [r#"42["pair","ann",2]"#, r#"42["pair",["ann",2]]"#] {
        server.say(frame).await;
        assert!(matches!(next(&mut notices).await, Notice::Event(News::Pair((_, 2)))));
    }
}

#[tokio::test]
async fn a_callback_with_an_error_first_refuses() {
    let (mut server, client, _notices) = start::<Game>().await;
    let (refused, ()) = tokio::join!(client.call(Look {}), async {
        assert_eq!(server.hear().await, r#"420["look",{}]"#);
        server.say(r#"430["it is dark"]"#).await;
    });
    assert_eq!(refused, Err(CallError::Refused("it is dark".to_owned())));
}

#[tokio::test]
async fn an_ack_of_another_shape_is_an_error_that_says_so() {
    let (mut server, client, _notices) = start::<Game>().await;
    let (answer, ()) = tokio::join!(client.call(Look {}), async {
        server.hear().await;
        server.say("430[null,[],3]").await;
    });
    let sentence = "an answer that does not fit the event: an ack of 3 arguments, where an error and an \
                    answer are expected";
    assert_eq!(answer.unwrap_err().to_string(), sentence);
}

#[tokio::test]
async fn events_that_no_table_has_are_sent_and_received_by_name() {
    let (mut server, client, mut notices) = start::<Dynamic>().await;
    assert_eq!(client.id().as_deref(), Some("n"));
    let (answer, ()) = tokio::join!(client.call_by_name::<Value, _, _>("sum", &(1, 2)), async {
        assert_eq!(server.hear().await, r#"420["sum",1,2]"#);
        server.say(r#"430[{"sum":3}]"#).await;
    });
    assert_eq!(answer.unwrap(), json!({ "sum": 3 }));
    client.emit_by_name("picture", &("rain", Binary(vec![7]))).unwrap();
    assert_eq!(server.hear().await, r#"451-["picture","rain",{"_placeholder":true,"num":0}]"#);
    assert_eq!(server.hear_bytes().await, [7]);
    assert!(client.emit_by_name("no list", &7).is_err());

    server.say(r#"452-["pictures",1,{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]"#).await;
    server.say(vec![1]).await;
    server.say(vec![2, 3]).await;
    let place = |num: u32| json!({ "_placeholder": true, "num": num });
    let expected = DynamicEvent {
        name: "pictures".to_owned(),
        arguments: vec![json!(1), place(0), json!([place(1)])],
        attachments: vec![vec![1], vec![2, 3]],
    };
    assert!(matches!(next(&mut notices).await, Notice::Event(event) if event == expected));
    // In a client with a table, what is not in it is handed over as it came.
    let (mut server, _client, mut notices) = start::<Game>().await;
    server.say(r#"42["weather","rain",[3]]"#).await;
    match next(&mut notices).await {
        Notice::Unreadable { event, arguments, .. } => {
            assert_eq!((event.as_str(), arguments.get()), ("weather", r#"["rain",[3]]"#));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_json_inside_of_an_event_ends_the_connection() {
    let (mut server, _client, mut notices) = start::<Game>().await;
    server.say(r#"42["turn",{oops]"#).await;
    match next(&mut notices).await {
        Notice::Disconnected { reason: DisconnectReason::Protocol(error), retry_in: Some(_) } => {
            assert!(error.contains("a payload that does not fit the packet"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    let (mut server, _client, mut notices) = start::<Dynamic>().await;
    server.say(r#"42["turn",1]]"#).await;
    let notice = next(&mut notices).await;
    assert!(
        matches!(notice, Notice::Disconnected { reason: DisconnectReason::Protocol(_), .. }),
        "{notice:?}"
    );
}

#[tokio::test]
async fn a_server_that_is_no_socket_io_server_is_called_so() {
    let (listener, options) = listen().await;
    let app = axum::Router::new().route("/", axum::routing::get(|| async { "hello" }));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    for (transports, sentence) in [
        (Transports::WebSocketThenPolling, "no greeting of Socket.IO, but \"404 Not Found"),
        (Transports::WebSocket, "the server does not open a WebSocket here, but answers 404 Not Found"),
    ] {
        let (_client, mut notices) = native::connect::<Game>(options.clone().transports(transports));
        match next(&mut notices).await {
            Notice::Disconnected { reason, .. } => {
                assert!(reason.to_string().contains(sentence), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn every_connection_has_an_id() {
    let (listener, options) = listen().await;
    let (client, mut notices) = native::connect::<Game>(options);
    assert_eq!(client.id(), None);
    for id in ["one", "two"] {
        let mut server = accept(&listener).await;
        server.let_in(OPEN, id).await;
        while !matches!(next(&mut notices).await, Notice::Connected) {}
        assert_eq!(client.id().as_deref(), Some(id));
        drop(server);
        in_time(async {
            while client.id().is_some() {
                tokio::task::yield_now().await
            }
        })
        .await;
    }
}

#[test]
fn the_documents_have_the_arguments_and_the_callback_in_them() {
    let typescript = documents::typescript::<Game>("", &[]);
    for line in [
        "move: (argument1: number, argument2: string, ack?: (error: string | null, answer?: number) => void) => void;",
        "moved: (argument1: string, argument2: number, argument3: Binary) => void;",
    ] {
        assert!(typescript.contains(line), "{line}\n{typescript}");
    }
}
