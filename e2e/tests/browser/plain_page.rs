//! The client's example page, without a framework, against a plain `socket.io` server over TLS.

use std::{
    env,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use e2e::{engine::Engine, person::PATIENCE, plain::PlainServer};
use tokio::time::sleep;

#[tokio::test]
async fn the_example_page_works_against_a_plain_server_over_tls() -> Result<()> {
    let page = env::var_os("PARLANCE_EXAMPLE_PAGE");
    let page = page.context("PARLANCE_EXAMPLE_PAGE is not set: run `cargo xtask test browser`")?;
    let server = PlainServer::start("plain-page", Some(page.as_ref()))?;
    let browser = Engine::Chromium.start(&e2e::target().join("e2e/plain-page/browser")).await?;
    browser.driver.goto(server.url()).await?;
    let end = Instant::now() + PATIENCE;
    loop {
        let title = browser.driver.title().await?;
        if ["answered 3, reversed [3, 2, 1]", "1 + 2 = 3"].iter().all(|line| title.contains(line)) {
            return browser.driver.quit().await.map_err(Into::into);
        }
        ensure!(Instant::now() < end, "{title}");
        sleep(Duration::from_millis(100)).await;
    }
}
