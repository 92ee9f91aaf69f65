//! WebSocket, polling and the change between them, against a server of the library that Parlance
//! uses.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use futures::StreamExt as _;
use serde_json::{Value, json};
use socketioxide::{
    SocketIo,
    extract::{AckSender, Data, SocketRef},
};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use typed_socketio_client::{
    Client, DisconnectReason, NamespaceOptions, Notice, Notices, Options, Transports, backoff::Backoff,
    connection::Config, native,
};

use crate::calculator::catalogue::{Add, Answer, Calculator, Forget};

/// What a server was asked: method and transport.
type Requests = Arc<Mutex<Vec<String>>>;

struct Server {
    address: SocketAddr,
    requests: Requests,
    io: SocketIo,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, PartialEq)]
enum Proxy {
    Transparent,
    /// Answers WebSockets with an error, as some proxies do.
    WithoutWebSockets,
}

impl Server {
    async fn start(proxy: Proxy) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), proxy).await
    }

    async fn start_at(address: SocketAddr, proxy: Proxy) -> Self {
        let (layer, io) = SocketIo::builder().build_layer();
        for namespace in ["/", "/other"] {
            io.ns(namespace, async |socket: SocketRef| {
                socket.emit("sum", &0).unwrap();
                socket.on("add", async |Data(Add { a, b }): Data<Add>, ack: AckSender| {
                    ack.send(&json!({ "data": a + b })).unwrap();
                });
                // Disconnects the client that asks to forget something.
                socket.on("forget", async |socket: SocketRef| socket.disconnect().unwrap());
            });
        }
        let requests = Requests::default();
        let app = Router::new()
            .layer(layer)
            .layer(middleware::from_fn_with_state((proxy, requests.clone()), watch));
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, requests, io, task }
    }

    fn client(&self, transports: Transports) -> (Client<Calculator>, Notices<Calculator>) {
        let backoff = Backoff { min: Duration::from_millis(20), max: Duration::from_millis(20) };
        let config = Config { backoff, transports, ..Config::default() };
        native::connect(Options::new(format!("http://{}", self.address)).config(config))
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    async fn stop(self) -> SocketAddr {
        self.task.abort();
        self.io.close().await;
        let _ = self.task.await;
        self.address
    }
}

async fn watch(State((proxy, requests)): State<(Proxy, Requests)>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let transport = query.split('&').find_map(|pair| pair.strip_prefix("transport=")).unwrap_or_default();
    requests.lock().unwrap().push(format!("{} {transport}", request.method()));
    if proxy == Proxy::WithoutWebSockets && transport == "websocket" {
        return StatusCode::BAD_REQUEST.into_response();
    }
    next.run(request).await
}

async fn next(notices: &mut Notices<Calculator>) -> Notice<Calculator> {
    timeout(Duration::from_secs(10), notices.next()).await.expect("a notice in time").expect("a notice")
}

async fn connected(notices: &mut Notices<Calculator>) {
    while !matches!(next(notices).await, Notice::Connected) {}
    assert!(matches!(next(notices).await, Notice::Event(Answer::Sum(0))), "the server's first words");
}

#[tokio::test]
async fn every_way_to_the_server_carries_calls_both_ways() {
    let server = Server::start(Proxy::Transparent).await;
    for transports in [
        Transports::WebSocketThenPolling,
        Transports::PollingThenWebSocket,
        Transports::WebSocket,
        Transports::Polling,
    ] {
        server.requests.lock().unwrap().clear();
        let (client, mut notices) = server.client(transports);
        connected(&mut notices).await;
        // All at once, before and after the upgrade if there is one. More than the server's buffer
        // would be lost.
        let calls: Vec<_> = (0..50).map(|n| client.call(Add { a: n, b: n })).collect();
        for (n, call) in calls.into_iter().enumerate() {
            assert_eq!(call.await, Ok(2 * n as i32), "{transports:?}");
        }
        let requests = server.requests();
        let count = |what: &str| requests.iter().filter(|request| *request == what).count();
        match transports {
            Transports::WebSocketThenPolling | Transports::WebSocket => {
                assert_eq!(requests, ["GET websocket"]);
            }
            Transports::PollingThenWebSocket => {
                assert_eq!((requests[0].as_str(), count("GET websocket")), ("GET polling", 1));
            }
            Transports::Polling => {
                assert_eq!(count("GET websocket"), 0);
                assert!(count("POST polling") < 20, "what waits is packed: {requests:?}");
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn behind_a_proxy_that_breaks_websockets_it_polls() {
    let server = Server::start(Proxy::WithoutWebSockets).await;
    let (client, mut notices) = server.client(Transports::default());
    connected(&mut notices).await;
    assert_eq!(client.call(Add { a: 1, b: 2 }).await, Ok(3));
    assert_eq!(server.requests()[..2], ["GET websocket", "GET polling"]);

    // The next time polling comes first.
    server.requests.lock().unwrap().clear();
    client.emit(&Forget {}).unwrap();
    let notice = next(&mut notices).await;
    assert!(
        matches!(notice, Notice::Disconnected { reason: DisconnectReason::Server, retry_in: None }),
        "{notice:?}"
    );
    server.requests.lock().unwrap().clear();
    client.connect();
    connected(&mut notices).await;
    let requests = server.requests();
    let first = requests.iter().find(|request| request.starts_with("GET"));
    assert_eq!(first.unwrap(), "GET polling", "{requests:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_session_that_the_server_does_not_know_any_more_is_replaced() {
    let server = Server::start(Proxy::Transparent).await;
    let (client, mut notices) = server.client(Transports::Polling);
    connected(&mut notices).await;
    let address = server.stop().await;
    assert!(matches!(next(&mut notices).await, Notice::Disconnected { .. }));
    let call = client.call(Add { a: 1, b: 2 });
    let server = Server::start_at(address, Proxy::Transparent).await;
    connected(&mut notices).await;
    assert_eq!(call.await, Ok(3));
    server.stop().await;
}

#[tokio::test]
async fn namespaces_share_a_connection_until_the_last_is_left() {
    let server = Server::start(Proxy::Transparent).await;
    for transports in [Transports::WebSocket, Transports::Polling] {
        let (main, mut notices) = server.client(transports);
        connected(&mut notices).await;
        server.requests.lock().unwrap().clear();
        let options = NamespaceOptions::default();
        let (other, mut others) = main.namespace::<Calculator>("other", options.clone());
        connected(&mut others).await;
        let (one, two) = tokio::join!(main.call(Add { a: 1, b: 0 }), other.call(Add { a: 1, b: 1 }));
        assert_eq!((one, two), (Ok(1), Ok(2)));
        assert!(!server.requests().contains(&"GET websocket".to_owned()), "no second connection");

        let (nobody, mut refused) = main.namespace::<Calculator>("/nobody", options);
        assert!(matches!(next(&mut refused).await, Notice::Refused { .. }));
        // Leaves the other one, which was made with the same options, in peace.
        drop(nobody);

        // Dropping the last client of a namespace leaves it, and the others stay.
        drop(other);
        while let Some(notice) = others.next().await {
            assert!(matches!(notice, Notice::Disconnected { .. }), "{notice:?}");
        }
        assert_eq!(main.call(Add { a: 2, b: 1 }).await, Ok(3));
        let gone = async {
            while !server.io.of("/other").unwrap().sockets().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(5), gone).await.expect("the server heard of it");
    }
    server.stop().await;
}

#[tokio::test]
async fn whatever_is_observed_has_passed() {
    let server = Server::start(Proxy::Transparent).await;
    let (sender, seen) = std::sync::mpsc::channel();
    let sender = Mutex::new(sender);
    let options = Options::new(format!("http://{}", server.address)).observe(move |observed| {
        let payload: Value = serde_json::from_str(observed.payload.get()).unwrap();
        let line = format!("{:?} {} {payload}", observed.direction, observed.event);
        sender.lock().unwrap().send(line).unwrap();
    });
    let (client, mut notices) = native::connect::<Calculator>(options);
    client.emit_volatile(&Add { a: 7, b: 7 });
    connected(&mut notices).await;
    client.call(Add { a: 1, b: 2 }).await.unwrap();
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["Server sum 0", r#"Client add {"a":1,"b":2}"#]);
    server.stop().await;
}
