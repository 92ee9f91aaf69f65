//! A TCP proxy that breaks connections.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What the network does to one connection.
#[derive(Clone, Copy, PartialEq)]
enum Weather {
    Fine,
    /// Nothing passes for so long; then everything does.
    Slow(Duration),
    /// What is sent vanishes, in one direction, and nobody is told.
    Swallows {
        towards_server: bool,
    },
    /// Nothing is read of what is sent in one direction, so that the sender's window closes; later
    /// everything arrives.
    Stopped {
        towards_server: bool,
    },
    /// The page's end is closed, and the server's stays open.
    HalfOpen,
    Cut,
}

pub(crate) struct Proxy {
    address: SocketAddr,
    connections: Arc<Mutex<Vec<watch::Sender<Weather>>>>,
    broken: AtomicUsize,
}

impl Proxy {
    pub(crate) async fn start(server: SocketAddr) -> Result<Self> {
        let socket = small()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let listener = socket.listen(64)?;
        let address = listener.local_addr()?;
        let connections = Arc::new(Mutex::new(Vec::new()));
        let accepted = connections.clone();
        tokio::spawn(async move {
            while let Ok((page, _)) = listener.accept().await {
                let Ok(server) = connect(server).await else { continue };
                let (weather, changes) = watch::channel(Weather::Fine);
                accepted.lock().unwrap_or_else(PoisonError::into_inner).push(weather);
                let ((from_page, to_page), (from_server, to_server)) =
                    (page.into_split(), server.into_split());
                tokio::spawn(carry(from_page, to_server, changes.clone(), true));
                tokio::spawn(carry(from_server, to_page, changes, false));
            }
        });
        Ok(Self { address, connections, broken: AtomicUsize::new(0) })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections were broken so far.
    pub(crate) fn broken(&self) -> usize {
        self.broken.load(Ordering::Relaxed)
    }

    /// Does something bad to one connection.
    pub(crate) fn disturb(&self, random: &mut fastrand::Rng) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.retain(|connection| !connection.is_closed());
        let Some(connection) = random.choice(connections.iter()).cloned() else { return };
        let swallows = Weather::Swallows { towards_server: random.bool() };
        let stopped = Weather::Stopped { towards_server: random.bool() };
        match random.u8(0..14) {
            0..=3 => self.cut(connection, Duration::ZERO),
            // A silence that ends with the connection, as when a phone changes its network.
            4..=7 => {
                let _ = connection.send(swallows);
                self.cut(connection, Duration::from_millis(random.u64(10..150)));
            }
            8..=9 => {
                let _ = connection.send(Weather::HalfOpen);
                self.cut(connection, Duration::from_millis(random.u64(10..500)));
            }
            10 => {
                let _ = connection.send(stopped);
                self.cut(connection, Duration::from_millis(random.u64(10..300)));
            }
            11 => {
                let _ = connection.send(stopped);
                let wait = Duration::from_millis(random.u64(10..300));
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    connection.send_if_modified(|weather| {
                        let still = *weather == stopped;
                        if still {
                            *weather = Weather::Fine;
                        }
                        still
                    });
                });
            }
            _ => {
                let _ = connection.send(Weather::Slow(Duration::from_millis(random.u64(10..200))));
            }
        }
    }

    /// From now on the network is fine. What is half broken is cut.
    pub(crate) fn heal(&self) {
        for connection in self.connections.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let half_broken = matches!(*connection.borrow(), Weather::Swallows { .. } | Weather::HalfOpen);
            let _ = connection.send(if half_broken { Weather::Cut } else { Weather::Fine });
        }
    }

    fn cut(&self, connection: watch::Sender<Weather>, delay: Duration) {
        if *connection.borrow() == Weather::Cut {
            return;
        }
        self.broken.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let _ = connection.send(Weather::Cut);
        });
    }
}

/// With a small buffer, so that a window closes soon.
fn small() -> Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4 * 1024)?;
    Ok(socket)
}

async fn connect(server: SocketAddr) -> Result<TcpStream> {
    Ok(small()?.connect(server).await?)
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
    towards_server: bool,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let now = *weather.borrow_and_update();
        match now {
            Weather::Cut => return,
            Weather::Slow(wait) => tokio::time::sleep(wait).await,
            Weather::Stopped { towards_server: direction } if direction == towards_server => {
                if weather.changed().await.is_err() {
                    return;
                }
                continue;
            }
            Weather::HalfOpen => {
                return half_open(from, to, weather, towards_server).await;
            }
            Weather::Fine | Weather::Swallows { .. } | Weather::Stopped { .. } => {}
        }
        tokio::select! {
            changed = weather.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            read = from.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return,
                Ok(_) if *weather.borrow() == (Weather::Swallows { towards_server }) => {}
                Ok(read) => {
                    if to.write_all(&buffer[..read]).await.is_err() {
                        return;
                    }
                }
            },
        }
    }
}

/// Lets go of the page's end and holds the server's, until it is cut.
async fn half_open(
    mut from: OwnedReadHalf,
    to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
    towards_server: bool,
) {
    let mut buffer = vec![0; 16 * 1024];
    let (page, server) = if towards_server { (None, Some(to)) } else { (Some(to), None) };
    drop(page);
    loop {
        tokio::select! {
            changed = weather.changed() => {
                if changed.is_err() || *weather.borrow_and_update() == Weather::Cut {
                    break;
                }
            }
            // What the server sends goes nowhere; nothing is read from the page's end.
            read = from.read(&mut buffer), if !towards_server => {
                if !matches!(read, Ok(1..)) {
                    break;
                }
            }
        }
    }
    drop(server);
}
