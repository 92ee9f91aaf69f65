//! How soon what was missed in sleep is on the screen.

use std::time::Instant;

use anyhow::Result;
use e2e::account::Bot;
use e2e::scene::play_with;
use serde_json::json;

use super::conversation::NEWEST;

const ROUNDS: usize = 5;
const MISSED: usize = 1_000;

pub(super) async fn run() -> Result<()> {
    play_with("bench-catching-up", &["--rate-limit", "off"], async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let ben = Bot::writes_to(&scene.server.url(), "ann").await?;
        ben.says("hello").await?;
        ann.opens("ben").await?;
        ann.reads(&["hello"]).await?;
        println!("\nfrom waking up without a connection to {MISSED} missed messages on the screen, in ms");
        for round in 0..ROUNDS {
            ann.falls_asleep().await?;
            let text = |number: usize| format!("{round}, {number}");
            ben.says_all((1..=MISSED).map(text)).await?;
            let start = Instant::now();
            ann.wakes_up().await?;
            ann.until("everything to arrive", async || {
                Ok(ann.script(&format!("return {NEWEST}?.textContent")).await? == json!(text(MISSED)))
            })
            .await?;
            let took = start.elapsed().as_secs_f64() * 1e3;
            println!("with {:5} there before   {took:8.2}", 1 + round * MISSED);
        }
        Ok(())
    })
    .await
}
