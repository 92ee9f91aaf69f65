//! The stream under a WebSocket, between the network and engineioxide.
//!
//! engineioxide owns a connection from its first frame to its last. It cannot be asked to read nothing for a
//! while, to give up a client that does not read, to say why it closes, or to begin its pings after the
//! interval. But it reads and writes a stream, and the stream is ours: what must be different about frames is
//! changed here.

mod incoming;
mod shared;

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

use self::{
    incoming::{Incoming, Reason},
    shared::{Sharing, is_placeholder},
};
use super::{
    frame::{self, CLOSE, Outgoing, TEXT},
    on_drop::OnDrop,
    refusals::RefusalLog,
    transport::{PLACEHOLDER, Transport},
};

/// Engine.IO packets that are put in as if the client had sent them.
const CLOSE_PACKET: u8 = b'1';
const PONG: u8 = b'3';
/// The ping of engineioxide, as a frame.
const PING: [u8; 3] = [TEXT, 1, b'2'];
/// A close frame without a reason, as a frame.
const NO_REASON: [u8; 2] = [CLOSE, 0];

/// Bytes that are read at once behind the beginning of a frame.
const MORE: usize = 512;

/// After a reason was sent, at most for so long and so much is read from the client: if the system found
/// unread bytes when it closes, it would discard the reason.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 4 * limits::FRAME_BYTES as u64;

pub(super) struct Wire<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> {
    /// None once it lingers.
    stream: Option<S>,
    transport: Arc<Transport>,
    refusals: Arc<RefusalLog>,
    incoming: Incoming,
    /// What was read and not passed on: first what found no room, then the beginning of a frame that cannot
    /// be judged before more of it is there.
    held: Vec<u8>,
    /// How much of `held` may pass.
    judged: usize,
    /// A ping is to be answered for the client.
    ponging: bool,
    outgoing: Outgoing,
    /// Why we close it.
    reason: Option<Reason>,
    /// How many bytes of the close frame are written.
    closing: usize,
    /// A long packet that is being written, and how much of it was.
    sharing: Option<Sharing>,
    _closed: OnDrop,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Wire<S> {
    pub(super) fn new(
        stream: S,
        transport: Arc<Transport>,
        refusals: Arc<RefusalLog>,
        closed: OnDrop,
    ) -> Self {
        Self {
            _closed: closed,
            stream: Some(stream),
            transport,
            refusals,
            incoming: Incoming::default(),
            held: Vec::new(),
            judged: 0,
            ponging: false,
            outgoing: Outgoing::default(),
            reason: None,
            closing: 0,
            sharing: None,
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut S>> {
        match &mut self.stream {
            Some(stream) if !self.transport.is_cut() => Ok(Pin::new(stream)),
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    /// A frame to put in that the client did not send, if a frame may begin here.
    fn put_in(&mut self) -> Option<[u8; 7]> {
        if !self.incoming.is_between() {
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
        let (passed, refused) = self.incoming.judge(bytes, &self.transport);
        if let Some(reason) = refused {
            if let Some(unlogged) = self.refusals.line() {
                tracing::info!(
                    code = reason as u16,
                    ?reason,
                    unlogged,
                    "a client's frame was refused, and its connection closed"
                );
            }
            self.reason = refused;
        }
        passed
    }

    /// Recognises a frame of the server that must not go out as it is. None if there can be none.
    fn special(&self) -> Option<impl Fn(&[u8]) -> bool + use<S>> {
        let (ping, close) = (self.transport.may_be_first_ping(), self.reason.is_some());
        let shared = self.sharing.is_some() || self.transport.has_shared();
        (ping || close || shared).then_some(move |bytes: &[u8]| {
            ping && bytes.starts_with(&PING)
                || close && bytes.starts_with(&NO_REASON)
                || shared && is_placeholder(bytes)
        })
    }

    /// Writes a long packet in the place of its placeholder.
    fn write_shared(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut sharing = match self.sharing.take().or_else(|| self.transport.next_shared().map(Sharing::new))
        {
            Some(sharing) => sharing,
            // A packet is always kept before its placeholder is sent.
            None => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
        };
        while let Some(rest) = sharing.rest() {
            let written = self.stream()?.poll_write(context, rest);
            self.transport.block(written.is_pending());
            match written {
                Poll::Ready(written) => sharing.written += written?,
                Poll::Pending => {
                    self.sharing = Some(sharing);
                    return Poll::Pending;
                }
            }
            self.transport.progressed();
        }
        self.transport.left(sharing.packet.len(), 1);
        Poll::Ready(Ok(2 + PLACEHOLDER.len()))
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

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        wire.transport.reads(context.waker());
        loop {
            wire.stream()?;
            if wire.judged > 0 {
                // The buffer may be small: often it has room only for the rest of a frame.
                let some = wire.judged.min(buffer.remaining());
                buffer.put_slice(&wire.held[..some]);
                wire.held.drain(..some);
                wire.judged -= some;
                return Poll::Ready(Ok(()));
            }
            if wire.reason.is_some() {
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
            if let Some(frame) = wire.put_in() {
                wire.held.splice(..0, frame);
                wire.judged = frame.len();
                continue;
            }
            if wire.transport.is_full() {
                return Poll::Pending;
            }
            if wire.held.is_empty() {
                // The usual way: nothing is copied.
                let start = buffer.filled().len();
                let read = wire.stream()?.poll_read(context, buffer);
                if !matches!(read, Poll::Ready(Ok(()))) || buffer.filled().len() == start {
                    return read;
                }
                let passed = wire.judge(&mut buffer.filled_mut()[start..]);
                wire.held.extend_from_slice(&buffer.filled()[start + passed..]);
                buffer.set_filled(start + passed);
                if passed > 0 {
                    return Poll::Ready(Ok(()));
                }
            } else {
                let mut more = [0; MORE];
                let mut more = ReadBuf::new(&mut more);
                ready!(wire.stream()?.poll_read(context, &mut more))?;
                if more.filled().is_empty() {
                    return Poll::Ready(Ok(()));
                }
                let mut held = mem::take(&mut wire.held);
                held.extend_from_slice(more.filled());
                wire.judged = wire.judge(&mut held);
                wire.held = held;
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> AsyncWrite for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        wire.transport.writes(context.waker());
        let mut end = bytes.len();
        if let Some(is_special) = wire.special() {
            if wire.outgoing.is_between() {
                if let Some(reason) = wire.reason
                    && bytes.starts_with(&NO_REASON)
                {
                    return wire.write_reason(context, reason);
                }
                if is_placeholder(bytes) {
                    return wire.write_shared(context);
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

#[cfg(test)]
mod tests;
