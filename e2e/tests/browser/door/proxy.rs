//! Passes everything on to the server, until it ends Socket.IO's connections soon after they begin.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

/// In front of one server.
pub(crate) struct Door {
    address: SocketAddr,
    stay: watch::Sender<Option<Duration>>,
    tries: Arc<AtomicUsize>,
}

/// What both directions of one connection know.
#[derive(Default)]
struct Visit {
    /// It is Socket.IO's.
    is_socket: AtomicBool,
    /// The server has said that it is connected.
    is_in: Notify,
}

impl Door {
    pub(crate) async fn before(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stay, watched) = watch::channel(None);
        let tries = Arc::new(AtomicUsize::new(0));
        let counter = tries.clone();
        tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                tokio::spawn(pass_on(visitor, server, watched.clone(), counter.clone()));
            }
        });
        Ok(Self { address, stay, tries })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, for connections that are there already, too; `None` lets everybody stay.
    pub(crate) fn throws_out_after(&self, stay: Option<Duration>) {
        self.stay.send_replace(stay);
    }

    /// How many times somebody tried to make a connection of Socket.IO.
    pub(crate) fn tries(&self) -> usize {
        self.tries.load(Ordering::Relaxed)
    }
}

async fn pass_on(
    visitor: TcpStream,
    server: SocketAddr,
    mut stay: watch::Receiver<Option<Duration>>,
    tries: Arc<AtomicUsize>,
) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let visit = Visit::default();
    let (from_visitor, to_visitor) = visitor.into_split();
    let (from_server, to_server) = server.into_split();
    let asked = copy(from_visitor, to_server, |bytes| {
        let begins = contains(bytes, b"GET /socket.io/?") && !contains(bytes, b"sid=");
        if begins {
            visit.is_socket.store(true, Ordering::Relaxed);
            tries.fetch_add(1, Ordering::Relaxed);
        }
    });
    // Engine.IO's message, Socket.IO's CONNECT, and the session's id.
    let answered = copy(from_server, to_visitor, |bytes| {
        if contains(bytes, b"40{") {
            visit.is_in.notify_one();
        }
    });
    let thrown_out = async {
        visit.is_in.notified().await;
        if !visit.is_socket.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        loop {
            let limit = *stay.borrow_and_update();
            if let Some(limit) = limit {
                return sleep(limit).await;
            }
            if stay.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    // Whichever ends first ends the connection in both directions.
    tokio::select! {
        () = asked => {}
        () = answered => {}
        () = thrown_out => {}
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, look: impl Fn(&[u8])) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(length) => {
                look(&buffer[..length]);
                if to.write_all(&buffer[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
