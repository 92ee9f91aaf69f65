//! The stream under a WebSocket, between the network and engineioxide.
//!
//! engineioxide owns a connection from its first frame to its last. It cannot be asked to read nothing for a
//! while, to give up a client that does not read, to say why it closes, or to begin its pings after the
//! interval. But it reads and writes a stream, and the stream is ours: what must be different about frames is
//! changed here.

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
    frame::{self, CLOSE, Header, Outgoing, TEXT},
    on_drop::OnDrop,
    packet,
    transport::{PLACEHOLDER, Transport},
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
    /// Bytes of the client's frame that are yet to pass.
    left: u64,
    /// Bytes of the message whose frames are passing.
    message: u64,
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
    pub(super) fn new(stream: S, transport: Arc<Transport>, closed: OnDrop) -> Self {
        Self {
            _closed: closed,
            stream: Some(stream),
            transport,
            left: 0,
            message: 0,
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

/// A long packet as a frame.
struct Sharing {
    header: Vec<u8>,
    packet: Arc<str>,
    written: usize,
}

impl Sharing {
    fn new(packet: Arc<str>) -> Self {
        // The length in as few bytes as hold it: Chromium closes the connection over a longer form.
        let header = match u16::try_from(packet.len()) {
            Ok(len) => [&[TEXT, 126][..], &len.to_be_bytes()].concat(),
            Err(_) => [&[TEXT, 127][..], &(packet.len() as u64).to_be_bytes()].concat(),
        };
        Self { header, packet, written: 0 }
    }

    /// What is still to be written of the header or the packet.
    fn rest(&self) -> Option<&[u8]> {
        match self.written.checked_sub(self.header.len()) {
            None => Some(&self.header[self.written..]),
            Some(written) => Some(&self.packet.as_bytes()[written..]).filter(|rest| !rest.is_empty()),
        }
    }
}

/// Whether a frame is the placeholder of a long packet.
fn is_placeholder(bytes: &[u8]) -> bool {
    let payload = bytes.strip_prefix(&[TEXT, PLACEHOLDER.len() as u8]);
    payload.is_some_and(|payload| payload.starts_with(PLACEHOLDER.as_bytes()))
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
mod tests {
    use tokio::io::duplex;

    use super::{super::transport::LONG, *};

    fn wire(stream: tokio::io::DuplexStream) -> Wire<tokio::io::DuplexStream> {
        Wire::new(stream, Transport::new(), OnDrop::nothing())
    }

    /// A frame as a client writes it.
    fn frame(text: &str) -> Vec<u8> {
        let mask = [7, 8, 9, 10];
        let mut frame = vec![TEXT];
        match text.len() {
            len @ ..126 => frame.push(0x80 | len as u8),
            len => frame.extend([&[0x80 | 126][..], &(len as u16).to_be_bytes()].concat()),
        }
        frame.extend(mask);
        frame.extend(text.bytes().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame
    }

    #[tokio::test]
    async fn frames_pass_unchanged_whatever_pieces_they_are_written_and_read_in() {
        let long = format!("42[\"x\",\"{}\"]", "y".repeat(3_000));
        let texts =
            ["40{}", "42[\"x\"]", "3", "", &long, "42123[\"listOnline\"]", "40/other,{}", "4", "429[\"x\"]"];
        let stream = texts.iter().map(|text| frame(text)).collect::<Vec<_>>().concat();
        for (written, read) in
            [(1, 1), (1, 64), (3, 2), (7, 5), (50, 14), (64, 1), (1_000, 14), (5_000, 1_024)]
        {
            let (mut client, server) = duplex(8_192);
            let mut wire = wire(server);
            let pieces: Vec<Vec<u8>> = stream.chunks(written).map(<[u8]>::to_vec).collect();
            tokio::spawn(async move {
                for piece in pieces {
                    client.write_all(&piece).await.unwrap();
                    tokio::task::yield_now().await;
                }
            });
            let mut passed = Vec::new();
            let mut buffer = vec![0; read];
            loop {
                let some = wire.read(&mut buffer).await.unwrap();
                if some == 0 {
                    break;
                }
                passed.extend_from_slice(&buffer[..some]);
            }
            assert_eq!(passed, stream, "written by {written}, read by {read}");
        }
    }

    #[tokio::test]
    async fn the_first_ping_is_taken_out_and_answered_between_frames() {
        let (mut client, server) = duplex(8_192);
        let mut wire = wire(server);
        let mut open = vec![TEXT, 2];
        open.extend(b"0x");
        wire.write_all(&[&open[..], &PING, &open].concat()).await.unwrap();
        let mut out = [0; 8];
        client.read_exact(&mut out).await.unwrap();
        assert_eq!(out, *[open.clone(), open].concat());
        client.write_all(&frame("41")).await.unwrap();
        let mut read = [0; 7];
        wire.read_exact(&mut read).await.unwrap();
        assert_eq!(read, frame::from_client(PONG));
        wire.write_all(&PING).await.unwrap();
        client.read_exact(&mut out[..3]).await.unwrap();
        assert_eq!(out[..3], PING, "the second one goes out");
    }

    #[tokio::test]
    async fn a_long_packet_takes_the_place_of_its_placeholder() {
        // RFC 6455, section 5.2: a length is written in as few bytes as hold it.
        for (length, header) in [(LONG, 4), (65_535, 4), (65_536, 10), (300_000, 10)] {
            let (mut client, server) = duplex(64);
            let mut wire = wire(server);
            let packet: Arc<str> = "y".repeat(length).into();
            let transport = wire.transport.clone();
            transport.charge(packet.len());
            transport.share(packet.clone());
            let mut placeholder = vec![TEXT, PLACEHOLDER.len() as u8];
            placeholder.extend(PLACEHOLDER.as_bytes());
            let short = [TEXT, 1, b'x'];
            let writing = tokio::spawn(async move {
                wire.write_all(&[&short[..], &placeholder, &short].concat()).await.unwrap();
                wire
            });
            let mut out = vec![0; 3 + header + packet.len() + 3];
            client.read_exact(&mut out).await.unwrap();
            assert_eq!((&out[..3], &out[out.len() - 3..]), (&short[..], &short[..]));
            let read = Header::read(&out[3..]).unwrap();
            assert_eq!((read.len, read.payload), (header, packet.len() as u64));
            assert_eq!(&out[3 + header..out.len() - 3], packet.as_bytes());
            writing.await.unwrap();
            assert!(transport.is_drained());
        }
    }

    #[tokio::test]
    async fn a_wire_that_is_cut_off_while_nothing_moves_ends_both_directions() {
        let (_client, server) = duplex(16);
        let wire = wire(server);
        let transport = wire.transport.clone();
        let (mut reading, mut writing) = tokio::io::split(wire);
        let writing = tokio::spawn(async move { writing.write_all(&[0; 100]).await });
        let reading = tokio::spawn(async move { reading.read_u8().await });
        tokio::task::yield_now().await;
        assert!(transport.cut());
        assert!(writing.await.unwrap().is_err() && reading.await.unwrap().is_err());
    }
}
