//! What the client is compared with: pages that Node serves (`bench/peers/pages.mjs`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::person::Person;
use e2e::program::Running;
use serde_json::Value;
use tokio::time::sleep;

/// What wasm-bindgen made of `bench/page`: `client`, and `empty` without a client.
pub(super) fn page() -> Result<PathBuf> {
    let page = e2e::target().join("bench-page");
    ensure!(page.is_dir(), "the pages are not built: run `cargo xtask bench client`");
    Ok(page)
}

/// The program for Node, and what npm installed for it.
pub(super) fn folder() -> Result<PathBuf> {
    let folder = e2e::root().join("bench/peers");
    let is_installed = folder.join("node_modules").is_dir();
    ensure!(is_installed, "the npm packages are not installed: run `cargo xtask bench client`");
    Ok(folder)
}

/// Node with `socket.io` and the pages to compare with, and its address.
pub(super) fn start(page: &Path) -> Result<(Running, String)> {
    let mut node = Command::new("node");
    node.current_dir(folder()?).arg("pages.mjs").arg(page.join("client"));
    let mut node = Running::start(&mut node)?;
    let url = node.wait_for("its address", |line| Some(line.strip_prefix("listening on ")?.to_owned()))?;
    Ok((node, url))
}

/// Milliseconds from the page's first script until it is connected.
pub(super) async fn connected(somebody: &Person) -> Result<f64> {
    let script = "return bench.connected === undefined ? null : bench.connected - bench.start";
    somebody.until("the connection", async || Ok(!somebody.script(script).await?.is_null())).await?;
    somebody.script(script).await?.as_f64().context("no time")
}

/// Waits until something on the page has this value. Looks seldom: looking is work for the main
/// thread, too.
pub(super) async fn becomes(somebody: &Person, what: &str, value: &Value) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(60);
    while somebody.script(&format!("return {what}")).await? != *value {
        ensure!(
            Instant::now() < end,
            "{what} does not become {value}; the page says: {}",
            somebody.page().await?
        );
        sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}
