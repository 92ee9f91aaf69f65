//! What somebody notices who has had many conversations for a long time, one of them very long, and in whom
//! others write while they type.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::account::{Account, Bot, Pace};
use e2e::person::{KNOWS_ITS_MEMORY, Person};
use e2e::scene::play_with;
use e2e::seed::{acquaint, converse};
use e2e::thing::composer;
use protocol::{ListConversations, MarkRead, Seq};
use tokio::time::sleep;

use super::spread;
use super::waiting::opens_and_waits;

const CONVERSATIONS: usize = 1_000;
/// In each of them, and in the one with Ben.
const MESSAGES: u64 = 50;
const LONG: u64 = 100_000;

/// How often the long conversation is opened, and in between another one. In ms: what 19 of 20 may take.
const OPENED: usize = 40;
const OPENING: f64 = 100.0;

/// What happens while one types, and how long one types.
const PACE: Pace = Pace { messages: 50, changes: 20 };
const TYPING: Duration = Duration::from_secs(20);
const KEY_EACH: Duration = Duration::from_millis(100);
/// In ms: what 19 of 20 keys may take until they are on the screen, and the longest time for which nothing may
/// move.
const KEY: f64 = 50.0;
const STILL: f64 = 100.0;

pub(super) async fn run() -> Result<()> {
    play_with("bench-large", &["--rate-limit", "off"], async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let ben = Bot::writes_to(&scene.server.url(), "ann").await?;
        acquaint(&mut scene.server, "ann", CONVERSATIONS, MESSAGES).await?;
        ben.says("hello").await?;
        converse(&mut scene.server, ["ann", "ben"], LONG).await?;
        ben.says("The newest").await?;
        reads_everything(&scene.server.url(), "ann").await?;
        ann.begins_pages_with(KNOWS_ITS_MEMORY).await?;
        ann.goes_to("/").await?;
        ann.until("the list", async || ann.lists("ben").await).await?;

        let mut opening = Vec::new();
        for number in 0..OPENED {
            let pal = format!("pal{}", CONVERSATIONS - 1 - number % 10);
            opening.push(opens_and_waits(&ann, &pal).await?);
            opening.push(opens_and_waits(&ann, "ben").await?);
        }
        println!(
            "\nopening one of {CONVERSATIONS} conversations, every other time one of {LONG} messages, in ms"
        );
        let slowest = late(&mut opening);
        println!(
            "{:3} times                         {}, p95 {slowest:.1}",
            opening.len(),
            spread(&mut opening)
        );

        ann.goes_to_the_latest().await?;
        let before = ann.memory().await?;
        let typing = types(&ann, &ben).await?;
        let after = ann.memory().await?;
        let Typing { mut keys, mut frames, written } = typing;
        let (key, still) = (late(&mut keys), frames.iter().copied().fold(0.0, f64::max));
        println!(
            "\ntyping while {} messages and {} changes a second come into the open conversation, in ms",
            PACE.messages, PACE.changes
        );
        println!("{:4} keys until they are painted  {}, p95 {key:.1}", keys.len(), spread(&mut keys));
        println!(
            "{:4} frames                       {}, p95 {:.1}",
            frames.len(),
            spread(&mut frames),
            late(&mut frames)
        );
        println!("{written} messages came; before: {before:.0?}; after: {after:.0?}");

        ensure!(slowest <= OPENING, "opening takes {slowest:.0} ms, more than {OPENING}");
        ensure!(key <= KEY, "a key takes {key:.0} ms, more than {KEY}");
        ensure!(still <= STILL, "for {still:.0} ms nothing moved, more than {STILL}");
        Ok(())
    })
    .await
}

/// What is read while a conversation is open goes to another section of the list, far below the screen, and could not
/// be pressed again.
async fn reads_everything(url: &str, name: &str) -> Result<()> {
    let client = Account::of(url, name).await?.connects(url);
    let mut after = None;
    loop {
        let page = client.call(ListConversations { after, limit: None }).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id());
        for conversation in &page {
            let seq = conversation.last_message.as_ref().map_or(Seq::ZERO, |message| message.seq);
            client.call(MarkRead { conversation: conversation.id(), seq, mark: None }).await?;
        }
    }
}

/// What typing was like.
struct Typing {
    keys: Vec<f64>,
    frames: Vec<f64>,
    written: u64,
}

async fn types(ann: &Person, ben: &Bot) -> Result<Typing> {
    ann.click(&composer()).await?;
    ann.script(WATCH).await?;
    let writing = ben.keeps_writing(PACE, TYPING);
    let keys = async {
        let count = TYPING.as_millis() / KEY_EACH.as_millis();
        for number in 0..count {
            ann.presses(if number % 6 == 5 { " " } else { "a" }).await?;
            sleep(KEY_EACH).await;
        }
        anyhow::Ok(())
    };
    let (written, typed) = tokio::join!(writing, keys);
    typed?;
    let watched = ann.script("return [window.keys, window.frames]").await?;
    let (mut keys, frames): (Vec<f64>, Vec<f64>) = serde_json::from_value(watched).context("no figures")?;
    ensure!(!frames.is_empty(), "nothing was painted");
    // The browser tells of those only that took more than a frame.
    let all = ann.script("return window.pressed").await?.as_u64().context("no number")?;
    keys.resize(usize::try_from(all)?.max(keys.len()), 16.0);
    ensure!(!keys.is_empty(), "no key arrived");
    Ok(Typing { keys, frames, written: written? })
}

/// The value that 19 of 20 do not exceed.
fn late(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * 95).div_ceil(100) - 1]
}

/// Notes how long each key takes until it is painted, and each frame.
const WATCH: &str = "
    window.keys = []; window.frames = []; window.pressed = 0;
    addEventListener('keydown', () => { window.pressed += 1 }, { capture: true });
    new PerformanceObserver((list) => list.getEntries().forEach((event) => {
      if (event.name === 'keydown') window.keys.push(event.duration)
    })).observe({ type: 'event', durationThreshold: 16 });
    let last = performance.now();
    const look = (now) => { window.frames.push(now - last); last = now; requestAnimationFrame(look) };
    requestAnimationFrame(look);";
