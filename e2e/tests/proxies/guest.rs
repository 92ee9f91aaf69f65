//! Somebody who writes to themselves through a proxy.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use client::{Client, Notice, Options, Transports, backoff::Backoff, connection::Config, native};
use e2e::account::Account;
use futures::StreamExt as _;
use protocol::{Chat, SendPrivateMessage, UserId};
use tokio::task::JoinHandle;

pub(crate) struct Guest {
    client: Client<Chat>,
    id: UserId,
    way: Transports,
    connections: Arc<AtomicU32>,
    listening: JoinHandle<()>,
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "who uses {:?}", self.way)
    }
}

impl Guest {
    pub(crate) fn enters(url: &str, who: &Account, way: Transports) -> Self {
        let token = who.token.clone();
        let backoff = Backoff { min: Duration::from_millis(50), max: Duration::from_millis(500) };
        let options = Options::new(url)
            .auth(move || protocol::ConnectAuth::new(token.clone()))
            .call_timeout(Duration::from_secs(10))
            .config(Config { backoff, transports: way, ..Config::default() });
        let (client, notices) = native::connect::<Chat>(options);
        let connections = Arc::new(AtomicU32::new(0));
        let count = connections.clone();
        let listening = tokio::spawn(notices.for_each(move |notice| {
            if matches!(notice, Notice::Connected) {
                count.fetch_add(1, Ordering::Relaxed);
            }
            async {}
        }));
        Self { client, id: who.id, way, connections, listening }
    }

    /// Writes, and gets what was written as the answer.
    pub(crate) async fn writes(&self, text: &str) -> Result<()> {
        let content = text.parse().context("a text")?;
        let message = self.client.call(SendPrivateMessage::new(self.id, content)).await;
        let message = message.map_err(|error| anyhow!("{self:?}: {error:?}"))?;
        ensure!(message.content.as_str() == text, "{self:?}: the text was changed");
        Ok(())
    }

    /// Writes as soon as that is possible.
    pub(crate) async fn comes_back(&self, patience: Duration) -> Result<()> {
        let end = Instant::now() + patience;
        loop {
            match self.writes("after").await {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > end => {
                    return Err(error.context(format!("after {patience:?}")));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// How often it was let in.
    pub(crate) fn connections(&self) -> u32 {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
