//! Messages with formatting: shown as such to both, copied, folded, in the previews without it.

use anyhow::{Context as _, Result, ensure};
use e2e::account::Bot;
use e2e::person::{ENTER, Person};
use e2e::scene::{play, two_people};
use e2e::thing::{button, row, text};
use serde_json::{Value, json};

const ARROW_UP: &str = "\u{e013}";
const ARROW_RIGHT: &str = "\u{e014}";

/// With something of everything.
const FORMATTED: &str = "# Release\n**Done**, _nearly_, ~~late~~: `cargo run` & see https://a.example/_x_/y.\n\
    - one\n- [two](https://b.example/y)\n\n3. three\n> said\n\n```rust\nfn main() {}\n```";

/// The tags of the newest message and what is in them.
const SHAPE: &str = "
    const shape = (one) => one.nodeType === Node.TEXT_NODE ? one.data
      : !one.localName || one.localName === 'svg' ? '' : `<${one.localName}>${[...one.childNodes].map(shape).join('')}</>`;
    const all = document.querySelectorAll('[role=log] .message-content');
    return [...(all[all.length - 1]?.childNodes ?? [])].map(shape).join('')";

const SHAPE_OF_FORMATTED: &str = "<p>Release</>\
    <p><strong>Done</>, <em>nearly</>, <s>late</>: <code>cargo run</> & see <a>https://a.example/_x_/y</>.</>\
    <ul><li><p>one</></><li><p><a>two</></></></><ol><li><p>three</></></><blockquote><p>said</></>\
    <div><div><bdi>rust</><button></></><pre><code>fn main() {}</></></>";

#[tokio::test]
async fn what_is_formatted_is_shown_so_to_both_and_plainly_in_the_list() -> Result<()> {
    play("formatting", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.pastes_and_sends(FORMATTED).await?;
        sees_it_formatted(&ann).await?;
        ben.opens("ann").await?;
        sees_it_formatted(&ben).await?;

        let links = "return [...document.querySelectorAll('.message-content a')]
            .map((one) => [one.href, one.title, one.target, one.rel])";
        let safe = "noopener noreferrer nofollow";
        let expected = json!([
            ["https://a.example/_x_/y", "", "_blank", safe],
            ["https://b.example/y", "https://b.example/y", "_blank", safe],
        ]);
        ensure!(ben.script(links).await? == expected, "{}", ben.script(links).await?);
        let preview =
            "Release Done, nearly, late: cargo run & see https://a.example/_x_/y. • one • two 3. three";
        ben.see(&text(preview).inside(&row("ann"))).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn code_is_copied_by_the_keyboard_and_the_page_says_so() -> Result<()> {
    play("formatting-copy", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let bot = Bot::writes_to(&scene.server.url(), "ann").await?;
        bot.says("See:\n```sh\ncargo  xtask \\\n\ttest\n```").await?;
        ann.opens("ben").await?;
        ann.see(&text("cargo xtask")).await?;
        ann.devtools(
            "Browser.grantPermissions",
            json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] }),
        )
        .await?;
        ann.presses(ARROW_UP).await?;
        ann.presses(ARROW_RIGHT).await?;
        ann.presses(ENTER).await?;
        ann.see(&text("Code copied")).await?;
        let copied = ann.script("return navigator.clipboard.readText()").await?;
        ensure!(copied == "cargo  xtask \\\n\ttest", "{copied} was copied");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_long_message_is_folded_and_nothing_jumps_when_it_is_unfolded() -> Result<()> {
    play("formatting-fold", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let bot = Bot::writes_to(&scene.server.url(), "ann").await?;
        let lines =
            |count: usize| (1..=count).map(|line| format!("Line {line}")).collect::<Vec<_>>().join("\n");
        bot.says(&lines(20)).await?;
        bot.says(&lines(60)).await?;
        ann.opens("ben").await?;
        let more = button("Show more (60 lines)");
        ann.see(&more).await?;
        ann.rests().await?;
        let buttons = ann.script("return document.querySelectorAll('.message-fold').length").await?;
        ensure!(buttons == 1, "{buttons} messages are folded, and not the long one alone");
        ann.script("document.querySelector('.message-fold').scrollIntoView({ block: 'center' })").await?;
        ann.rests().await?;
        let (folded, top) = place_of_the_long_one(&ann).await?;
        ensure!(folded < 600.0, "it is {folded} px high");

        ann.click(&more).await?;
        let less = button("Show less");
        ann.see(&less).await?;
        ann.rests().await?;
        let (high, top_now) = place_of_the_long_one(&ann).await?;
        ensure!(high > 2.0 * folded, "it was {folded} px high and is {high}");
        ensure!((top_now - top).abs() <= 1.0, "its beginning went from {top} to {top_now}");

        ann.script("document.querySelector('.message-fold').scrollIntoView({ block: 'center' })").await?;
        ann.rests().await?;
        let before = top_of_the_button(&ann).await?;
        ann.click(&less).await?;
        ann.see(&more).await?;
        ann.rests().await?;
        let after = top_of_the_button(&ann).await?;
        ensure!((after - before).abs() <= 1.0, "the button went from {before} to {after}");
        let (high, _) = place_of_the_long_one(&ann).await?;
        ensure!((high - folded).abs() <= 1.0, "folded again it is {high} px high");
        let expanded = ann.script("return document.querySelector('.message-fold').ariaExpanded").await?;
        ensure!(expanded == "false", "aria-expanded is {expanded}");

        // It stays as it is when something comes, and what is read stays where it is.
        ann.click(&more).await?;
        ann.see(&less).await?;
        ann.rests().await?;
        let (_, before) = place_of_the_long_one(&ann).await?;
        bot.says("Something new").await?;
        ann.see(&text("1 new message")).await?;
        ann.rests().await?;
        let (_, after) = place_of_the_long_one(&ann).await?;
        ensure!((after - before).abs() <= 1.0, "its beginning went from {before} to {after}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_few_emoji_alone_are_large() -> Result<()> {
    play("formatting-emoji", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let bot = Bot::writes_to(&scene.server.url(), "ann").await?;
        let texts = ["🎉", "👨‍👩‍👧‍👦 🏳️‍🌈 1️⃣", "🎉🎉🎉🎉", "🎉!", "1"];
        for one in texts {
            bot.says(one).await?;
        }
        ann.opens("ben").await?;
        ann.until("the messages", async || Ok(ann.counts_messages().await? == texts.len())).await?;
        let sizes = "return [...document.querySelectorAll('.message-content')]
            .map((one) => parseFloat(getComputedStyle(one).fontSize) > 30)";
        let sizes = ann.script(sizes).await?;
        ensure!(sizes == json!([true, true, false, false, false]), "large: {sizes}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn nothing_in_a_message_is_wider_than_a_small_screen() -> Result<()> {
    play("formatting-width", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let bot = Bot::writes_to(&scene.server.url(), "ann").await?;
        let long = "x".repeat(3_900);
        for one in [
            long.clone(),
            format!("`{long}`"),
            format!("```\n{long}\n```"),
            format!("```{long}\ncode\n```"),
            format!("[{long}](https://a.example)"),
            format!("https://a.example/{long}"),
            format!("1. a\n   - b\n     > - {}", "y".repeat(500)),
            format!("{}z{}", "> ".repeat(8), "z".repeat(500)),
            format!("123456789. {}", "w ".repeat(100)),
            format!("# {}", "v".repeat(500)),
        ] {
            bot.says(&one).await?;
        }
        ann.opens("ben").await?;
        ann.until("the messages", async || Ok(ann.counts_messages().await? == 10)).await?;
        for width in [320, 390, 768] {
            ann.looks_through(width, 800, "light").await?;
            ann.rests().await?;
            let wide = "const edge = document.documentElement.clientWidth;
                return [...document.querySelectorAll('[role=log] *, html, body, main, .timeline')]
                  .filter((one) => !one.closest('pre > code') && !one.closest('.visually-hidden')
                    && one.getBoundingClientRect().width > 0
                    && (one.getBoundingClientRect().right > edge + 0.5 || one.getBoundingClientRect().left < -0.5))
                  .map((one) => `${one.localName}.${one.className}`)";
            let wide = ann.script(wide).await?;
            ensure!(wide == json!([]), "at {width} px these are wider than the screen: {wide}");
        }
        Ok(())
    })
    .await
}

async fn sees_it_formatted(person: &Person) -> Result<()> {
    let seen = person.until("the message", async || Ok(person.script(SHAPE).await? == SHAPE_OF_FORMATTED));
    match seen.await {
        Err(problem) => Err(problem.context(format!("the message is {}", person.script(SHAPE).await?))),
        Ok(()) => Ok(()),
    }
}

/// How high the message that can be unfolded is, and where it begins on the screen.
async fn place_of_the_long_one(person: &Person) -> Result<(f64, f64)> {
    let script = "const box = document.querySelector('.message-folding .message-content')
        .getBoundingClientRect(); return [box.height, box.top]";
    Ok(serde_json::from_value(person.script(script).await?)?)
}

async fn top_of_the_button(person: &Person) -> Result<f64> {
    let top = person.script("return document.querySelector('.message-fold').getBoundingClientRect().top");
    match top.await? {
        Value::Null => anyhow::bail!("there is no button"),
        top => top.as_f64().context("no number"),
    }
}
