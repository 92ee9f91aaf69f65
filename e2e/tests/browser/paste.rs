//! Pasting far more than a message can hold.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::account::Account;
use e2e::person::Person;
use e2e::scene::play;
use e2e::thing::composer;
use serde_json::json;

const TRIES: usize = 3;
const MEGABYTE: usize = 1_000_000;
/// How many times as long as in a textarea on an empty page it may take.
const MOST: f64 = 1.5;

#[tokio::test]
async fn pasting_a_line_of_a_megabyte_costs_little_more_than_in_a_plain_textarea() -> Result<()> {
    play("paste", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        for number in 0..TRIES {
            Account::register(&scene.server.url(), &format!("pal{number}")).await?;
        }
        ann.goes_to("/").await?;
        copies_a_line(&ann).await?;

        let (mut plain, mut ours) = (Vec::new(), Vec::new());
        for number in 0..TRIES {
            ann.visits(PLAIN).await?;
            plain.push(pastes_and_goes_on(&ann).await?);
            ann.goes_to("/").await?;
            ann.opens_the_conversation_with(&format!("pal{number}")).await?;
            // What the page still has to do for the conversation does not count.
            tokio::time::sleep(Duration::from_millis(500)).await;
            ours.push(pastes_and_goes_on(&ann).await?);
        }
        for (what, part) in [("the paste", 0), ("one more key", 1)] {
            // Other programs on the machine can make it slower, never quicker.
            let least =
                |times: &[[f64; 2]]| times.iter().map(|time| time[part]).fold(f64::INFINITY, f64::min);
            let (plain, ours) = (least(&plain), least(&ours));
            println!("{what}: {ours:.0} ms, in a plain textarea {plain:.0} ms");
            ensure!(
                ours <= plain * MOST,
                "{what} took {ours:.0} ms, in a plain textarea {plain:.0} ms: more than {MOST} times as long"
            );
        }
        Ok(())
    })
    .await
}

/// A page with nothing but a textarea of the composer's size.
const PLAIN: &str =
    "data:text/html,<textarea style='width:700px;height:320px;font:15px sans-serif'></textarea>";

/// Puts a line of a megabyte into the clipboard.
async fn copies_a_line(person: &Person) -> Result<()> {
    let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    person.devtools("Browser.grantPermissions", permissions).await?;
    let copy = format!(
        "return navigator.clipboard.writeText('eight by '.repeat({})).then(() => true)",
        MEGABYTE / 9
    );
    ensure!(person.script(&copy).await? == true, "it was not copied");
    Ok(())
}

/// Milliseconds from the keys until what they did was on the screen: those of pasting, and one
/// more letter.
async fn pastes_and_goes_on(person: &Person) -> Result<[f64; 2]> {
    person.click(&composer()).await?;
    let paste = json!({
        "type": "keyDown", "modifiers": 2, "key": "v", "code": "KeyV", "commands": ["paste"],
    });
    person.script(WATCH).await?;
    person.devtools("Input.dispatchKeyEvent", paste).await?;
    let pasted = painted(person).await?;
    let length = person.script("return document.querySelector('textarea').value.length").await?;
    ensure!(length.as_u64() > Some(MEGABYTE as u64 - 100), "only {length} characters were pasted");
    let release = json!({ "type": "keyUp", "key": "v", "code": "KeyV" });
    person.devtools("Input.dispatchKeyEvent", release).await?;
    person.script(WATCH).await?;
    let letter = json!({ "type": "keyDown", "key": "x", "code": "KeyX", "text": "x" });
    person.devtools("Input.dispatchKeyEvent", letter).await?;
    Ok([pasted, painted(person).await?])
}

async fn painted(person: &Person) -> Result<f64> {
    person
        .until("the field to be painted", async || {
            Ok(!person.script("return window.painted").await?.is_null())
        })
        .await?;
    person.script("return window.painted").await?.as_f64().context("no time")
}

/// Measures from the next key until the page has painted what it did and has nothing left to do.
const WATCH: &str = "
    window.painted = null;
    addEventListener('keydown', (event) => {
      const start = event.timeStamp;
      addEventListener('input', () => requestAnimationFrame(() => setTimeout(() =>
        { window.painted = performance.now() - start })), { once: true });
    }, { capture: true, once: true });";
