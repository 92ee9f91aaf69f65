//! The driver for programs on tokio.

mod network;

use std::{
    future::Future,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{
    FutureExt, Sink, SinkExt, Stream, StreamExt,
    channel::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
        oneshot,
    },
};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::{Error, Message};
use typed_socketio::Catalogue;

use crate::{
    client::Client,
    connection::Time,
    driver::{self, Environment, Socket},
    engine::{Frame, GOODBYE_LIMIT, Input},
    notice::Notices,
    options::Options,
};
use network::Network;

/// How many bytes are read ahead of the driver. Then the network waits, and with it the server.
const READ_AHEAD: usize = 1 << 20;

/// Connects to a server. Needs a running tokio runtime, on which the connection lives until the
/// last clone of the client is dropped.
///
/// `https` and `wss` are TLS by rustls. The certificate authorities that the operating system trusts
/// are trusted, or your own [`roots`](Options::roots).
///
/// # Panics
/// Outside a tokio runtime.
#[must_use]
pub fn connect<C: Catalogue>(options: Options) -> (Client<C>, Notices<C>) {
    let seed = RandomState::new().hash_one(0);
    let tokio = Tokio { start: Instant::now(), network: Network::new(&options.native) };
    let (client, notices, connection) = driver::connect(tokio, options, seed);
    tokio::spawn(connection);
    (client, notices)
}

struct Tokio {
    start: Instant,
    /// An error says what is wrong with the options; every try reports it.
    network: Result<Network, String>,
}

/// After it is dropped, the task that owns the WebSocket ends soon.
struct WebSocket {
    frames: UnboundedSender<Frame>,
    flow: Arc<Flow>,
    _wanted: oneshot::Sender<()>,
}

/// How much is on its way between the driver and the task that owns the WebSocket.
#[derive(Default)]
struct Flow {
    outgoing: AtomicUsize,
    incoming: AtomicUsize,
    taken: Notify,
}

impl Flow {
    /// Waits until the driver has taken enough of what was read ahead.
    async fn room(&self) {
        while self.incoming.load(Ordering::Acquire) > READ_AHEAD {
            self.taken.notified().await;
        }
    }
}

impl Socket for WebSocket {
    fn send(&self, frame: Frame) {
        self.flow.outgoing.fetch_add(frame.bytes(), Ordering::Relaxed);
        let _ = self.frames.unbounded_send(frame);
    }

    fn buffered(&self) -> usize {
        self.flow.outgoing.load(Ordering::Relaxed)
    }

    fn taken(&self, bytes: usize) {
        self.flow.incoming.fetch_sub(bytes, Ordering::Release);
        self.flow.taken.notify_one();
    }
}

impl Environment for Tokio {
    type Socket = WebSocket;

    fn open(&self, url: &str, events: UnboundedSender<Input>) -> WebSocket {
        let (frames, receiver) = unbounded();
        let (wanted, mut unwanted) = oneshot::channel::<()>();
        let (url, network, flow) = (url.to_owned(), self.network.clone(), Arc::<Flow>::default());
        let socket = WebSocket { frames, flow: flow.clone(), _wanted: wanted };
        tokio::spawn(async move {
            let opened = tokio::select! {
                opened = async { network?.open(url).await } => opened,
                _ = &mut unwanted => return,
            };
            let reason = match opened {
                Err(error) => error,
                Ok(socket) => {
                    let _ = events.unbounded_send(Input::Opened);
                    let (sink, stream) = socket.split();
                    // Otherwise a peer that reads nothing would keep in memory what is being written,
                    // without end.
                    let limit = async {
                        let _ = unwanted.await;
                        tokio::time::sleep(GOODBYE_LIMIT).await;
                    };
                    let end = tokio::select! {
                        end = write(sink, receiver, &flow) => end,
                        end = read(stream, &events, &flow) => end,
                        () = limit => return,
                    };
                    end.unwrap_or_else(|error| error.to_string())
                }
            };
            let _ = events.unbounded_send(Input::Closed(reason));
        });
        socket
    }

    fn request(
        &self,
        url: String,
        body: Option<String>,
    ) -> impl Future<Output = Result<String, String>> + 'static {
        let request = self.network.as_ref().map(|network| network.request(url, body)).map_err(Clone::clone);
        async move { request?.await }
    }

    fn now(&self) -> Time {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep(duration)
    }
}

/// Writes until nobody wants the WebSocket any more, and then closes it.
async fn write(
    mut sink: impl Sink<Message, Error = Error> + Unpin,
    mut frames: UnboundedReceiver<Frame>,
    flow: &Flow,
) -> Result<String, Error> {
    while let Some(frame) = frames.next().await {
        let mut bytes = frame.bytes();
        sink.feed(message(frame)).await?;
        // What has queued up meanwhile goes out in the same write.
        while let Some(Some(frame)) = frames.next().now_or_never() {
            bytes += frame.bytes();
            sink.feed(message(frame)).await?;
        }
        sink.flush().await?;
        flow.outgoing.fetch_sub(bytes, Ordering::Relaxed);
    }
    sink.close().await?;
    Ok("closed".into())
}

/// Reads until the WebSocket ends.
async fn read(
    mut stream: impl Stream<Item = Result<Message, Error>> + Unpin,
    events: &UnboundedSender<Input>,
    flow: &Flow,
) -> Result<String, Error> {
    loop {
        flow.room().await;
        let frame = match stream.next().await.transpose()? {
            Some(Message::Text(text)) => Frame::Text(text.as_str().to_owned()),
            Some(Message::Binary(data)) => Frame::Binary(data.into()),
            Some(Message::Close(frame)) => {
                // A WebSocket answers a close with a close. Reading once more sends that answer.
                let _ = stream.next().now_or_never();
                return Ok(frame.map_or("closed".into(), |frame| frame.to_string()));
            }
            None => return Ok("closed".into()),
            Some(_) => continue,
        };
        flow.incoming.fetch_add(frame.bytes(), Ordering::Relaxed);
        let _ = events.unbounded_send(Input::Frame(frame));
    }
}

fn message(frame: Frame) -> Message {
    match frame {
        Frame::Text(text) => Message::text(text),
        Frame::Binary(data) => Message::binary(data),
    }
}
