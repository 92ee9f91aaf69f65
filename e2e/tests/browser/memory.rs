//! What a page holds while others write for a long time. The long form is `cargo xtask bench client memory`.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::account::{Bot, Pace};
use e2e::person::KNOWS_ITS_MEMORY;
use e2e::scene::play_with;

/// Messages that come at once, and what comes after them.
const AT_ONCE: usize = 1_000;
const PACE: Pace = Pace { messages: 50, changes: 20 };
const FOR: Duration = Duration::from_secs(1);
/// After so many times the page has more than the 10,000 messages that it keeps of an open conversation.
const FILLED: usize = 11;
const TIMES: usize = 6;
/// How much more it may hold then.
const MORE: f64 = 1.05;

#[tokio::test]
async fn what_a_page_holds_does_not_grow_with_the_messages_that_come() -> Result<()> {
    play_with("memory", &["--rate-limit", "off"], async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let ben = Bot::writes_to(&scene.server.url(), "ann").await?;
        ben.says("hello").await?;
        ann.begins_pages_with(KNOWS_ITS_MEMORY).await?;
        ann.goes_to("/").await?;
        ann.opens("ben").await?;
        let write = async |times: usize| -> Result<()> {
            for _ in 0..times {
                ben.says_all((0..AT_ONCE).map(|number| format!("{number}: at once with many others")))
                    .await?;
                ben.keeps_writing(PACE, FOR).await?;
            }
            ben.says("The end").await?;
            ann.until("the newest message", async || Ok(ann.page().await?.contains("The end"))).await
        };
        write(FILLED).await?;
        let before = ann.memory().await?;
        write(TIMES).await?;
        let after = ann.memory().await?;
        println!("before: {before:.0?}; after {} more messages: {after:.0?}", TIMES * AT_ONCE);
        for (what, before, after) in [
            ("memory", before.heap + before.program, after.heap + after.program),
            ("nodes", before.nodes, after.nodes),
        ] {
            ensure!(after <= before * MORE, "{what}: {before:.0} before, {after:.0} after");
        }
        Ok(())
    })
    .await
}
