//! The client's example page, without a framework, against a plain `socket.io` server over TLS.

use std::env;

use anyhow::{Context as _, Result, ensure};
use e2e::plain::PlainServer;

use crate::{person::PATIENCE, scene::play};

#[tokio::test]
async fn the_example_page_works_against_a_plain_server_over_tls() -> Result<()> {
    let page = env::var_os("PARLANCE_EXAMPLE_PAGE");
    let page = page.context("PARLANCE_EXAMPLE_PAGE is not set: run `cargo xtask test browser`")?;
    let server = PlainServer::start("plain-page", Some(page.as_ref()))?;
    play("plain-page-browser", async |scene| {
        let somebody = scene.person("somebody").await?;
        somebody.visits(server.url()).await?;
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            let title = somebody.title().await?;
            if ["answered 3, reversed [3, 2, 1]", "1 + 2 = 3"].iter().all(|line| title.contains(line)) {
                return Ok(());
            }
            ensure!(std::time::Instant::now() < end, "{title}");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    })
    .await
}
