//! What scrolling up through a long conversation costs the page.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::scene::play;
use e2e::seed::acquaint;
use tokio::time::sleep;

use super::longest_task::longest_task;
use super::{median, spread};

const ROUNDS: usize = 5;
const MESSAGES: u64 = 10_000;
/// How often each round turns the wheel, and by how many pixels: as fast as a finger does.
const TURNS: usize = 40;
const BY: f64 = 400.0;
/// In ms; longer ones are felt.
const TASK: f64 = 50.0;

pub(super) async fn run() -> Result<()> {
    play("bench-scrolling", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        acquaint(&mut scene.server, "ann", 1, MESSAGES).await?;
        ann.goes_to("/").await?;
        ann.opens("pal0").await?;
        let mut longest = Vec::new();
        for _ in 0..ROUNDS {
            let scroll = async || {
                for _ in 0..TURNS {
                    ann.turns_the_wheel(-BY).await?;
                    sleep(Duration::from_millis(60)).await;
                }
                Ok(())
            };
            longest.push(longest_task(&ann, scroll).await?);
        }
        println!("\nthe longest task while one scrolls up through {MESSAGES} messages, in ms (0: below 50)");
        println!("{ROUNDS} times {TURNS} turns of the wheel     {}", spread(&mut longest));
        let task = median(&mut longest);
        ensure!(task <= TASK, "a task of {task:.0} ms, more than {TASK}, stops somebody who scrolls");
        Ok(())
    })
    .await
}
