//! Pasting far more than a message can hold.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::account::Account;
use e2e::person::Person;
use e2e::scene::play;
use e2e::thing::{composer, text};
use serde_json::json;

const TRIES: usize = 3;
/// Just as much as the composer takes.
const MOST_CHARACTERS: usize = 99_999;
/// How many times as long as in a textarea on an empty page it may take.
const MOST: f64 = 1.5;
/// It may be painted one frame later: a frame has nothing to do with how long the work takes.
const FRAME: f64 = 17.0;
/// How many milliseconds the page may stand still when far too much is pasted.
const STILL: f64 = 200.0;

#[tokio::test]
async fn pasting_as_much_as_goes_in_costs_little_more_than_in_a_plain_textarea() -> Result<()> {
    play("paste", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        for number in 0..TRIES {
            Account::register(&scene.server.url(), &format!("pal{number}")).await?;
        }
        ann.goes_to("/").await?;
        copies(&ann, &format!("'eight by '.repeat({})", MOST_CHARACTERS / 9)).await?;

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
                ours <= plain * MOST + FRAME,
                "{what} took {ours:.0} ms, in a plain textarea {plain:.0} ms: more than {MOST} times as long"
            );
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn far_too_much_is_not_pasted_and_the_page_goes_on() -> Result<()> {
    play("paste-refused", async |scene| {
        let ann = scene.person("ann").await?;
        ann.begins_pages_with(TASKS).await?;
        ann.registers().await?;
        Account::register(&scene.server.url(), "ben").await?;
        ann.goes_to("/").await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.types("Look at").await?;
        for (what, expression, sentence) in [
            ("5 MB in a line", "'eight by '.repeat(555556)", "Not pasted: it has 5,000,004 characters"),
            (
                "200,000 lines",
                "'a line of text\\n'.repeat(200000)",
                "Not pasted: it has 3,000,000 characters",
            ),
        ] {
            copies(&ann, expression).await?;
            ann.click(&composer()).await?;
            tokio::time::sleep(Duration::from_millis(500)).await;
            ann.script("window.tasks = []").await?;
            presses_paste(&ann).await?;
            ann.see(&text(sentence)).await?;
            tokio::time::sleep(Duration::from_millis(500)).await;
            let longest = ann.script("return Math.max(0, ...tasks)").await?.as_f64().context("no number")?;
            println!("{what}: the longest task took {longest:.0} ms");
            ensure!(longest <= STILL, "{what}: the page stood still for {longest:.0} ms");
            let draft = ann.script("return document.querySelector('textarea').value").await?;
            ensure!(draft == "Look at", "the draft became {} bytes", draft.to_string().len());
        }
        // Whoever goes on writing has seen it.
        ann.types(" this").await?;
        ann.no_longer_sees(&text("Not pasted")).await?;
        ann.sends("").await?;
        ann.reads(&["Look at this"]).await
    })
    .await
}

/// Notes what takes longer than 50 ms.
const TASKS: &str = "
    window.tasks = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration)))
      .observe({ type: 'longtask' });";

/// A page with nothing but a textarea of the composer's size.
const PLAIN: &str =
    "data:text/html,<textarea style='width:700px;height:320px;font:15px sans-serif'></textarea>";

/// Puts what an expression says into the clipboard.
async fn copies(person: &Person, expression: &str) -> Result<()> {
    let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    person.devtools("Browser.grantPermissions", permissions).await?;
    let copy = format!("return navigator.clipboard.writeText({expression}).then(() => true)");
    ensure!(person.script(&copy).await? == true, "it was not copied");
    Ok(())
}

async fn presses_paste(person: &Person) -> Result<()> {
    let paste = json!({
        "type": "keyDown", "modifiers": 2, "key": "v", "code": "KeyV", "commands": ["paste"],
    });
    person.devtools("Input.dispatchKeyEvent", paste).await?;
    let release = json!({ "type": "keyUp", "key": "v", "code": "KeyV" });
    person.devtools("Input.dispatchKeyEvent", release).await.map(drop)
}

/// Milliseconds from the keys until what they did was on the screen: those of pasting, and one
/// more letter.
async fn pastes_and_goes_on(person: &Person) -> Result<[f64; 2]> {
    person.click(&composer()).await?;
    person.script(WATCH).await?;
    presses_paste(person).await?;
    let pasted = painted(person).await?;
    let length = person.script("return document.querySelector('textarea').value.length").await?;
    ensure!(length.as_u64() > Some(MOST_CHARACTERS as u64 - 9), "only {length} characters were pasted");
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
