//! A catalogue with bytes and questions, beside another one over the same connection, against a
//! server of a few lines.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};
use typed_socketio::{Binary, Catalogue as _, Handle, Handler, documents::About};
use typed_socketio_client::{
    CallError, CallFailure, Client, DisconnectReason, NamespaceOptions, Notice, Notices, Options, Transports,
    connection::Direction, native,
};

#[path = "../ui/support/studio.rs"]
#[allow(unreachable_pub, missing_docs)]
mod catalogue;

use super::calculator::catalogue::{Add, Answer, Calculator};
use catalogue::{AreYouThere, Brush, News, Paint, Picture, ShowCanvas, Studio};

const OPEN: &str =
    r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

/// The server's side of the connection, told as frames.
struct Peer(WebSocketStream<TcpStream>);

impl Peer {
    async fn say(&mut self, frame: impl Into<Message>) {
        self.0.send(frame.into()).await.unwrap();
    }

    async fn hear(&mut self) -> String {
        self.0.next().await.unwrap().unwrap().into_text().unwrap().as_str().to_owned()
    }

    async fn hear_bytes(&mut self) -> Vec<u8> {
        self.0.next().await.unwrap().unwrap().into_data().into()
    }
}

/// What an observer wrote down.
type Seen = Arc<Mutex<Vec<String>>>;

async fn start() -> (Peer, Client<Studio>, Notices<Studio>, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let seen = Seen::default();
    let writer = seen.clone();
    let options = Options::new(format!("http://{}", listener.local_addr().unwrap()))
        .transports(Transports::WebSocket)
        .call_timeout(Duration::from_secs(5))
        .observe(move |event| {
            let arrow = if event.direction == Direction::Client { '>' } else { '<' };
            let line = format!("{arrow} {} {} {}", event.namespace, event.event, event.payload);
            writer.lock().unwrap().push(line);
        });
    let (client, mut notices) = native::connect(options);
    let (stream, _) = listener.accept().await.unwrap();
    let mut peer = Peer(accept_async(stream).await.unwrap());
    peer.say(OPEN).await;
    assert_eq!(peer.hear().await, "40");
    peer.say(r#"40{"sid":"n"}"#).await;
    assert!(matches!(next(&mut notices).await, Notice::Connected));
    (peer, client, notices, seen)
}

async fn next<C: typed_socketio::Catalogue>(notices: &mut Notices<C>) -> Notice<C> {
    let notice = tokio::time::timeout(Duration::from_secs(5), notices.next()).await;
    notice.expect("a notice in time").expect("the stream goes on")
}

fn picture(title: &str, pixels: &[u8], layers: &[&[u8]]) -> Picture {
    let layers = layers.iter().map(|layer| Binary(layer.to_vec())).collect();
    Picture { title: title.to_owned(), pixels: Binary(pixels.to_vec()), layers }
}

struct Painter;

impl Handler for Painter {
    type Error = &'static str;
}

impl Handle<AreYouThere> for Painter {
    async fn handle(&self, question: AreYouThere) -> Result<bool, &'static str> {
        if question.since > 100 { Err("too long ago") } else { Ok(true) }
    }
}

impl Handle<ShowCanvas> for Painter {
    async fn handle(&self, _: ShowCanvas) -> Result<Picture, &'static str> {
        // The handler may take its time, and the bytes still find their answer.
        tokio::task::yield_now().await;
        Ok(picture("canvas", &[1], &[&[2], &[]]))
    }
}

#[test]
fn its_examples_are_payloads() {
    for event in Studio::events() {
        let example = (event.example)().to_string();
        let raw = serde_json::value::RawValue::from_string(example.clone()).unwrap();
        let back = (event.round_trip)(&raw).unwrap();
        let (back, example): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(back.get()).unwrap(), serde_json::from_str(&example).unwrap());
        assert_eq!(back, example);
    }
}

#[test]
fn the_documents_have_bytes_and_questions_in_them() {
    let typescript = typed_socketio::documents::typescript::<Studio>("", &[]);
    for line in [
        "export type Binary = ArrayBuffer | Uint8Array;",
        "areYouThere: (payload: AreYouThere, ack: (answer: boolean) => void) => void;",
        "showCanvas: (payload: ShowCanvas, ack: (answer: Picture) => void) => void;",
    ] {
        assert!(typescript.contains(line), "{line}\n{typescript}");
    }
    let asyncapi = typed_socketio::documents::asyncapi::<Studio>(&About {
        title: "Studio",
        version: "1",
        description: "",
        license: "MIT",
        host: "127.0.0.1",
        path: "/",
    });
    let operation = &asyncapi["operations"]["server.areYouThere"];
    assert_eq!(operation["action"], "send");
    assert!(operation["reply"].is_object());
    assert_eq!(
        asyncapi["components"]["messages"]["server.areYouThereAck"]["payload"],
        serde_json::json!({ "type": "boolean" })
    );
}

#[tokio::test]
async fn bytes_go_beside_a_call_and_come_beside_its_answer() {
    let (mut server, client, _notices, _) = start().await;
    let sent = picture("Rain", &[1, 2, 3], &[&[4], &[]]);
    let (answer, ()) = tokio::join!(client.call(Paint { picture: sent }), async {
        assert_eq!(
            server.hear().await,
            r#"453-0["paint",{"picture":{"title":"Rain","pixels":{"_placeholder":true,"num":0},"layers":[{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]}}]"#
        );
        assert_eq!(server.hear_bytes().await, [1, 2, 3]);
        assert_eq!(server.hear_bytes().await, [4]);
        assert_eq!(server.hear_bytes().await, [0; 0]);
        // The server may number the attachments in any order.
        server.say(r#"462-0[{"data":{"title":"Framed","layers":[{"_placeholder":true,"num":1}],"pixels":{"_placeholder":true,"num":0}}}]"#).await;
        server.say(vec![7]).await;
        server.say(vec![8, 9]).await;
    });
    assert_eq!(answer, Ok(picture("Framed", &[7], &[&[8, 9]])));
}

#[tokio::test]
async fn an_answer_whose_bytes_do_not_fit_is_unreadable() {
    let (mut server, client, mut notices, _) = start().await;
    let (answer, ()) = tokio::join!(client.call(Paint { picture: picture("", &[], &[]) }), async {
        for _ in 0..2 {
            server.0.next().await.unwrap().unwrap();
        }
        server.say(r#"461-0[{"data":{"title":"","layers":[{"_placeholder":true,"num":0}],"pixels":{"_placeholder":true,"num":0}}}]"#).await;
        server.say(vec![7]).await;
    });
    assert!(matches!(&answer, Err(CallError::Unreadable(why)) if why.contains("used twice")), "{answer:?}");
    // An event without the bytes that it names.
    server.say(r#"42["picture",{"title":"","layers":[],"pixels":{"_placeholder":true,"num":0}}]"#).await;
    assert!(matches!(next(&mut notices).await, Notice::Unreadable { event, .. } if event == "picture"));
}

#[tokio::test]
async fn the_server_asks_and_the_programs_handler_answers() {
    let (mut server, _client, mut notices, _) = start().await;
    let mut answer_next = async || match next(&mut notices).await {
        Notice::Request(request, responder) => responder.answer(request.dispatch(&Painter)).await,
        other => panic!("no question: {other:?}"),
    };
    server.say(r#"4212["areYouThere",{"since":7}]"#).await;
    answer_next().await.unwrap();
    assert_eq!(server.hear().await, "4312[true]");

    server.say(r#"4213["showCanvas",{}]"#).await;
    answer_next().await.unwrap();
    assert_eq!(
        server.hear().await,
        r#"463-13[{"title":"canvas","pixels":{"_placeholder":true,"num":0},"layers":[{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]}]"#
    );
    for bytes in [&[1][..], &[2], &[]] {
        assert_eq!(server.hear_bytes().await, bytes);
    }

    // A handler that refuses is silent on the wire, and so is an answer that nobody wants.
    server.say(r#"4214["areYouThere",{"since":1000}]"#).await;
    assert!(answer_next().await.is_err());
    server.say(r#"42["areYouThere",{"since":7}]"#).await;
    answer_next().await.unwrap();
    server.say(r#"4215["areYouThere",{"since":8}]"#).await;
    answer_next().await.unwrap();
    assert_eq!(server.hear().await, "4315[true]");
}

#[tokio::test]
async fn a_question_that_is_dropped_is_not_answered() {
    let (mut server, client, mut notices, _) = start().await;
    server.say(r#"427["areYouThere",{"since":7}]"#).await;
    assert!(matches!(next(&mut notices).await, Notice::Request(..)));
    // A request that cannot be read gets no answer either.
    server.say(r#"428["areYouThere",{}]"#).await;
    assert!(matches!(next(&mut notices).await, Notice::Unreadable { event, .. } if event == "areYouThere"));
    client.emit(&Brush { x: 1 }).unwrap();
    assert_eq!(server.hear().await, r#"42["brush",{"x":1}]"#);
}

#[tokio::test]
async fn two_catalogues_share_a_connection() {
    let (mut server, studio, mut news, seen) = start().await;
    let options = NamespaceOptions::default().auth(|| serde_json::json!({ "protocol": "1", "token": "t" }));
    let (calculator, mut sums) = studio.namespace::<Calculator>("/calculator", options);
    // Nobody waits for what is volatile.
    calculator.emit_volatile(&Add { a: 9, b: 9 });
    assert_eq!(server.hear().await, r#"40/calculator,{"protocol":"1","token":"t"}"#);
    server.say(r#"40/calculator,{"sid":"m"}"#).await;
    assert!(matches!(next(&mut sums).await, Notice::Connected));

    let (sum, ()) = tokio::join!(calculator.call(Add { a: 1, b: 2 }), async {
        assert_eq!(server.hear().await, r#"42/calculator,0["add",{"a":1,"b":2}]"#);
        server.say(r#"43/calculator,0[{"data":3}]"#).await;
    });
    assert_eq!(sum, Ok(3));
    studio.emit_volatile(&Brush { x: 1 });
    assert_eq!(server.hear().await, r#"42["brush",{"x":1}]"#);

    server.say(r#"42/calculator,["sum",5]"#).await;
    server.say(r#"451-["picture",{"title":"Sun","pixels":{"_placeholder":true,"num":0},"layers":[]}]"#).await;
    server.say(vec![1]).await;
    assert!(matches!(next(&mut sums).await, Notice::Event(Answer::Sum(5))));
    match next(&mut news).await {
        Notice::Event(News::Picture(sun)) => assert_eq!(sun, picture("Sun", &[1], &[])),
        other => panic!("no picture: {other:?}"),
    }

    drop(calculator);
    assert_eq!(server.hear().await, "41/calculator,");
    studio.disconnect();
    assert_eq!(server.hear().await, "41");
    assert_eq!(
        *seen.lock().unwrap(),
        [
            r#"> /calculator add {"a":1,"b":2}"#,
            r#"> / brush {"x":1}"#,
            "< /calculator sum 5",
            r#"< / picture {"title":"Sun","pixels":{"_placeholder":true,"num":0},"layers":[]}"#,
        ]
    );
}

#[tokio::test]
async fn a_namespace_that_is_made_anew_hears_nothing_of_the_one_before() {
    let (mut server, studio, _news, _) = start().await;
    let join = || studio.namespace::<Calculator>("/calculator", NamespaceOptions::default());
    let (calculator, mut sums) = join();
    assert_eq!(server.hear().await, "40/calculator,");
    server.say(r#"40/calculator,{"sid":"m"}"#).await;
    assert!(matches!(next(&mut sums).await, Notice::Connected));

    // After the one before has left.
    drop(calculator);
    let (calculator, mut sums) = join();
    assert_eq!(server.hear().await, "41/calculator,");
    assert_eq!(server.hear().await, "40/calculator,");
    server.say(r#"40/calculator,{"sid":"n"}"#).await;
    let notice = next(&mut sums).await;
    assert!(matches!(notice, Notice::Connected), "{notice:?}");

    // In its place.
    let unanswered = calculator.call(Add { a: 1, b: 1 });
    assert_eq!(server.hear().await, r#"42/calculator,0["add",{"a":1,"b":1}]"#);
    let (second, mut seconds) = join();
    assert_eq!(server.hear().await, "41/calculator,");
    assert_eq!(server.hear().await, "40/calculator,");
    assert!(matches!(unanswered.await, Err(CallError::Failed(CallFailure::Disconnected))));
    let notice = next(&mut sums).await;
    let left = matches!(notice, Notice::Disconnected { reason: DisconnectReason::Client, retry_in: None });
    assert!(left, "{notice:?}");
    assert!(sums.next().await.is_none());
    server.say(r#"40/calculator,{"sid":"o"}"#).await;
    let notice = next(&mut seconds).await;
    assert!(matches!(notice, Notice::Connected), "{notice:?}");
    assert_eq!((calculator.id(), second.id()), (None, Some("o".to_owned())));

    // What the first one leaves is not the second one's.
    drop(calculator);
    let (sum, ()) = tokio::join!(second.call(Add { a: 1, b: 2 }), async {
        assert_eq!(server.hear().await, r#"42/calculator,1["add",{"a":1,"b":2}]"#);
        server.say(r#"43/calculator,1[{"data":3}]"#).await;
    });
    assert_eq!(sum, Ok(3));
}
