//! What the page holds while others write into the open conversation for an hour. Measured only when it is named.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::account::{Bot, Pace};
use e2e::person::{KNOWS_ITS_MEMORY, Memory};
use e2e::scene::play_with;
use e2e::seed::{acquaint, converse};

const CONVERSATIONS: usize = 1_000;
const LONG: u64 = 100_000;
const PACE: Pace = Pace { messages: 50, changes: 20 };
const MINUTES: usize = 60;
const MINUTE: Duration = Duration::from_secs(60);
/// In these minutes the page loads the messages that it keeps of an open conversation.
const FILLING: usize = 10;
/// How much more the page may hold in the last third than in the one before it.
const MORE: f64 = 1.02;

pub(super) async fn run() -> Result<()> {
    play_with("bench-memory", &["--rate-limit", "off"], async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let ben = Bot::writes_to(&scene.server.url(), "ann").await?;
        acquaint(&mut scene.server, "ann", CONVERSATIONS, 50).await?;
        ben.says("hello").await?;
        converse(&mut scene.server, ["ann", "ben"], LONG).await?;
        ann.begins_pages_with(KNOWS_ITS_MEMORY).await?;
        ann.goes_to("/").await?;
        ann.opens("ben").await?;
        ann.goes_to_the_latest().await?;

        println!("\nwhat the page holds while {PACE:?} a second come into a conversation of {LONG} messages");
        let mut minutes: Vec<Memory> = Vec::new();
        for minute in 1..=MINUTES {
            let written = ben.keeps_writing(PACE, MINUTE).await?;
            let memory = ann.memory().await?;
            let Memory { heap, program, nodes } = memory;
            println!(
                "minute {minute:2}: {written} messages; JavaScript {:5.1} MB, program {:5.1} MB, {nodes} nodes",
                heap / 1e6,
                program / 1e6
            );
            minutes.push(memory);
        }
        let (_, kept) = minutes.split_at(FILLING);
        let (middle, last) = kept.split_at(kept.len() / 2);
        let (middle, last) = (mean(middle), mean(last));
        println!("on average {:.2} MB, and later {:.2} MB", middle / 1e6, last / 1e6);
        ensure!(last <= middle * MORE, "it grows: {middle:.0} bytes, later {last:.0}");
        Ok(())
    })
    .await
}

fn mean(minutes: &[Memory]) -> f64 {
    minutes.iter().map(|one| one.heap + one.program).sum::<f64>() / minutes.len() as f64
}
