//! A Socket.IO client for the browser and for tokio, typed by a catalogue of events.
//!
//! The catalogue is a table that the server is compiled against too (or that describes a server in
//! any other language), so a name, a payload or an answer that does not fit does not compile:
//!
//! ```no_run
//! use typed_socketio_client::{Client, Notice, Options, native};
//! use futures::StreamExt as _;
//! use typed_socketio::events;
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! struct Add {
//!     a: i32,
//!     b: i32,
//! }
//!
//! events! {
//!     /// A calculator.
//!     catalogue Calculator {}
//!     /// What clients send.
//!     client Question {
//!         /// Adds two numbers.
//!         "add" => Add -> i32, { "a": 1, "b": 2 };
//!     }
//!     /// What the server sends.
//!     server News {
//!         /// Somebody's sum.
//!         "sum" => Sum(i32), 3;
//!     }
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() {
//!     let options = Options::new("http://127.0.0.1:3000");
//!     let (client, mut notices): (Client<Calculator>, _) = native::connect(options);
//!     // Waits for the connection, then for the answer; 20 seconds at most.
//!     println!("{:?}", client.call(Add { a: 1, b: 2 }).await);
//!     while let Some(notice) = notices.next().await {
//!         match notice {
//!             Notice::Event(News::Sum(sum)) => println!("somebody got {sum}"),
//!             Notice::Disconnected { reason, retry_in } => println!("{reason}, next try: {retry_in:?}"),
//!             other => println!("{other:?}"),
//!         }
//!     }
//! }
//! ```
//!
//! [`Options::auth`] is what the client shows the server when it connects, for example a token. If the
//! server's acks have another form, the table says so ([`typed_socketio::ack`]).
//!
//! # What is guaranteed
//!
//! - [`Client::call`] ends: with the server's answer, with its refusal, or with the reason why
//!   there is none. It is never sent twice.
//! - Calls and events reach the server in the order in which they were made, also those that were made
//!   before there was a connection, and also while the transport changes. Each arrives at most once: what
//!   was sent when the connection broke may or may not have arrived. A program that needs more gives each
//!   event an id of its own and sends it again, as Parlance's `chat` does.
//! - The connection comes back by itself, after any wait, until the server or the program ends it on
//!   purpose.
//! - Memory is bounded, and what is too much is an error: what waits to be sent
//!   ([`EmitError::BufferFull`], [`CallFailure::BufferFull`]), what waits to be read
//!   ([`DisconnectReason::Overflow`]), attachments, frames and responses. Nothing that a server sends
//!   makes it panic. After a connection to a server that reads nothing, no memory and no task is left
//!   behind.
//! - There is never more than one WebSocket, one GET and one POST in use. (In the browser, one that
//!   is given up while it is being opened is closed as soon as it is open.)
//!
//! # The layers
//!
//! In reading order, from the wire up. The two protocols have no I/O: no clock, socket, task or
//! random source of their own, so that they run in virtual time in tests.
//!
//! 1. [`packet`]: Engine.IO and Socket.IO packets as text.
//! 2. [`engine`]: Engine.IO. What happened on the network goes in; what to do there and messages
//!    come out. WebSocket, polling, and the change between them.
//! 3. [`connection`]: Socket.IO over it. Commands of the program go in; events and answers come out.
//!    Namespaces, acks, attachments, and reconnecting; [`backoff`] says when.
//! 4. [`driver`]: the loop that joins these to a network and a clock; `browser` and `native` bring
//!    those, and a program may bring its own ([`driver::Environment`]). In the browser `browser::spawn`
//!    runs the tasks that listen inside the event that brings a message, and several tabs may share one
//!    connection: `tabs` has the rules, `browser::shared` the locks and channels.
//! 5. [`client`]: what a program uses: [`Client::call`], the stream of [`Notices`], and [`Options`].
//!
//! Everything is generic over any catalogue that [`typed_socketio::events!`] makes.
//!
//! # Features
//!
//! - `browser`: the driver for pages, over the browser's own WebSocket and `fetch`.
//! - `native`: the driver for programs on tokio, over tokio-tungstenite and hyper, with TLS by
//!   rustls.
//!
//! Without any feature there are the layers without I/O and the driver's loop, for an environment of
//! your own.
//!
//! # Next to `socket.io-client` 4.8
//!
//! What is not in this table is the same: the frames that go over the wire are compared in tests.
//!
//! | | here | there | why |
//! |---|---|---|---|
//! | payloads and acks | types of the catalogue | `any`, or types that nobody checks | |
//! | a refused request | `Err(`[`CallError::Refused`]`)` | whatever the server acked | the table says which acks are refusals |
//! | arguments of an event | as the table has them; several that arrive where one is expected are read as one array | any number | |
//! | events that are not in the table | [`Client::emit_by_name`], [`Client::call_by_name`]; in [`Notice::Unreadable`], or all of them with [`typed_socketio::Dynamic`] | as all others | |
//! | CONNECT's auth | [`Options::auth`], asked anew for each connection | an object or a function | |
//! | listening | one stream of [`Notice`]s | `on`, `once`, `off`, `onAny` | a `match` that the compiler checks |
//! | watching everything | [`Options::observe`] | `onAny`, `onAnyOutgoing` | |
//! | transports | WebSocket; polling where there is none, then an upgrade ([`Transports`]) | polling, then an upgrade; WebTransport too | round trips are saved, and no sticky sessions needed |
//! | a transport that cannot be opened, or brings no handshake for 10 s | the other one is tried; it comes first at later tries, until a WebSocket works again | the attempt fails (`tryAllTransports: false`) | some proxies break WebSockets |
//! | a WebSocket that is given up while it connects, in the browser | closed as soon as it is open | closed at once | in WebKit that breaks those that are opened after it |
//! | an upgrade that is never answered | given up after 10 s | its WebSocket stays open | |
//! | a WebSocket that dies during the upgrade | polling goes on | polling may stand still until the ping time-out | |
//! | opening, handshake and the first CONNECT | 20 s together | 20 s for opening | a server that accepts and says nothing is found out |
//! | wait before a try | random in 0 to 1 s, then in the upper half of 1, 1, 2, 4, 5, 5 … s | 1, 2, 4, 5, 5 … s ± 50 %, cut at 5 s | a thousand clients do not return at once |
//! | attempts | unlimited, or [`retries`](connection::Config::retries) | unlimited, or `reconnectionAttempts` | |
//! | the wait starts anew at 1 s | when a connection has lasted 4 s ([`stable_after`](connection::Config::stable_after)), or was ended on purpose | when the transport opens | a server that opens, or lets in, and then breaks is not flooded with tries |
//! | wait after a connection that was let in and did not last | random in the upper half of 1, 2, 4, 8, 15, 15 … s | as above | the server works for each try: at most 15 in a minute |
//! | [`Client::connect`] while it waits | tries at once | goes on waiting | |
//! | time-out of an ack | 20 s, the wait for a connection included | none unless asked for (`timeout`, `ackTimeout`) | every call ends |
//! | acks when the connection is lost | fail at once | the same for `emitWithAck` and `timeout`; plain callbacks are forgotten | |
//! | sending again what was not acked | not here | `retries` | an event may take effect twice |
//! | events while not connected | kept, 1,000 for each namespace and 16 MiB at most, then refused | kept without limit | |
//! | … after the program's own disconnect | fail | sent after the next `connect` | the program left for good |
//! | volatile events | dropped unless they can go out now | buffered while the namespace is not joined yet; a second one in one turn is dropped | they are worth nothing later |
//! | after the server's or the program's own disconnect, after a refusal | waits for [`Client::connect`] | the same | |
//! | a silent connection | lost after pingInterval + pingTimeout without any frame; looked at before each send and in [`Client::check`] | … without a ping; looked at before each send | any frame proves life |
//! | the browser goes offline | the program asks: a call, and [`Client::probe`] says how soon anything must be heard; `check` when it is back | closed at once | the event is wrong too often |
//! | events that arrive before CONNECT is answered | told after [`Notice::Connected`] | before `connect` | |
//! | CONNECT answered with an object without a `sid` | taken for an answer | an error | |
//! | a server of Socket.IO 2 (Engine.IO protocol 3) | an error that names it, over WebSocket and polling; tried again with growing waits | an error that names it, over WebSocket | |
//! | what the server asks an ack for | answered by a handler where the catalogue lists it under `requests` ([`Notice::Request`]), else acked without arguments when it is handed over | acked by the program | the compiler finds an answer that was forgotten |
//! | bytes in a payload | [`typed_socketio::Binary`] | `Buffer`, `ArrayBuffer`, `Blob`, … | |
//! | an ack for an earlier connection | dropped | sent, under a number that may mean something else now | |
//! | polling that failed | nothing more is sent over it | it is closed with one more POST | the server is not there, or knows already |
//! | attachments that arrive | 10, and 16 MiB together ([`Config`](connection::Config)) | 10 of any size | |
//! | a frame that is no packet | the connection is made anew; what is wrong inside of an event is found when the event is read | the same, at once | a message is read once |
//! | events that the program does not read | kept, 64 MiB at most, then the connection is made anew | kept without limit | a program that got only a part does not know what it lacks |
//! | the socket's id | [`Client::id`] | `id` | |
//! | connection state recovery | not here | `recovered` | it "will not always be successful", so a program must catch up by itself in any case |
//! | connections to one server | one for each `connect`, shared by [`Client::namespace`] | shared unless `forceNew` | the code shows how many there are |
//! | connecting | at once | at once unless `autoConnect: false` | |
//! | headers | `Options::header`, natively | `extraHeaders` | |
//! | certificates | the operating system's roots, or `Options::roots`; the browser's | the browser's, or Node's options | |
//! | cookies across origins, compression | the browser's; none natively | options | |
#![warn(missing_docs)]

mod backlog;
pub mod backoff;
#[cfg(feature = "browser")]
pub mod browser;
pub mod client;
pub mod connection;
pub mod driver;
pub mod engine;
#[cfg(all(fuzzing, feature = "browser"))]
#[doc(hidden)]
pub mod fuzzing;
mod handle;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub mod native;
mod notice;
mod options;
mod others;
pub mod packet;
mod payload;
mod reason;
#[cfg(feature = "browser")]
mod tabs;

pub use client::{CallError, Client};
pub use engine::Transports;
pub use notice::{Notice, Notices, Responder};
pub use options::{NamespaceOptions, Options};
pub use reason::{CallFailure, DisconnectReason, EmitError};
