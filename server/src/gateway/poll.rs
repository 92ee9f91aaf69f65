//! A poll, from its beginning until its answer is on its way.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll as Polled},
};

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};

use super::{on_drop::OnDrop, transport::Transport};

/// Ends its session when the client goes away before it was answered.
///
/// Nothing acknowledges a poll's answer, and packets that were taken for it cannot be put back. A session
/// that went on would have a gap that its client cannot see. One that has ended is replaced, and the client
/// asks for what it missed. An answer that went to the network counts as delivered: a client whose poll fails
/// ends the session itself, as Engine.IO wants it.
pub(super) struct Poll {
    pub(super) transport: Arc<Transport>,
    /// Ends the session when it is dropped.
    end: OnDrop,
    state: State,
}

#[derive(PartialEq)]
enum State {
    Waiting,
    HasPackets,
    Over,
}

impl Poll {
    pub(super) fn new(transport: Arc<Transport>, end: OnDrop) -> Self {
        Self { transport, end, state: State::Waiting }
    }

    /// Packets were taken out of the queue for it.
    pub(super) fn has_packets(&mut self) {
        self.state = State::HasPackets;
    }

    /// Nothing was taken for it, and nothing will be.
    pub(super) fn is_over(&mut self) {
        self.state = State::Over;
    }

    /// A body that ends the session unless it is sent.
    pub(super) fn deliver(self, payload: Bytes) -> Body {
        Body::new(Delivery { payload, poll: self })
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        let lost = match self.state {
            // If its client changes to a WebSocket, what waits is sent there.
            State::Waiting => !self.transport.is_wired(),
            State::HasPackets => true,
            State::Over => false,
        };
        if !lost {
            self.end.forget();
        }
    }
}

struct Delivery {
    payload: Bytes,
    poll: Poll,
}

impl hyper::body::Body for Delivery {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Polled<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.poll.is_over();
        let payload = std::mem::take(&mut self.payload);
        Polled::Ready((!payload.is_empty()).then(|| Ok(Frame::data(payload))))
    }

    fn is_end_stream(&self) -> bool {
        self.payload.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.payload.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::{super::engine::Engine, *};

    fn poll() -> (Poll, Arc<Transport>) {
        let engine = Engine::new(super::super::settings().build_svc().0);
        let transport = Transport::new();
        (Poll::new(transport.clone(), engine.end_with_poll(transport.clone(), "x".to_owned())), transport)
    }

    #[tokio::test]
    async fn the_session_goes_on_when_the_answer_was_sent() {
        let (mut poll, transport) = poll();
        poll.has_packets();
        let body = poll.deliver("2".into());
        assert_eq!(to_bytes(body, 10).await.unwrap(), "2");
        assert!(!transport.is_cut());
    }

    #[tokio::test]
    async fn the_session_ends_when_its_client_went_away_before_the_answer() {
        let (poll, transport) = poll();
        drop(poll);
        assert!(transport.is_cut());
    }

    #[tokio::test]
    async fn the_session_ends_when_packets_were_taken_that_could_not_be_sent() {
        let (mut poll, transport) = self::poll();
        transport.wired();
        poll.has_packets();
        drop(poll.deliver("2".into()));
        assert!(transport.is_cut());
    }

    #[tokio::test]
    async fn a_poll_that_is_given_up_for_a_websocket_ends_nothing() {
        let (poll, transport) = poll();
        transport.wired();
        drop(poll);
        assert!(!transport.is_cut());
    }
}
