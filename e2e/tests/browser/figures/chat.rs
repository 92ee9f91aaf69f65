//! What the page costs while messages come: next to React and `socket.io-client`, and after a sleep.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use super::{becomes, bench_page, median, peer, spread};
use crate::account::{Account, Bot};
use crate::person::Person;
use crate::scene::play_with;

const ROUNDS: usize = 5;
const RECEIVED: usize = 10_000;
const MISSED: usize = 1_000;

/// The newest message on this page.
const NEWEST: &str = "[...document.querySelectorAll('[role=log] .message-content')].at(-1)";

/// How the messages come, and how many in each hundredth of a second.
const PACES: [(&str, Option<usize>); 2] = [("as fast as they go", None), ("1,000 a second", Some(10))];

#[tokio::test]
#[ignore = "measures; `cargo xtask bench client` runs it"]
async fn figures_of_a_conversation() -> Result<()> {
    let (_node, peer) = peer(&bench_page()?)?;
    play_with("bench-receiving", &["--rate-limit", "off", "--allow-origin", &peer], async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let url = scene.server.url();
        let token = Account::of(&url, "ann").await?.token;
        let ben = Bot::writes_to(&url, "ann").await?;
        ben.says("hello").await?;

        println!(
            "\nmain thread for {RECEIVED} messages in one conversation, in ms ({ROUNDS} times, by turns)"
        );
        for (pace, each_hundredth) in PACES {
            let mut took = [const { Vec::new() }; 2];
            let mut opening = [const { Vec::new() }; 2];
            for round in 0..ROUNDS {
                ann.goes_to("/").await?;
                ann.sees_own_name().await?;
                opening[0].push(longest_task(&ann, async || ann.opens("ben").await).await?);
                took[0].push(receive(&ann, &ben, NEWEST, each_hundredth, round).await?);
                ann.opens_the_notes().await?;
                opening[1].push(longest_task(&ann, async || ann.opens("ben").await).await?);

                ann.visits(&format!("{peer}/react?server={url}&token={token}")).await?;
                super::connected(&ann).await?;
                let newest = "document.querySelector('li:last-child p')";
                took[1].push(receive(&ann, &ben, newest, each_hundredth, round).await?);
            }
            println!("{pace}");
            println!("  this page                         {}", spread(&mut took[0]));
            println!("  React and socket.io-client        {}", spread(&mut took[1]));
            println!(
                "  ours / theirs                     {:.2}",
                median(&mut took[0]) / median(&mut took[1])
            );
            println!("  longest task when it is opened    {}", spread(&mut opening[0]));
            println!("  with {RECEIVED} there already       {}", spread(&mut opening[1]));
        }
        Ok(())
    })
    .await
}

/// Milliseconds of the main thread until the last of Ben's messages is on the screen.
async fn receive(
    ann: &Person,
    ben: &Bot,
    newest: &str,
    each_hundredth: Option<usize>,
    round: usize,
) -> Result<f64> {
    let text = |number: usize| format!("{round}, {number}: the quick brown fox jumps over the lazy dog.");
    let before = ann.main_thread().await?;
    match each_hundredth {
        None => ben.says_all((1..=RECEIVED).map(text)).await?,
        Some(count) => {
            let mut ticks = interval(Duration::from_millis(10));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            for first in (1..=RECEIVED).step_by(count) {
                ticks.tick().await;
                ben.says_all((first..first + count).map(text)).await?;
            }
        }
    }
    becomes(ann, &format!("{newest}?.textContent"), &json!(text(RECEIVED))).await?;
    Ok((ann.main_thread().await? - before) * 1e3)
}

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
        tokio::time::sleep(Duration::from_millis(300)).await;
        ann.script("return window.longest").await?.as_f64().context("no time")
    };
    let found = longest().await?;
    let busy = "setTimeout(() => { const end = performance.now() + 200; while (performance.now() < end); })";
    ann.script(busy).await?;
    ensure!(longest().await? >= 150.0, "the browser does not say what takes long");
    Ok(found)
}

#[tokio::test]
#[ignore = "measures; `cargo xtask bench client` runs it"]
async fn figures_of_catching_up() -> Result<()> {
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
