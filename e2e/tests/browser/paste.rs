//! Pasting far more than a message can hold.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::account::Account;
use crate::person::Person;
use crate::scene::play;
use crate::thing::composer;

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
        ann.copies_a_line().await?;

        let (mut plain, mut ours) = (Vec::new(), Vec::new());
        for number in 0..TRIES {
            ann.visits(PLAIN).await?;
            plain.push(ann.pastes_and_goes_on().await?);
            ann.goes_to("/").await?;
            ann.opens_the_conversation_with(&format!("pal{number}")).await?;
            // What the page still has to do for the conversation does not count.
            tokio::time::sleep(Duration::from_millis(500)).await;
            ours.push(ann.pastes_and_goes_on().await?);
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

impl Person {
    /// Puts a line of a megabyte into the clipboard.
    async fn copies_a_line(&self) -> Result<()> {
        let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        self.devtools("Browser.grantPermissions", permissions).await?;
        let copy = format!(
            "return navigator.clipboard.writeText('eight by '.repeat({})).then(() => true)",
            MEGABYTE / 9
        );
        ensure!(self.script(&copy).await? == true, "it was not copied");
        Ok(())
    }

    /// Milliseconds from the keys until what they did was on the screen: those of pasting, and one
    /// more letter.
    async fn pastes_and_goes_on(&self) -> Result<[f64; 2]> {
        self.click(&composer()).await?;
        let paste = json!({
            "type": "keyDown", "modifiers": 2, "key": "v", "code": "KeyV", "commands": ["paste"],
        });
        self.script(WATCH).await?;
        self.devtools("Input.dispatchKeyEvent", paste).await?;
        let pasted = self.painted().await?;
        let length = self.script("return document.querySelector('textarea').value.length").await?;
        ensure!(length.as_u64() > Some(MEGABYTE as u64 - 100), "only {length} characters were pasted");
        let release = json!({ "type": "keyUp", "key": "v", "code": "KeyV" });
        self.devtools("Input.dispatchKeyEvent", release).await?;
        self.script(WATCH).await?;
        let letter = json!({ "type": "keyDown", "key": "x", "code": "KeyX", "text": "x" });
        self.devtools("Input.dispatchKeyEvent", letter).await?;
        Ok([pasted, self.painted().await?])
    }

    async fn painted(&self) -> Result<f64> {
        self.until("the field to be painted", async || {
            Ok(!self.script("return window.painted").await?.is_null())
        })
        .await?;
        self.script("return window.painted").await?.as_f64().context("no time")
    }
}

/// Measures from the next key until the page has painted what it did and has nothing left to do.
const WATCH: &str = "
    window.painted = null;
    addEventListener('keydown', (event) => {
      const start = event.timeStamp;
      addEventListener('input', () => requestAnimationFrame(() => setTimeout(() =>
        { window.painted = performance.now() - start })), { once: true });
    }, { capture: true, once: true });";
