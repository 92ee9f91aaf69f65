//! What the page's main thread has to do.

use anyhow::{Context as _, Result};
use e2e::person::Person;
use serde_json::json;

/// Seconds of processor time that it has taken since it was first asked.
pub(super) async fn main_thread(somebody: &Person) -> Result<f64> {
    somebody.devtools("Performance.enable", json!({ "timeDomain": "threadTicks" })).await?;
    let metrics = somebody.devtools("Performance.getMetrics", json!({})).await?;
    let mut metrics = metrics["metrics"].as_array().into_iter().flatten();
    let busy = metrics.find(|metric| metric["name"] == "TaskDuration");
    busy.and_then(|metric| metric["value"].as_f64()).context("no TaskDuration")
}
