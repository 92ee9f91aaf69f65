//! A session that polls, request by request, from one of this machine's addresses.

use std::net::IpAddr;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

pub(crate) struct Session {
    client: reqwest::Client,
    id: String,
}

impl Session {
    /// Begins one, with every request over a connection of its own.
    pub(crate) async fn begin(url: &str, token: &str, address: IpAddr) -> Result<Self> {
        let client = reqwest::Client::builder().local_address(address).pool_max_idle_per_host(0).build()?;
        let mut session = Self { client, id: String::new() };
        let opened = session.gets(url).await?;
        let handshake: Value = serde_json::from_str(opened.strip_prefix('0').context("no handshake")?)?;
        session.id = handshake["sid"].as_str().context("no id")?.to_owned();
        session.posts(url, format!("40{}", json!({ "token": token }))).await?;
        let connected = session.gets(url).await?;
        ensure!(connected.contains("40{\"sid\""), "not let in: {connected}");
        Ok(session)
    }

    /// Sends something of which a node that knows the session says "ok".
    pub(crate) async fn asks(&self, url: &str) -> Result<()> {
        self.posts(url, r#"42["listConversations",{}]"#.to_owned()).await
    }

    /// Sends a body of so many bytes, which is no event of ours. Returns what it is answered.
    pub(crate) async fn sends(&self, url: &str, bytes: usize) -> Result<u16> {
        let (before, after) = ("42[\"nothing\",\"", "\"]");
        let body = format!("{before}{}{after}", "x".repeat(bytes - before.len() - after.len()));
        Ok(self.client.post(self.address(url)).body(body).send().await?.status().as_u16())
    }

    fn address(&self, url: &str) -> String {
        let id = if self.id.is_empty() { String::new() } else { format!("&sid={}", self.id) };
        format!("{url}{}?EIO=4&transport=polling{id}", protocol::path::SOCKET_IO)
    }

    async fn gets(&self, url: &str) -> Result<String> {
        Ok(self.client.get(self.address(url)).send().await?.error_for_status()?.text().await?)
    }

    async fn posts(&self, url: &str, body: String) -> Result<()> {
        self.client.post(self.address(url)).body(body).send().await?.error_for_status()?;
        Ok(())
    }
}
