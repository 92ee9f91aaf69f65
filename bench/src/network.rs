//! One client's network: a way to the server that can be cut for a while.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

pub(crate) struct Network {
    pub(crate) address: SocketAddr,
    online: watch::Sender<bool>,
    _forwarding: JoinSet<()>,
}

impl Network {
    pub(crate) async fn to(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (online, changes) = watch::channel(true);
        let mut forwarding = JoinSet::new();
        forwarding.spawn_local(accept(listener, server, changes));
        Ok(Self { address, online, _forwarding: forwarding })
    }

    /// Cuts every connection, and each new one until it is online again.
    pub(crate) fn set_online(&self, online: bool) {
        self.online.send_replace(online);
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, online: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        if *online.borrow() {
            connections.spawn_local(forward(client, server, online.clone()));
        }
    }
}

/// Forwards bytes until one of both closes, or the network is cut.
async fn forward(mut client: TcpStream, server: SocketAddr, mut online: watch::Receiver<bool>) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    client.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = online.wait_for(|online| !online) => {}
    }
}
