//! The stream under a WebSocket, between the network and engineioxide.
//!
//! engineioxide owns a connection from its first frame to its last and cannot be asked to read
//! nothing for a while, to give up a client that does not read, to say why it closes, or to begin its
//! pings after the interval. It reads and writes a stream, though, and that is ours: what is to be
//! different about frames is made so here.

use std::{
    io, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use protocol::limits;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    runtime::Handle,
    time::timeout,
};

use super::{
    engine::Closed,
    frame::{self, CLOSE, Header, Outgoing, TEXT},
    packet,
    transport::Transport,
};

/// Engine.IO packets that are put in as if the client had sent them.
const CLOSE_PACKET: u8 = b'1';
const PONG: u8 = b'3';
const UPGRADE: u8 = b'5';
/// The ping of engineioxide, as a frame.
const PING: [u8; 3] = [TEXT, 1, b'2'];
/// A close frame without a reason, as a frame.
const NO_REASON: [u8; 2] = [CLOSE, 0];

/// Why a connection is closed (RFC 6455, section 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
enum Reason {
    Policy = 1008,
    TooBig = 1009,
}

/// After a reason was sent, as long and as much is read from the client: if the system found unread
/// bytes when it closes, it would take the reason back.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 4 * limits::FRAME_BYTES as u64;

pub(super) struct Wire<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> {
    /// None once it lingers.
    stream: Option<S>,
    transport: Arc<Transport>,
    /// Bytes of the client's frame that are yet to pass.
    left: u64,
    /// Bytes of the message whose frames are passing.
    message: u64,
    /// The beginning of a frame that cannot be judged before more of it is there.
    held: Vec<u8>,
    /// To be answered for the client.
    ponging: bool,
    outgoing: Outgoing,
    /// Why it is closed, by us.
    reason: Option<Reason>,
    /// The bytes of a close frame that are written.
    closing: usize,
    _closed: Closed,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Wire<S> {
    pub(super) fn new(stream: S, transport: Arc<Transport>, closed: Closed) -> Self {
        Self {
            _closed: closed,
            stream: Some(stream),
            transport,
            left: 0,
            message: 0,
            held: Vec::new(),
            ponging: false,
            outgoing: Outgoing::default(),
            reason: None,
            closing: 0,
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut S>> {
        match &mut self.stream {
            Some(stream) if !self.transport.is_cut() => Ok(Pin::new(stream)),
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    /// A frame that the client did not send, where one may begin.
    fn put_in(&mut self) -> Option<[u8; 7]> {
        if self.left > 0 {
            None
        } else if mem::take(&mut self.ponging) {
            Some(frame::from_client(PONG))
        } else if self.transport.take_leave() {
            // engineioxide writes what waits, closes, and tells everybody.
            Some(frame::from_client(CLOSE_PACKET))
        } else {
            None
        }
    }

    /// How many of these bytes may pass; what is behind them has to wait for more.
    fn judge(&mut self, bytes: &mut [u8]) -> usize {
        let mut at = 0;
        loop {
            let some = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - at);
            at += some;
            self.left -= some as u64;
            let Some(header) = Header::read(&bytes[at..]) else { return at };
            if header.is_data() {
                let before = if header.opcode == 0 { self.message } else { 0 };
                self.message = before.saturating_add(header.payload);
                if self.message > limits::FRAME_BYTES as u64 {
                    return self.refuse(at, Reason::TooBig);
                }
            }
            if header.opcode == TEXT & 0x0f {
                match self.judge_packet(header, &mut bytes[at + header.len..]) {
                    Judgement::Passes => {}
                    Judgement::Waits => return at,
                    Judgement::Refused => return self.refuse(at, Reason::Policy),
                }
            }
            at += header.len;
            self.left = header.payload;
        }
    }

    fn judge_packet(&self, header: Header, bytes: &mut [u8]) -> Judgement {
        let payload = usize::try_from(header.payload).unwrap_or(usize::MAX);
        let mut start = [0; packet::LOOKED_AT];
        let start = &mut start[..payload.min(packet::LOOKED_AT)];
        if !header.unmask(bytes, start) {
            return Judgement::Waits;
        }
        if *start == [UPGRADE] {
            self.transport.upgraded();
        } else if packet::has_unanswerable_id(start) {
            return Judgement::Refused;
        } else if packet::names_namespace(start) {
            let mut packet = vec![0; payload.min(packet::LOOKED_AT_NAMESPACE)];
            if !header.unmask(bytes, &mut packet) {
                return Judgement::Waits;
            }
            packet::without_query(&mut packet);
            header.unmask(&packet, &mut bytes[..packet.len()]);
        }
        Judgement::Passes
    }

    fn refuse(&mut self, at: usize, reason: Reason) -> usize {
        tracing::info!(
            code = reason as u16,
            ?reason,
            "a client's frame was refused, and its connection closed"
        );
        self.reason = Some(reason);
        at
    }

    /// A frame of the server's that is not to go out as it is.
    fn is_special(&self) -> impl Fn(&[u8]) -> bool + use<S> {
        let (ping, close) = (self.transport.may_be_first_ping(), self.reason.is_some());
        move |bytes| ping && bytes.starts_with(&PING) || close && bytes.starts_with(&NO_REASON)
    }

    /// Writes a close frame with a reason in the place of the one without.
    fn write_reason(&mut self, context: &mut Context<'_>, reason: Reason) -> Poll<io::Result<usize>> {
        let [high, low] = (reason as u16).to_be_bytes();
        let frame = [CLOSE, 2, high, low];
        while self.closing < frame.len() {
            let rest = &frame[self.closing..];
            self.closing += ready!(self.stream()?.poll_write(context, rest))?;
        }
        Poll::Ready(Ok(NO_REASON.len()))
    }
}

enum Judgement {
    Passes,
    Waits,
    Refused,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        wire.transport.reads(context.waker());
        loop {
            if wire.reason.is_some() {
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
            wire.stream()?;
            if let Some(frame) = wire.put_in() {
                buffer.put_slice(&frame);
                return Poll::Ready(Ok(()));
            }
            if wire.transport.is_full() {
                return Poll::Pending;
            }
            let start = buffer.filled().len();
            let held = mem::take(&mut wire.held);
            buffer.put_slice(&held);
            let read = wire.stream()?.poll_read(context, buffer);
            let end = start + held.len();
            if !matches!(read, Poll::Ready(Ok(()))) || buffer.filled().len() == end {
                buffer.set_filled(start);
                wire.held = held;
                return read;
            }
            let passed = wire.judge(&mut buffer.filled_mut()[start..]);
            wire.held = buffer.filled()[start + passed..].to_vec();
            buffer.set_filled(start + passed);
            if passed > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> AsyncWrite for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        wire.transport.writes(context.waker());
        let mut end = bytes.len();
        if wire.reason.is_some() || wire.transport.may_be_first_ping() {
            let is_special = wire.is_special();
            if wire.outgoing.is_between() {
                if let Some(reason) = wire.reason
                    && bytes.starts_with(&NO_REASON)
                {
                    return wire.write_reason(context, reason);
                }
                if bytes.starts_with(&PING) && wire.transport.is_first_ping() {
                    wire.ponging = true;
                    wire.transport.wake_reader();
                    return Poll::Ready(Ok(PING.len()));
                }
            }
            end = wire.outgoing.find(bytes, is_special).unwrap_or(end);
        }
        let written = wire.stream()?.poll_write(context, &bytes[..end]);
        wire.transport.block(written.is_pending());
        let written = ready!(written)?;
        let passed = wire.outgoing.pass(&bytes[..written]);
        wire.transport.progressed();
        wire.transport.left(passed.bytes, passed.packets);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        wire.transport.writes(context.waker());
        wire.stream()?.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        wire.transport.writes(context.waker());
        wire.stream()?.poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Drop for Wire<S> {
    fn drop(&mut self) {
        self.transport.cut();
        if self.reason.is_some()
            && let Some(mut stream) = self.stream.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(timeout(LINGER, async move {
                stream.shutdown().await.ok();
                tokio::io::copy(&mut stream.take(LINGER_BYTES), &mut tokio::io::sink()).await.ok();
            }));
        }
    }
}
