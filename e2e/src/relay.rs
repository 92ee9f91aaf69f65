//! A TCP relay between a node and what it needs, which can be cut, stalled and restored.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::watch;

/// What passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Everything.
    Whole,
    /// Nothing, and nobody is told: connections stay as they are.
    Stalled,
    /// Nothing: connections are closed, and new ones as soon as they are made.
    Cut,
}

/// The relay. It works in a thread of its own, so that a test that waits does not hold it up, and ends when this is
/// dropped.
pub struct Relay {
    address: SocketAddr,
    link: watch::Sender<Link>,
}

impl Relay {
    /// Starts one on a free port.
    pub fn start(to: SocketAddr) -> Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let (link, changes) = watch::channel(Link::Whole);
        thread::spawn(move || runtime.block_on(accept(listener, to, changes)));
        Ok(Self { address, link })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on that passes.
    pub fn set(&self, link: Link) {
        self.link.send_replace(link);
    }
}

async fn accept(listener: std::net::TcpListener, to: SocketAddr, mut link: watch::Receiver<Link>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(serve(stream, to, link.clone()))),
                Err(_) => return,
            },
            changed = link.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

async fn serve(stream: TcpStream, to: SocketAddr, mut link: watch::Receiver<Link>) {
    if !link.wait_for(|link| *link != Link::Stalled).await.is_ok_and(|link| *link == Link::Whole) {
        return;
    }
    let Ok(other) = TcpStream::connect(to).await else { return };
    // What passes here is small and waited for.
    stream.set_nodelay(true).ok();
    other.set_nodelay(true).ok();
    let ((from, back), (answers, forth)) = (stream.into_split(), other.into_split());
    tokio::join!(carry(from, forth, link.clone()), carry(answers, back, link));
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut link: watch::Receiver<Link>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let now = *link.borrow_and_update();
        if now == Link::Cut {
            return;
        }
        tokio::select! {
            changed = link.changed() => if changed.is_err() {
                return;
            },
            read = from.read(&mut buffer), if now == Link::Whole => match read {
                Ok(0) | Err(_) => return,
                Ok(read) => tokio::select! {
                    written = to.write_all(&buffer[..read]) => if written.is_err() {
                        return;
                    },
                    _ = cut(&mut link) => return,
                },
            },
        }
    }
}

async fn cut(link: &mut watch::Receiver<Link>) {
    link.wait_for(|link| *link == Link::Cut).await.ok();
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_stalled_arrives_later_and_what_is_cut_is_closed() -> Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let relay = Relay::start(listener.local_addr()?)?;
        let mut here = TcpStream::connect(relay.address())?;
        let (mut there, _) = listener.accept()?;
        let mut byte = [0];
        here.write_all(b"1")?;
        there.read_exact(&mut byte)?;

        relay.set(Link::Stalled);
        thread::sleep(Duration::from_millis(50));
        here.write_all(b"2")?;
        there.set_read_timeout(Some(Duration::from_millis(100)))?;
        assert!(there.read(&mut byte).is_err());
        relay.set(Link::Whole);
        there.set_read_timeout(Some(Duration::from_secs(10)))?;
        there.read_exact(&mut byte)?;
        assert_eq!(byte, *b"2");

        relay.set(Link::Cut);
        assert_eq!(there.read(&mut byte)?, 0);
        assert_eq!(here.read(&mut byte)?, 0);
        let mut refused = TcpStream::connect(relay.address())?;
        assert!(!matches!(refused.read(&mut byte), Ok(1..)));
        Ok(())
    }
}
