//! Names and words that are written from right to left, among those that are not.

use anyhow::{Context as _, Result, ensure};
use e2e::account::{Account, make_groups, says_in_group};
use e2e::person::Person;
use e2e::scene::play;
use protocol::SendPrivateMessage;
use serde_json::{Value, json};

const MUHAMMAD: &str = "محمد";

#[tokio::test]
async fn a_name_from_right_to_left_stands_where_any_other_name_stands() -> Result<()> {
    play("writing-names", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let url = scene.server.url();
        Account::register(&url, "carl").await?;
        Account::register(&url, MUHAMMAD).await?;
        for name in ["carl", MUHAMMAD] {
            ann.opens_the_conversation_with(name).await?;
            ann.sends("Hello").await?;
            ann.reads(&["Hello"]).await?;
        }
        let [rtl_header, rtl_row] = [HEADER, ROWS].map(|places| left_of(&ann, places, MUHAMMAD));
        let (rtl_header, rtl_row) = (rtl_header.await?, rtl_row.await?);
        ann.opens("carl").await?;
        ann.until("the conversation with carl", async || Ok(ann.title().await?.contains("carl"))).await?;
        let (ltr_header, ltr_row) =
            (left_of(&ann, HEADER, "carl").await?, left_of(&ann, ROWS, "carl").await?);
        for (place, ltr, rtl) in [("the header", ltr_header, rtl_header), ("a row", ltr_row, rtl_row)] {
            ensure!((ltr - rtl).abs() <= 3.0, "in {place} one name begins at {ltr} and the other at {rtl}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_preview_reads_author_then_colon_then_words_whatever_they_are_written_in() -> Result<()> {
    play("writing-preview", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let url = scene.server.url();
        let annas = Account::of(&url, "ann").await?.connects(&url);
        let group = make_groups(&annas, ["Tea".to_owned()].into_iter()).await?.remove(0);
        let muhammad = Account::register(&url, MUHAMMAD).await?.connects(&url);
        says_in_group(&muhammad, group.id, "hello 123 (ok)").await?;

        ann.goes_to("/").await?;
        ann.until("the preview", async || Ok(ann.page().await?.contains("hello 123"))).await?;
        let mut before = f64::MIN;
        for part in [MUHAMMAD, "hello", "123", "(ok)"] {
            let left = left_of(&ann, ROWS, part).await?;
            ensure!(left > before, "“{part}” begins at {left}, before what precedes it at {before}");
            before = left;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_message_begins_at_the_side_where_it_is_written_from_and_is_isolated_when_it_is_read_out()
-> Result<()> {
    play("writing-messages", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        let url = scene.server.url();
        let to = Account::of(&url, "ann").await?.id;
        let muhammad = Account::register(&url, MUHAMMAD).await?.connects(&url);
        let says = async |text: &str| -> Result<()> {
            let content = text.parse().context("a text")?;
            muhammad.call(SendPrivateMessage::new(to, content)).await?;
            Ok(())
        };
        says("hello\n\nمرحبا\n\n- اثنان https://a.example/x/\n\n> اقتباس").await?;
        ann.opens(MUHAMMAD).await?;
        ann.until("the message", async || Ok(ann.counts_messages().await? == 1)).await?;
        let (english, arabic) = (left_of(&ann, TEXTS, "hello").await?, left_of(&ann, TEXTS, "مرحبا").await?);
        ensure!(arabic > english + 100.0, "one begins at {english} and the other at {arabic}");
        let directions = "return [...document.querySelectorAll('.message-content :is(ul, blockquote, a)')]
            .map((one) => getComputedStyle(one).direction)";
        let directions = ann.script(directions).await?;
        ensure!(directions == json!(["rtl", "ltr", "rtl"]), "list, link and quote: {directions}");
        ensure!(ann.title().await?.contains("\u{2068}محمد\u{2069} · Parlance"), "{}", ann.title().await?);

        says("(ok) **محمد** 1").await?;
        ann.until("what is read out", async || {
            let said = "return [...document.querySelectorAll('[role=status]')].map((one) => one.textContent)";
            let said: Vec<String> = serde_json::from_value(ann.script(said).await?)?;
            Ok(said.iter().any(|said| said == "\u{2068}محمد\u{2069}: \u{2068}(ok) محمد 1\u{2069}"))
        })
        .await
    })
    .await
}

/// What messages consist of.
const TEXTS: &str = ".message-content";

/// The header of the open conversation, and the conversations.
const HEADER: &str = "main header";
const ROWS: &str = "nav li";

/// Where a piece of text begins on the screen, from the left, in pixels.
async fn left_of(person: &Person, places: &str, words: &str) -> Result<f64> {
    let script = "
        for (const place of document.querySelectorAll(places)) {
          const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(words);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + words.length);
            const box = range.getBoundingClientRect();
            if (box.width > 2) return box.left;
          }
        }
        return null;";
    let script = format!("const [places, words] = {};{script}", json!([places, words]));
    match person.script(&script).await? {
        Value::Null => anyhow::bail!("“{words}” is not in {places}"),
        left => left.as_f64().context("no number"),
    }
}
