//! A Socket.IO socket in raw frames: as little work as there can be between the measurement and
//! the server. Our own client decodes and types everything, and would be the limit.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// The most bytes that one read takes, at first.
const READ: usize = 8 * 1024;

/// What the server sent.
#[derive(Debug)]
pub(crate) enum Packet<'a> {
    /// `["name",payload]`
    Event(&'a str),
    Ack {
        id: u64,
        /// `[{"data":…}]`
        reply: &'a str,
    },
    Other,
}

impl Packet<'_> {
    /// Whether it is this event.
    pub(crate) fn is(&self, name: &str) -> bool {
        let Self::Event(json) = self else { return false };
        json.strip_prefix("[\"")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('"'))
    }
}

/// A connected socket.
pub(crate) struct Socket {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    asked: u64,
}

impl Socket {
    /// Connects over WebSocket and to the namespace `/`.
    pub(crate) async fn connect(address: SocketAddr, auth: &impl Serialize) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (input, output) = stream.into_split();
        let reader = Reader { input, buffer: vec![0; READ], start: 0, end: 0, bytes: 0 };
        let mut socket = Self { reader, writer: Writer { output, buffer: Vec::new() }, asked: 0 };
        socket.upgrade(address).await?;
        socket.writer.queue(&format!("40{}", serde_json::to_string(auth)?));
        socket.writer.flush().await?;
        loop {
            let frame = socket.reader.frame().await?;
            match socket.reader.text(&frame).as_bytes() {
                [b'4', b'0', ..] => return Ok(socket),
                [b'4', b'4', refusal @ ..] => bail!("refused: {}", String::from_utf8_lossy(refusal)),
                _ => {}
            }
        }
    }

    async fn upgrade(&mut self, address: SocketAddr) -> Result<()> {
        // The key is the example of RFC 6455: nobody checks the answer here.
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        self.writer.output.write_all(request.as_bytes()).await?;
        loop {
            let head = &self.reader.buffer[..self.reader.end];
            if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                ensure!(head.starts_with(b"HTTP/1.1 101"), "not upgraded: {}", String::from_utf8_lossy(head));
                self.reader.start = end + 4;
                return Ok(());
            }
            self.reader.fill().await?;
        }
    }

    /// The next packet; pings are answered, and what was queued is sent before waiting.
    pub(crate) async fn next(&mut self) -> Result<Packet<'_>> {
        let frame = loop {
            match self.reader.buffered()? {
                Some(frame) if self.reader.text(&frame) == "2" => self.writer.queue("3"),
                Some(frame) => break frame,
                None => {
                    self.writer.flush().await?;
                    self.reader.fill().await?;
                }
            }
        };
        Ok(packet(self.reader.text(&frame)))
    }

    /// Queues an event that wants an ack and returns the ack's id.
    pub(crate) fn ask(&mut self, name: &str, payload: &str) -> u64 {
        self.asked += 1;
        self.writer.ask(self.asked, name, payload);
        self.asked
    }

    /// Sends an event and waits for its answer.
    pub(crate) async fn call<T: DeserializeOwned>(
        &mut self,
        name: &str,
        payload: &impl Serialize,
    ) -> Result<T> {
        let asked = self.ask(name, &serde_json::to_string(payload)?);
        loop {
            if let Packet::Ack { id, reply } = self.next().await?
                && id == asked
            {
                return data(reply).with_context(|| format!("{name} was answered {reply}"));
            }
        }
    }
}

/// What an ack says.
fn data<T: DeserializeOwned>(reply: &str) -> Result<T> {
    #[derive(serde::Deserialize)]
    struct Reply<'a> {
        #[serde(borrow)]
        data: &'a RawValue,
    }
    let [Reply { data }] = serde_json::from_str(reply)?;
    Ok(serde_json::from_str(data.get())?)
}

pub(crate) struct Reader {
    input: OwnedReadHalf,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes received so far.
    pub(crate) bytes: u64,
}

/// Where a frame's payload is in the buffer, until the next read.
pub(crate) struct Frame {
    from: usize,
    to: usize,
}

impl Reader {
    /// The next packet. Pings are not answered: this is for measurements shorter than the ping timeout.
    pub(crate) async fn next(&mut self) -> Result<Packet<'_>> {
        let frame = self.frame().await?;
        Ok(packet(self.text(&frame)))
    }

    async fn frame(&mut self) -> Result<Frame> {
        loop {
            match self.buffered()? {
                Some(frame) => return Ok(frame),
                None => self.fill().await?,
            }
        }
    }

    fn text(&self, frame: &Frame) -> &str {
        std::str::from_utf8(&self.buffer[frame.from..frame.to]).unwrap_or_default()
    }

    /// The next frame that is in the buffer already.
    fn buffered(&mut self) -> Result<Option<Frame>> {
        let unread = &self.buffer[self.start..self.end];
        let (head, length) = match *unread {
            [_, 126, a, b, ..] => (4, usize::from(u16::from_be_bytes([a, b]))),
            [_, 127, _, _, _, _, a, b, c, d, ..] => (10, u32::from_be_bytes([a, b, c, d]) as usize),
            [_, 126 | 127, ..] | [] | [_] => return Ok(None),
            [_, short, ..] => (2, usize::from(short)),
        };
        if unread.len() < head + length {
            return Ok(None);
        }
        ensure!(unread[0] == 0x81, "the server sent a frame that is not text");
        let from = self.start + head;
        self.start = from + length;
        Ok(Some(Frame { from, to: self.start }))
    }

    async fn fill(&mut self) -> Result<()> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, self.end - self.start);
            } else {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
        }
        let count = self.input.read(&mut self.buffer[self.end..]).await?;
        ensure!(count > 0, "the server closed the connection");
        self.end += count;
        self.bytes += count as u64;
        Ok(())
    }
}

pub(crate) struct Writer {
    output: OwnedWriteHalf,
    buffer: Vec<u8>,
}

impl Writer {
    /// Queues an event that asks for an ack with this id.
    pub(crate) fn ask(&mut self, id: u64, name: &str, payload: &str) {
        self.queue(&format!("42{id}[\"{name}\",{payload}]"));
    }

    fn queue(&mut self, text: &str) {
        self.buffer.push(0x81);
        // A client's frames must be masked. A mask of zeros leaves the payload as it is.
        match text.len() {
            short @ 0..126 => self.buffer.push(0x80 | short as u8),
            length => {
                self.buffer.push(0x80 | 126);
                self.buffer.extend((length as u16).to_be_bytes());
            }
        }
        self.buffer.extend([0; 4]);
        self.buffer.extend(text.as_bytes());
    }

    pub(crate) async fn flush(&mut self) -> Result<()> {
        if !self.buffer.is_empty() {
            self.output.write_all(&self.buffer).await?;
            self.buffer.clear();
        }
        Ok(())
    }
}

fn packet(text: &str) -> Packet<'_> {
    match text.as_bytes() {
        [b'4', b'2', ..] => Packet::Event(&text[2..]),
        [b'4', b'3', ..] => {
            let digits = text[2..].find('[').unwrap_or(0);
            let id = text[2..2 + digits].parse().unwrap_or(0);
            Packet::Ack { id, reply: &text[2 + digits..] }
        }
        _ => Packet::Other,
    }
}
