//! What the page costs while messages come, next to React and `socket.io-client`.

use std::time::Duration;

use anyhow::Result;
use e2e::account::{Account, Bot};
use e2e::person::Person;
use e2e::scene::play_with;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use super::longest_task::longest_task;
use super::main_thread::main_thread;
use super::peer::{self, becomes, connected};
use super::{median, spread};

const ROUNDS: usize = 5;
const RECEIVED: usize = 10_000;

/// The newest message on this page.
pub(super) const NEWEST: &str = "[...document.querySelectorAll('[role=log] .message-content')].at(-1)";

/// How the messages come, and how many in each hundredth of a second.
const PACES: [(&str, Option<usize>); 2] = [("as fast as they go", None), ("1,000 a second", Some(10))];

pub(super) async fn run() -> Result<()> {
    let (_node, peer) = peer::start(&peer::page()?)?;
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
                // It opened where reading stopped, which React's page does not say.
                ann.goes_to_the_latest().await?;
                took[0].push(receive(&ann, &ben, NEWEST, each_hundredth, round).await?);
                ann.opens_the_notes().await?;
                opening[1].push(longest_task(&ann, async || ann.opens("ben").await).await?);

                ann.visits(&format!("{peer}/react?server={url}&token={token}")).await?;
                connected(&ann).await?;
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
    let before = main_thread(ann).await?;
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
    Ok((main_thread(ann).await? - before) * 1e3)
}
