//! Somebody with a finger and no pointer: what a long press on a message opens, and what closes it.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::account::Bot;
use e2e::person::{ESCAPE, Person};
use e2e::scene::{Scene, play};
use e2e::thing::{Thing, button, row, text};
use serde_json::{Value, json};
use tokio::time::sleep;

/// Longer than a long press.
const LONG: Duration = Duration::from_millis(900);
/// What a finger can hit, in CSS pixels.
const TARGET: f64 = 44.0;

fn sheet() -> Thing {
    Thing::new("the message's sheet", "//dialog[@open][@aria-label='Message actions']")
}

#[tokio::test]
async fn a_long_press_opens_a_messages_actions_in_reach_of_the_thumb() -> Result<()> {
    play("touch", async |scene| {
        let (ann, _ben) = ann_with_a_phone(scene, &["Cake at four?"]).await?;
        press(&ann, "Cake at four?", LONG).await?;
        ann.see(&sheet()).await?;
        ann.rests().await?;
        let shown = "const sheet = document.querySelector('dialog[open]').getBoundingClientRect();
            const all = [...document.querySelectorAll('dialog[open] button')];
            const first = all[0].ariaLabel;
            const small = all.filter((one) => one.offsetHeight < arguments[0] || one.offsetWidth < arguments[0]);
            return [sheet.bottom === innerHeight, first, small.map((one) => one.innerText), all.length > 6];";
        let shown = shown.replace("arguments[0]", &TARGET.to_string());
        ann.until("a sheet at the foot, with the reactions first and nothing small", async || {
            Ok(ann.script(&shown).await? == json!([true, "thumbs up", [], true]))
        })
        .await?;
        ensure!(ann.script("return String(getSelection())").await? == "", "the press selected something");

        // It closes in every way, and the message is as it was.
        ann.presses(ESCAPE).await?;
        ann.no_longer_sees(&sheet()).await?;
        press(&ann, "Cake at four?", LONG).await?;
        ann.see(&sheet()).await?;
        tap_at(&ann, 195.0, 90.0).await?;
        ann.no_longer_sees(&sheet()).await?;

        press(&ann, "Cake at four?", LONG).await?;
        tap(&ann, &button("thumbs up")).await?;
        ann.no_longer_sees(&sheet()).await?;
        ann.see(&reaction("👍 you")).await?;
        press(&ann, "Cake at four?", LONG).await?;
        tap(&ann, &button("thumbs up").inside(&sheet())).await?;
        ann.no_longer_sees(&reaction("👍 you")).await?;
        press(&ann, "Cake at four?", LONG).await?;
        tap(&ann, &button("Another emoji")).await?;
        tap(&ann, &button("rocket")).await?;
        ann.see(&reaction("🚀 you")).await?;

        press(&ann, "Cake at four?", LONG).await?;
        ann.see(&button("Copy text").inside(&sheet())).await?;
        tap(&ann, &button("Reply").inside(&sheet())).await?;
        ann.see(&text("Replying to")).await?;
        ann.has_the_focus_at("Message").await
    })
    .await
}

#[tokio::test]
async fn a_short_press_does_nothing_and_scrolling_is_no_long_press() -> Result<()> {
    play("touch-short", async |scene| {
        let lines: Vec<String> = (0..60).map(|number| format!("line {number}.")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (ann, _ben) = ann_with_a_phone(scene, &lines).await?;
        press(&ann, "line 5.", Duration::from_millis(80)).await?;
        sleep(LONG).await;
        nothing_is_open(&ann).await?;

        let top = "return document.querySelector('.timeline').scrollTop";
        let before = ann.script(top).await?;
        let (x, y) = place_of(&ann, "line 9.").await?;
        touch(&ann, "touchStart", Some((x, y))).await?;
        for step in 1..=10 {
            touch(&ann, "touchMove", Some((x, y - 20.0 * f64::from(step)))).await?;
        }
        sleep(LONG).await;
        nothing_is_open(&ann).await?;
        touch(&ann, "touchEnd", None).await?;
        sleep(LONG).await;
        nothing_is_open(&ann).await?;
        ensure!(ann.script(top).await? != before, "it did not scroll");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_way_to_the_latest_brings_up_no_keyboard() -> Result<()> {
    play("touch-latest", async |scene| {
        let lines: Vec<String> = (0..60).map(|number| format!("line {number}.")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (ann, _ben) = ann_with_a_phone(scene, &lines).await?;
        ann.script("document.querySelector('.timeline').scrollTop = 0").await?;
        let latest = Thing::new("the way to the latest", "//button[contains(@class, 'jump-to-latest')]");
        tap(&ann, &latest).await?;
        ann.no_longer_sees(&latest).await?;
        ann.rests().await?;
        let focused = ann.script("return document.activeElement.tagName").await?;
        ensure!(focused == "H1", "{focused} has the focus");
        Ok(())
    })
    .await
}

/// Ann at a phone, in her conversation with Ben, who has written this.
async fn ann_with_a_phone(scene: &mut Scene, lines: &[&str]) -> Result<(Person, Bot)> {
    let ann = scene.person("ann").await?;
    let touch = json!({ "enabled": true, "maxTouchPoints": 1 });
    ann.devtools("Emulation.setTouchEmulationEnabled", touch).await?;
    ann.looks_through(390, 844, "light").await?;
    ann.registers().await?;
    let ben = Bot::writes_to(&scene.server.url(), "ann").await?;
    ben.says_all(lines.iter().map(|line| (*line).to_owned())).await?;
    ann.see(&row("ben")).await?;
    tap(&ann, &row("ben")).await?;
    ann.until("the messages", async || Ok(ann.counts_messages().await? >= lines.len().min(20))).await?;
    ann.rests().await?;
    ensure!(ann.script("return matchMedia('(hover: none)').matches").await? == true, "there is a pointer");
    Ok((ann, ben))
}

async fn nothing_is_open(person: &Person) -> Result<()> {
    let open = "return [...document.querySelectorAll('dialog[open], :popover-open, .message-actions')]
        .filter((one) => one.checkVisibility()).map((one) => one.className)";
    let open = person.script(open).await?;
    ensure!(open == json!([]), "{open} is open");
    Ok(())
}

/// A finger lies on a message for this long.
async fn press(person: &Person, words: &str, long: Duration) -> Result<()> {
    let at = place_of(person, words).await?;
    touch(person, "touchStart", Some(at)).await?;
    sleep(long).await;
    touch(person, "touchEnd", None).await
}

async fn tap(person: &Person, what: &Thing) -> Result<()> {
    let element = person.see(what).await?;
    person.rests().await?;
    let (x, y) = element.rect().await.map(|it| (it.x + it.width / 2.0, it.y + it.height / 2.0))?;
    tap_at(person, x, y).await
}

async fn tap_at(person: &Person, x: f64, y: f64) -> Result<()> {
    touch(person, "touchStart", Some((x, y))).await?;
    touch(person, "touchEnd", None).await
}

async fn touch(person: &Person, kind: &str, at: Option<(f64, f64)>) -> Result<()> {
    let points: Vec<Value> = at.into_iter().map(|(x, y)| json!({ "x": x, "y": y })).collect();
    person
        .devtools("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points }))
        .await
        .map(drop)
}

/// Where a message's words are on the screen.
async fn place_of(person: &Person, words: &str) -> Result<(f64, f64)> {
    let script = format!(
        "const one = [...document.querySelectorAll('.message-content')]
           .find((one) => one.innerText.includes({}))?.getBoundingClientRect();
         return one ? [one.x + 20, one.y + one.height / 2] : null",
        json!(words)
    );
    person.until(words, async || Ok(!person.script(&script).await?.is_null())).await?;
    Ok(serde_json::from_value(person.script(&script).await?)?)
}

fn reaction(label: &str) -> Thing {
    Thing::new(format!("the reaction “{label}”"), format!("//button[@aria-label='{label}']"))
}
