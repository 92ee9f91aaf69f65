//! For how long the page does not react.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::person::Person;
use tokio::time::sleep;

/// The longest stretch, in ms, for which the page did not react while something was done; 0 when
/// none was as long as the 50 ms from which the browser counts them.
pub(super) async fn longest_task(ann: &Person, act: impl AsyncFnOnce() -> Result<()>) -> Result<f64> {
    let watch = "window.longest = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((task) => {
          window.longest = Math.max(window.longest, task.duration) })).observe({ type: 'longtask' })";
    ann.script(watch).await?;
    act().await?;
    ann.until("the messages", async || Ok(ann.counts_messages().await? > 0)).await?;
    let longest = async || {
        sleep(Duration::from_millis(300)).await;
        ann.script("return window.longest").await?.as_f64().context("no time")
    };
    let found = longest().await?;
    let busy = "setTimeout(() => { const end = performance.now() + 200; while (performance.now() < end); })";
    ann.script(busy).await?;
    ensure!(longest().await? >= 150.0, "the browser does not say what takes long");
    Ok(found)
}
