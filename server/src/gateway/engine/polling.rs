//! Polling: what a poll takes along, and a POST's packets.

use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{Response, StatusCode},
};
use protocol::limits;
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    Engine,
    response::{Answer, UNKNOWN_SESSION, answer, bad_request, whole},
};
use crate::gateway::{
    on_drop::OnDrop,
    packet,
    poll::Poll,
    transport::{PLACEHOLDER, Transport},
};

/// Between two packets of a payload.
const SEPARATOR: char = '\x1e';
/// Packets of a POST that are handed over together.
const TOGETHER: usize = 64;
/// How long the body of a POST may take.
const BODY: Duration = Duration::from_secs(30);
/// How long a poll waits for the last packet of an upgrade, which is on its way.
const UPGRADING: Duration = Duration::from_millis(50);

impl Engine {
    /// Begins a polling session. (A request with an unknown session id comes here too, and is refused.)
    pub(super) async fn open(&self, mut request: Request) -> Answer {
        #[derive(Deserialize)]
        struct Open {
            sid: String,
        }

        let transport = Transport::new();
        transport.block(true);
        request.extensions_mut().insert(transport.clone());
        let (head, body) = self.ask(request).await.into_parts();
        let body = whole(body).await;
        if head.status == StatusCode::OK
            && let Some(open) = body.strip_prefix(b"0")
            && let Ok(Open { sid }) = serde_json::from_slice(open)
        {
            self.0.sessions.add(&sid, &transport);
        }
        Response::from_parts(head, Body::from(body))
    }

    pub(super) async fn poll(&self, request: Request, session: &str, transport: &Arc<Transport>) -> Answer {
        if transport.is_wired() {
            timeout(UPGRADING, transport.upgrade()).await.ok();
        }
        if transport.is_upgraded() {
            return bad_request();
        }
        // Something is missing in what waits for it.
        if transport.is_cut() {
            return answer(StatusCode::BAD_REQUEST, UNKNOWN_SESSION);
        }
        transport.block(false);
        let end = self.end_with_poll(transport.clone(), session.to_owned());
        let poll = Poll::new(transport.clone(), end);
        let answer = self.next_payload(request, session, poll).await;
        transport.block(!transport.is_wired());
        answer
    }

    /// Fetches what engineioxide has for a client that polls.
    async fn next_payload(&self, request: Request, session: &str, mut poll: Poll) -> Answer {
        let uri = request.uri().clone();
        let transport = poll.transport.clone();
        let mut asked = self.ask(request).await;
        loop {
            let (head, body) = asked.into_parts();
            if head.status != StatusCode::OK {
                poll.is_over();
                return Response::from_parts(head, body);
            }
            poll.has_packets();
            let body = whole(body).await;
            let Ok(payload) = str::from_utf8(&body) else {
                return Response::from_parts(head, poll.deliver(body));
            };
            let mut packets: Vec<Cow<'_, str>> = payload.split(SEPARATOR).map(Cow::from).collect();
            for packet in packets.iter_mut().filter(|packet| **packet == PLACEHOLDER) {
                *packet = transport.next_shared().unwrap_or_default().to_string().into();
            }
            let counted = packets.iter().filter(|packet| is_counted(packet));
            let (bytes, count) =
                counted.fold((0, 0), |(bytes, count), packet| (bytes + packet.len(), count + 1));
            transport.progressed();
            transport.left(bytes, count);
            if packets.iter().any(|packet| packet == "2") && transport.is_first_ping() {
                packets.retain(|packet| packet != "2");
                self.say(session, "3").await;
            }
            if !packets.is_empty() {
                let payload = packets.join(&SEPARATOR.to_string());
                return answer(StatusCode::OK, "").map(|_| poll.deliver(payload.into()));
            }
            let Ok(again) = Request::get(&uri).body(Body::empty()) else { return bad_request() };
            asked = self.ask(again).await;
        }
    }

    pub(super) async fn post(&self, request: Request, session: &str, transport: &Transport) -> Answer {
        if transport.is_upgraded() {
            return bad_request();
        }
        // Two at a time could overtake each other; Engine.IO closes such a client's session.
        if transport.posting.swap(true, SeqCst) {
            self.close(session).await;
            return bad_request();
        }
        let answer = self.take(request, session, transport).await;
        transport.posting.store(false, SeqCst);
        answer
    }

    /// Hands over a POST's packets as fast as they can be taken.
    async fn take(&self, request: Request, session: &str, transport: &Transport) -> Answer {
        let (head, body) = request.into_parts();
        let body = match in_time(body).await {
            Ok(body) => body,
            Err(status) => {
                self.close(session).await;
                if let Some(unlogged) = self.refusals().line() {
                    tracing::info!(
                        status = status.as_u16(),
                        unlogged,
                        "a client's POST was refused, and its session closed"
                    );
                }
                return answer(status, "");
            }
        };
        let mut body = body.to_vec();
        for packet in body.split_mut(|byte| *byte == SEPARATOR as u8) {
            if packet::has_unanswerable_id(packet) || !may_connect(packet, transport) {
                self.close(session).await;
                return bad_request();
            }
            packet::without_query(packet);
            packet::without_escapes(packet);
        }
        // An empty payload would be one empty packet, which does not exist.
        let payload = String::from_utf8(body).unwrap_or_default();
        if payload.is_empty() {
            self.close(session).await;
            return bad_request();
        }
        let packets: Vec<&str> = payload.split(SEPARATOR).collect();
        let mut last = bad_request();
        for some in packets.chunks(TOGETHER) {
            transport.emptied().await;
            if self.is_stopping() {
                return answer(StatusCode::SERVICE_UNAVAILABLE, "");
            }
            last = self.hand_over(&head.uri, some.join(&SEPARATOR.to_string())).await;
            if last.status() != StatusCode::OK {
                break;
            }
        }
        last
    }

    /// For a poll that is broken off.
    pub(in crate::gateway) fn end_with_poll(&self, transport: Arc<Transport>, session: String) -> OnDrop {
        let engine = self.clone();
        OnDrop::new(move || {
            if tokio::runtime::Handle::try_current().is_ok() {
                tracing::debug!(session, "a poll was broken off, and its session ends");
                engine.cut(&transport, &session);
            }
        })
    }
}

/// The body of a POST, or how it is refused.
async fn in_time(body: Body) -> Result<Bytes, StatusCode> {
    match timeout(BODY, to_bytes(body, limits::FRAME_BYTES)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// Whether a packet connects to nothing, or its client may try that once more.
fn may_connect(packet: &[u8], transport: &Transport) -> bool {
    let start = &packet[..packet.len().min(limits::NAMESPACE_BYTES)];
    let names_one =
        !packet::names_namespace(start) || packet::ends_namespace(start, start.len() == packet.len());
    !packet::connects(start) || names_one && transport.asks_to_connect()
}

/// An event or an ack.
fn is_counted(packet: &str) -> bool {
    packet.starts_with("42") || packet.starts_with("43")
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, stream};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_too_large_and_one_that_comes_too_late_are_told_apart() {
        let body = |bytes: usize| Body::from(vec![b'4'; bytes]);
        assert_eq!(in_time(body(limits::FRAME_BYTES)).await.unwrap().len(), limits::FRAME_BYTES);
        assert_eq!(in_time(body(limits::FRAME_BYTES + 1)).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        let begun = stream::iter([Ok::<_, std::io::Error>("4")]);
        let late = Body::from_stream(begun.chain(stream::pending()));
        assert_eq!(in_time(late).await, Err(StatusCode::REQUEST_TIMEOUT));
    }
}
