//! What goes in and out between an engine, the network below it and the layer above.

use crate::reason::DisconnectReason;

/// Which ways to the server may be used, and which is tried first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transports {
    /// A WebSocket first. If none can be opened, polling, then an upgrade as soon as one can be opened.
    /// If polling was needed, it also comes first at the next connect, until a WebSocket works again.
    #[default]
    WebSocketThenPolling,
    /// Polling, then an upgrade to a WebSocket, as `socket.io-client` does by default. The WebSocket is
    /// also tried if polling fails.
    PollingThenWebSocket,
    /// Nothing but a WebSocket.
    WebSocket,
    /// Nothing but polling.
    Polling,
}

/// What a transport carries: an Engine.IO packet as text, or the bytes of a binary message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A packet, its type character included.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

impl Frame {
    /// How much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(data) => data.len(),
        }
    }
}

/// What is to be done on the network. A `query` is that of the URL, without the question mark.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a WebSocket, and report [`Input::Opened`] or [`Input::Closed`].
    Open {
        /// The query of its URL.
        query: String,
    },
    /// Send a frame over the WebSocket.
    Send(Frame),
    /// Close the WebSocket and report nothing more about it.
    Close,
    /// Make a GET, and report [`Input::Got`].
    Get {
        /// The query of its URL.
        query: String,
    },
    /// Make a POST of text, and report [`Input::Posted`].
    Post {
        /// The query of its URL.
        query: String,
        /// What to send.
        body: String,
    },
    /// Give up the GET and the POST, if there are any, and report nothing more about them.
    Abort,
}

/// What happened on the network.
#[derive(Debug)]
pub enum Input {
    /// The WebSocket is open.
    Opened,
    /// A frame came over the WebSocket.
    Frame(Frame),
    /// The WebSocket is closed or could not be opened, and why.
    Closed(String),
    /// The body of the GET's response, or why there is none; a status other than 200 is an error.
    Got(Result<String, String>),
    /// The POST was taken, or why not.
    Posted(Result<(), String>),
}

/// What the layer above is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The server greeted; messages may be sent.
    Opened,
    /// A message. A text has its type character, `4`, in front.
    Message(Frame),
    /// The connection is gone, or could not be made. Not told after [`Engine::close`](super::Engine::close).
    Closed(DisconnectReason),
}

/// What [`Engine::poll_output`](super::Engine::poll_output) returns.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// To be done on the network.
    Action(Action),
    /// For the layer above.
    Event(Event),
}
