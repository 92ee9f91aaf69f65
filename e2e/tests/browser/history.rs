//! A conversation of ten thousand messages.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::account::Bot;
use e2e::person::Person;
use e2e::scene::play;
use e2e::seed::{acquaint, age};
use e2e::thing::{button, text};
use serde_json::{Value, json};
use tokio::time::sleep;

const MESSAGES: u64 = 10_000;
/// How many of them the test scrolls past, and how far it scrolls at a time. How many more a time
/// brings is a matter of what was loaded by then.
const PASSED: u64 = 2_000;
const UP: f64 = 6_000.0;
/// How many rows are on the page at most, at any moment.
const ROWS: u64 = 300;

#[tokio::test]
async fn scrolling_up_through_ten_thousand_messages_never_leaves_more_than_300_rows_in_the_page() -> Result<()>
{
    play("history-window", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        acquaint(&mut scene.server, "ann", 1, MESSAGES).await?;
        ann.goes_to("/").await?;
        ann.opens("pal0").await?;
        // All of them are unread, so it opens at the first.
        ann.click(&text(&format!("{MESSAGES} new messages"))).await?;
        ann.until("the newest message", async || is_at_the_end(&ann).await).await?;
        ann.script(COUNT).await?;

        let mut oldest = oldest_row(&ann).await?.context("no message")?;
        let mut times = 0;
        while MESSAGES - oldest < PASSED {
            ann.until("older messages", async || {
                ann.turns_the_wheel(-UP).await?;
                Ok(oldest_row(&ann).await?.is_some_and(|row| row < oldest))
            })
            .await?;
            oldest = oldest_row(&ann).await?.context("no message")?;
            times += 1;
        }
        let most = ann.script("return window.most").await?.as_u64().context("no number")?;
        println!("scrolling up {times} times led to message {oldest} of {MESSAGES}, with up to {most} rows");
        ensure!(most <= ROWS, "{most} rows were on the page at once");

        ann.click(&button("Jump to the latest")).await?;
        ann.until("the newest message again", async || is_at_the_end(&ann).await).await?;
        let most = ann.script("return window.most").await?;
        ensure!(most.as_u64() <= Some(ROWS), "{most} rows were on the page on the way back");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn who_travels_finds_each_message_under_its_day_in_the_zone_there() -> Result<()> {
    /// The page looks where the reader is three times a minute.
    const NOTICED: Duration = Duration::from_secs(40);
    play("history-zone", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        acquaint(&mut scene.server, "ann", 1, 60).await?;
        // An hour lies between one message and the next.
        age(&mut scene.server, "ann", Duration::from_secs(60 * 60)).await?;
        let zone = |name: &str| json!({ "timezoneId": name });
        ann.devtools("Emulation.setTimezoneOverride", zone("UTC")).await?;
        ann.goes_to("/").await?;
        ann.opens("pal0").await?;
        let days = "
            const days = [...document.querySelectorAll('.day')].map((day) =>
              [...day.querySelectorAll('.message time')].map((time) => new Date(time.dateTime).toDateString()));
            const names = new Set([...document.querySelectorAll('.day-label')].map((label) => label.innerText));
            const are_whole = days.every((day) => new Set(day).size === 1);
            return are_whole && days.length > 1 && new Set(days.flat()).size === days.length
              && names.size === days.length";
        ann.until("days of UTC", async || Ok(ann.script(days).await? == true)).await?;
        // What is on the screen is read by then, and nothing else changes in the conversation.
        sleep(Duration::from_secs(3)).await;
        ann.devtools("Emulation.setTimezoneOverride", zone("Asia/Kolkata")).await?;
        ensure!(ann.script(days).await? == false, "both zones have the same days");
        ann.within(NOTICED, "days of India", async || Ok(ann.script(days).await? == true)).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn on_a_high_screen_the_wheel_leads_through_everything_in_both_directions() -> Result<()> {
    const LINES: u64 = 900;
    play("history-high-screen", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let ben = Bot::writes_to(&scene.server.url(), "ann").await?;
        ben.says_all((1..=LINES).map(|number| format!("Message {number}:"))).await?;
        // Of so many short rows, those at both ends of the page are never far from what can be seen.
        ann.looks_through(1440, 2160, "light").await?;
        ann.opens("ben").await?;
        ann.until("the newest message by the wheel alone", async || {
            ann.turns_the_wheel(400.0).await?;
            let last = ann.messages().await?.pop().unwrap_or_default();
            Ok(last == format!("Message {LINES}:"))
        })
        .await?;
        ann.until("the first message again", async || {
            ann.turns_the_wheel(-400.0).await?;
            Ok(oldest_row(&ann).await? == Some(1))
        })
        .await
    })
    .await
}

/// Whether the newest message is among the rows: the list shows it in any case.
async fn is_at_the_end(person: &Person) -> Result<bool> {
    let newest = format!("Message {MESSAGES}:");
    Ok(person.messages().await?.last().is_some_and(|last| last.starts_with(&newest)))
}

/// Notes how many rows there were at most.
const COUNT: &str = "
    window.most = 0;
    const count = () => {
      const rows = document.querySelectorAll('[role=log] .message-content').length;
      window.most = Math.max(window.most, rows);
    };
    count();
    new MutationObserver(count).observe(document.body, { subtree: true, childList: true })";

/// The number of the oldest message on the page.
async fn oldest_row(person: &Person) -> Result<Option<u64>> {
    let text = person.script("return document.querySelector('[role=log] .message-content')?.textContent");
    match text.await? {
        Value::String(text) => {
            let number = text.strip_prefix("Message ").and_then(|rest| rest.split(':').next());
            Ok(Some(number.context("no number")?.parse()?))
        }
        other => {
            ensure!(other == json!(null), "{other} is no message");
            Ok(None)
        }
    }
}
