//! How long somebody with a slow machine and a slow network waits, next to the time allowed for it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::person::Person;
use e2e::scene::play;
use e2e::seed::acquaint;
use e2e::thing::row;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{median, spread};

/// How often each thing is done.
const TIMES: usize = 9;
const CONVERSATIONS: usize = 300;

/// Times as slow as this machine.
const SLOWER: f64 = 4.0;
/// Bytes a second, and milliseconds there and back.
const BANDWIDTH: f64 = 10_000_000.0 / 8.0;
const LATENCY: f64 = 40.0;

/// What is waited for, and how many milliseconds it may take.
const BUDGETS: [(&str, f64); 5] = [
    ("from nothing to the log-in form", 1_200.0),
    ("a reload, to the list of 300 conversations", 1_400.0),
    ("opening a conversation", 600.0),
    ("changing it", 250.0),
    ("a key in the find field", 200.0),
];

pub(super) async fn run() -> Result<()> {
    play("bench-budgets", async |scene| {
        let mut took = [const { Vec::new() }; BUDGETS.len()];
        for number in 0..TIMES {
            // A browser that has never been there: nothing is stored, nothing is compiled.
            let newcomer = scene.person(&format!("newcomer{number}")).await?;
            gets_slow(&newcomer).await?;
            newcomer.begins_pages_with(&noted(FORM)).await?;
            newcomer.goes_to("/login").await?;
            took[0].push(waited(&newcomer).await?);
            newcomer.quit().await?;
        }

        let ann = scene.person("ann").await?;
        ann.registers().await?;
        acquaint(&mut scene.server, "ann", CONVERSATIONS, 200).await?;
        ann.goes_to("/").await?;
        // The newest conversations are at the top.
        let pal = |number: usize| format!("pal{}", CONVERSATIONS - 1 - number);
        ann.until("the list", async || ann.lists(&pal(0)).await).await?;
        gets_slow(&ann).await?;
        ann.begins_pages_with(&noted(LIST)).await?;
        for number in 0..TIMES {
            ann.reloads().await?;
            took[1].push(waited(&ann).await?);
            // None of these conversations has been open before.
            took[2].push(opens_and_waits(&ann, &pal(2 * number)).await?);
            took[3].push(opens_and_waits(&ann, &pal(2 * number + 1)).await?);
            ann.goes_to("/").await?;
            waited(&ann).await?;
            took[4].push(types_and_waits(&ann).await?);
        }

        println!(
            "\nhow long one waits, in ms, with the CPU slowed {SLOWER} times, {} Mbit/s and {LATENCY} ms \
             of latency ({TIMES} times each)",
            BANDWIDTH * 8.0 / 1e6
        );
        let mut over = Vec::new();
        for ((what, budget), took) in BUDGETS.into_iter().zip(&mut took) {
            let word = if median(took) <= budget { "within" } else { "over" };
            println!("{what:44} {}   {word:6} {budget:5.0}", spread(took));
            if word == "over" {
                over.push(what);
            }
        }
        ensure!(over.is_empty(), "one waits too long for: {}", over.join("; "));
        Ok(())
    })
    .await
}

async fn gets_slow(person: &Person) -> Result<()> {
    person.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": SLOWER })).await?;
    person.devtools("Network.enable", json!({})).await?;
    let network = json!({
        "offline": false, "latency": LATENCY,
        "downloadThroughput": BANDWIDTH, "uploadThroughput": BANDWIDTH,
    });
    person.devtools("Network.emulateNetworkConditions", network).await.map(drop)
}

/// Presses a conversation in the list, and waits until its messages are on the screen.
pub(super) async fn opens_and_waits(person: &Person, name: &str) -> Result<f64> {
    let element = person.see(&row(name)).await?;
    is_idle(person).await?;
    person.script(&format!("const name = {};{WATCH_PRESS}", json!(name))).await?;
    element.click().await?;
    waited(person).await
}

/// Goes to the find field and types a letter, and waits until the page has answered it.
async fn types_and_waits(person: &Person) -> Result<f64> {
    person.presses_control('k').await?;
    is_idle(person).await?;
    person.script(WATCH_KEY).await?;
    person.presses("p").await?;
    waited(person).await
}

/// Waits until the page has nothing to do any more, so that each thing is measured alone.
async fn is_idle(person: &Person) -> Result<()> {
    sleep(Duration::from_millis(300)).await;
    let idle = "return new Promise((idle) => requestIdleCallback(() => idle(true), { timeout: 5000 }))";
    ensure!(person.script(idle).await? == true, "it is never idle");
    Ok(())
}

async fn waited(person: &Person) -> Result<f64> {
    person
        .until("what is measured", async || {
            Ok(person.script("return window.waited ?? null").await? != Value::Null)
        })
        .await?;
    person.script("return window.waited").await?.as_f64().context("no time")
}

/// The log-in form can be used.
const FORM: &str = "!document.querySelector('#shell') && document.querySelector('input[type=password]')";
/// The list of conversations fills the screen.
const LIST: &str = "!document.querySelector('#shell') && document.querySelectorAll('nav li a').length >= 10";

/// Measures from the beginning of a page until it has painted something.
fn noted(there: &str) -> String {
    format!(
        "const look = () => document.body && {there}
           ? setTimeout(() => {{ window.waited = performance.now() }})
           : requestAnimationFrame(look);
         requestAnimationFrame(look);"
    )
}

/// Measures from the next press until the conversation of this `name` has been painted.
const WATCH_PRESS: &str = "
    window.waited = null;
    addEventListener('click', (event) => {
      const start = event.timeStamp;
      const is_there = () => document.querySelector('main header h1')?.innerText.trim() === name
        && document.querySelector('[role=log] .message-content');
      const look = () => is_there()
        ? setTimeout(() => { window.waited = performance.now() - start })
        : requestAnimationFrame(look);
      requestAnimationFrame(look);
    }, { capture: true, once: true });";

/// Measures from the next key until what it changed has been painted.
const WATCH_KEY: &str = "
    window.waited = null;
    addEventListener('keydown', (event) => {
      const start = event.timeStamp;
      addEventListener('input', () => requestAnimationFrame(() => setTimeout(() =>
        { window.waited = performance.now() - start })), { once: true });
    }, { capture: true, once: true });";
