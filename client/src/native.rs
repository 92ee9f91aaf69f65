//! The driver for programs on tokio, over tokio-tungstenite.

mod http;

use std::{
    future::Future,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use futures::{
    FutureExt, SinkExt, StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
};
use tokio_tungstenite::tungstenite::{Error, Message};
use typed_socketio::Catalogue;

use crate::{
    client::Client,
    connection::Time,
    driver::{self, Environment, Socket},
    engine::{Frame, Input},
    notice::Notices,
    options::Options,
};

/// Connects to a server. Needs a running tokio runtime, on which the connection lives until the
/// last clone of the client is dropped.
///
/// # Panics
/// Outside a tokio runtime.
#[must_use]
pub fn connect<C: Catalogue>(options: Options) -> (Client<C>, Notices<C>) {
    let seed = RandomState::new().hash_one(0);
    let tokio = Tokio { start: Instant::now(), http: http::Client::new() };
    let (client, notices, connection) = driver::connect(tokio, options, seed);
    tokio::spawn(connection);
    (client, notices)
}

struct Tokio {
    start: Instant,
    http: http::Client,
}

/// Dropping it ends the task that owns the WebSocket.
struct WebSocket {
    frames: UnboundedSender<Frame>,
}

impl Socket for WebSocket {
    fn send(&self, frame: Frame) {
        let _ = self.frames.unbounded_send(frame);
    }
}

impl Environment for Tokio {
    type Socket = WebSocket;

    fn open(&self, url: &str, events: UnboundedSender<Input>) -> WebSocket {
        let (frames, receiver) = unbounded();
        let url = url.to_owned();
        tokio::spawn(async move {
            let reason = pump(url, &events, receiver).await.unwrap_or_else(|error| error.to_string());
            let _ = events.unbounded_send(Input::Closed(reason));
        });
        WebSocket { frames }
    }

    fn request(
        &self,
        url: String,
        body: Option<String>,
    ) -> impl Future<Output = Result<String, String>> + 'static {
        self.http.request(url, body)
    }

    fn now(&self) -> Time {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep(duration)
    }
}

async fn pump(
    url: String,
    events: &UnboundedSender<Input>,
    mut frames: UnboundedReceiver<Frame>,
) -> Result<String, Error> {
    let (mut socket, _) = tokio::select! {
        opened = tokio_tungstenite::connect_async_with_config(url, None, true) => opened?,
        // Nothing is sent before it is open: nobody wants it any more.
        _ = frames.next() => return Ok("given up".into()),
    };
    let _ = events.unbounded_send(Input::Opened);
    loop {
        tokio::select! {
            frame = frames.next() => {
                let Some(frame) = frame else {
                    let _ = socket.close(None).await;
                    return Ok("closed".into());
                };
                socket.feed(message(frame)).await?;
                // What has queued up meanwhile goes out in the same write.
                while let Some(Some(frame)) = frames.next().now_or_never() {
                    socket.feed(message(frame)).await?;
                }
                socket.flush().await?;
            }
            message = socket.next() => match message.transpose()? {
                Some(Message::Text(text)) => {
                    let _ = events.unbounded_send(Input::Frame(Frame::Text(text.as_str().to_owned())));
                }
                Some(Message::Binary(data)) => {
                    let _ = events.unbounded_send(Input::Frame(Frame::Binary(data.into())));
                }
                Some(Message::Close(frame)) => {
                    // The answer to it waits to be sent.
                    let _ = socket.flush().await;
                    return Ok(frame.map_or("closed".into(), |frame| frame.to_string()));
                }
                Some(_) => {}
                None => return Ok("closed".into()),
            },
        }
    }
}

fn message(frame: Frame) -> Message {
    match frame {
        Frame::Text(text) => Message::text(text),
        Frame::Binary(data) => Message::binary(data),
    }
}
