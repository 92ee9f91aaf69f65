//! Ways through a long conversation: to its beginning, to a day, to the latest.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::person::{ENTER, Person};
use e2e::scene::play;
use e2e::seed::{acquaint, age};
use e2e::thing::{Thing, button, dialog, text};
use serde_json::json;

const MESSAGES: u64 = 10_000;
/// How long one may wait for the first of them.
const LONGEST: Duration = Duration::from_secs(2);
/// Each is this much older than the next: together they are more than a year.
const APART: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn the_first_of_ten_thousand_messages_is_two_presses_and_less_than_two_seconds_away() -> Result<()> {
    play("ways-beginning", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        acquaint(&mut scene.server, "ann", 1, MESSAGES).await?;
        age(&mut scene.server, "ann", APART).await?;
        at_the_latest(&ann).await?;

        let start = Instant::now();
        opens_the_menu_of_the_day(&ann).await?;
        ann.click(&button("Go to the beginning")).await?;
        is_lit(&ann, 1).await?;
        let took = start.elapsed();
        println!("the first of {MESSAGES} messages was there after {took:.0?} and 2 presses");
        ensure!(took < LONGEST, "it took {took:?}");
        ensure!(ann.page().await?.contains("This is where your conversation begins."));

        // By keys: finds the action, and presses Enter.
        ann.presses_control('k').await?;
        ann.presses("latest").await?;
        ann.see(&button("Go to the latest message")).await?;
        enters(&ann).await?;
        shows(&ann, MESSAGES).await?;
        ann.has_the_focus_at("Message").await?;
        ann.presses_control('k').await?;
        ann.presses("beginning").await?;
        ann.see(&button("Go to the beginning")).await?;
        enters(&ann).await?;
        is_lit(&ann, 1).await?;
        opens_the_menu_of_the_day(&ann).await?;
        ann.click(&button("Go to the latest message")).await?;
        shows(&ann, MESSAGES).await
    })
    .await
}

#[tokio::test]
async fn a_day_is_chosen_and_its_first_message_is_there() -> Result<()> {
    play("ways-date", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        acquaint(&mut scene.server, "ann", 1, 2_000).await?;
        age(&mut scene.server, "ann", APART).await?;
        at_the_latest(&ann).await?;

        opens_the_menu_of_the_day(&ann).await?;
        ann.click(&button("Jump to a date…")).await?;
        ann.has_the_focus_at("Day").await?;
        ann.click(&button("Go there").inside(&dialog())).await?;
        ann.see(&text("Choose a day.")).await?;
        // How a day is typed depends on the language of the browser.
        let choose = "
            const day = new Date();
            day.setDate(day.getDate() - 40);
            const two = (number) => String(number).padStart(2, '0');
            const field = document.getElementById('jump-day');
            field.value = `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
            field.dispatchEvent(new Event('input', { bubbles: true }));
            field.focus();
            return field.max >= field.value";
        ensure!(ann.script(choose).await? == true, "no later day than today");
        ann.presses(ENTER).await?;
        // The message before it is of the day before.
        let first = "
            const rows = [...document.querySelectorAll('.message')];
            const at = rows.findIndex((row) => row.matches('.is-lit'));
            if (at < 1) return null;
            const times = [rows[at - 1], rows[at]].map((row) => new Date(row.querySelector('time').dateTime));
            const day = new Date();
            day.setDate(day.getDate() - 40);
            day.setHours(0, 0, 0, 0);
            return times[0] < day && times[1] >= day";
        ann.until("the first message of that day", async || Ok(ann.script(first).await? == json!(true)))
            .await?;

        // The first day that is known is the first that can be chosen.
        opens_the_menu_of_the_day(&ann).await?;
        ann.click(&button("Go to the beginning")).await?;
        is_lit(&ann, 1).await?;
        opens_the_menu_of_the_day(&ann).await?;
        ann.click(&button("Jump to a date…")).await?;
        ann.until("the first day", async || {
            let min = "return document.getElementById('jump-day')?.min.length === 10";
            Ok(ann.script(min).await? == true)
        })
        .await
    })
    .await
}

/// All of them are unread, so that it opens at the first: that is where reading stopped.
async fn at_the_latest(ann: &Person) -> Result<()> {
    ann.goes_to("/").await?;
    ann.opens("pal0").await?;
    ann.click(&Thing::new("the way to the latest", "//button[contains(@class, 'jump-to-latest')]")).await?;
    ann.until("the newest message", async || {
        let script = "return document.querySelector('.jump-to-latest') === null";
        Ok(ann.script(script).await? == true)
    })
    .await
}

/// Presses the day that is on the screen.
async fn opens_the_menu_of_the_day(person: &Person) -> Result<()> {
    let press = "
        const { top, bottom } = document.querySelector('.timeline').getBoundingClientRect();
        const is_on_screen = (day) => {
          const place = day.getBoundingClientRect();
          return place.top >= top && place.bottom <= bottom;
        };
        const day = [...document.querySelectorAll('.day-label')].find(is_on_screen);
        day?.click();
        return day !== undefined";
    person.until("a day", async || Ok(person.script(press).await? == true)).await
}

/// Enter takes an action only when it is known that nobody's name fits better.
async fn enters(person: &Person) -> Result<()> {
    let known = "return document.querySelector('.found-command:not([data-waits])') !== null";
    person.until("what is found", async || Ok(person.script(known).await? == true)).await?;
    person.presses(ENTER).await
}

async fn is_lit(person: &Person, seq: u64) -> Result<()> {
    let lit = "return document.querySelector('.message.is-lit')?.dataset.seq ?? ''";
    let seq = json!(seq.to_string());
    person.until("the message to be lit", async || Ok(person.script(lit).await? == seq)).await
}

async fn shows(person: &Person, seq: u64) -> Result<()> {
    let start = format!("Message {seq}:");
    let last = "return [...document.querySelectorAll('.message-content')].at(-1)?.innerText ?? ''";
    person
        .until("the message", async || {
            let text = person.script(last).await?;
            Ok(text.as_str().context("no text")?.starts_with(&start))
        })
        .await
}
