//! What somebody began to write.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::account::Account;
use e2e::person::{ENTER, ESCAPE, Person};
use e2e::scene::{Scene, play};
use e2e::thing::{button, composer, text};
use serde_json::json;
use tokio::time::sleep;

const BACKSPACE: &str = "\u{e003}";
const ARROW_UP: &str = "\u{e013}";
/// How long after the last key the browser dies.
const A_MOMENT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_draft_survives_a_browser_that_is_killed_a_moment_after_the_last_key() -> Result<()> {
    play("drafts-killed", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        Account::register(&scene.server.url(), "ben").await?;
        // Chromium writes its cookies down every half a minute, and when it ends. This test is about
        // somebody who is logged in for longer than that.
        ann.quit().await?;
        let ann = scene.comes_back(&ann).await?;
        ann.goes_to("/").await?;
        ann.opens_the_conversation_with("ben").await?;
        let place = ann.place().await?;
        ann.types("Dear Ben, there is something that I").await?;
        sleep(A_MOMENT).await;
        scene.kills_the_browser_of(&ann)?;

        let ann = scene.comes_back(&ann).await?;
        ann.goes_to(&place).await?;
        let field = ann.see(&composer()).await?;
        ann.until("the draft", async || {
            Ok(field.value().await?.as_deref() == Some("Dear Ben, there is something that I"))
        })
        .await
    })
    .await
}

#[tokio::test]
async fn the_list_says_where_something_was_begun_until_it_is_sent() -> Result<()> {
    play("drafts-list", async |scene| {
        let ann = with_two_conversations(scene).await?;
        ann.types("Dear Cleo, there is").await?;
        is_begun(&ann, &[]).await?;
        ann.opens("ben").await?;
        is_begun(&ann, &["cleo"]).await?;
        // Also for a page that begins anew, and for another tab.
        ann.reloads().await?;
        is_begun(&ann, &["cleo"]).await?;
        ann.opens_a_second_tab().await?;
        ann.goes_to("/").await?;
        is_begun(&ann, &["cleo"]).await?;
        ann.opens("cleo").await?;
        is_begun(&ann, &[]).await?;
        ann.until("the draft", async || {
            Ok(ann.see(&composer()).await?.value().await?.is_some_and(|it| !it.is_empty()))
        })
        .await?;
        ann.types(ENTER).await?;
        ann.reads(&["hello", "Dear Cleo, there is"]).await?;
        ann.opens("ben").await?;
        is_begun(&ann, &[]).await?;
        ann.goes_to("/").await?;
        is_begun(&ann, &[]).await
    })
    .await
}

#[tokio::test]
async fn a_draft_goes_on_being_a_reply_or_a_correction_and_a_correction_becomes_no_message() -> Result<()> {
    play("drafts-modes", async |scene| {
        let ann = with_two_conversations(scene).await?;
        ann.script("document.querySelector('.message').focus()").await?;
        ann.click(&button("Reply")).await?;
        ann.types("hello yourself").await?;
        ann.opens("ben").await?;
        ann.no_longer_sees(&text("Replying to")).await?;
        ann.opens("cleo").await?;
        ann.see(&text("Replying to")).await?;
        ann.until("the draft", async || {
            Ok(ann.see(&composer()).await?.value().await?.is_some_and(|text| !text.is_empty()))
        })
        .await?;
        ann.types(ENTER).await?;
        ann.reads(&["hello", "hello yourself"]).await?;
        ann.opens("ben").await?;
        ann.opens("cleo").await?;
        ann.no_longer_sees(&text("Replying to")).await?;

        // Nobody waits until what they typed is kept.
        ann.types(&format!("x{BACKSPACE}{ARROW_UP}")).await?;
        ann.see(&text("Editing your message")).await?;
        ann.types(" indeed").await?;
        sleep(A_MOMENT).await;
        ann.reloads().await?;
        corrects(&ann, "hello yourself indeed").await?;
        ann.opens("ben").await?;
        is_begun(&ann, &["cleo"]).await?;
        ensure!(ann.see(&composer()).await?.value().await?.unwrap_or_default().is_empty());
        ann.no_longer_sees(&text("Editing your message")).await?;
        ann.opens("cleo").await?;
        corrects(&ann, "hello yourself indeed").await?;
        ann.types(ENTER).await?;
        ann.reads(&["hello", "hello yourself indeed"]).await?;
        ann.no_longer_sees(&text("Editing your message")).await?;

        ann.types(ARROW_UP).await?;
        corrects(&ann, "hello yourself indeed").await?;
        ann.types(&format!("!{ESCAPE}")).await?;
        ann.no_longer_sees(&text("Editing your message")).await?;
        sleep(A_MOMENT).await;
        ann.reloads().await?;
        ann.reads(&["hello", "hello yourself indeed"]).await?;
        sleep(A_MOMENT).await;
        let left = ann.see(&composer()).await?.value().await?.unwrap_or_default();
        ensure!(left.is_empty(), "“{left}” is a draft now");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_draft_that_is_sent_or_discarded_in_one_tab_is_gone_in_the_other() -> Result<()> {
    play("drafts-tabs", async |scene| {
        let ann = with_two_conversations(scene).await?;
        ann.types("Dear Cleo").await?;
        sleep(A_MOMENT).await;
        ann.opens_a_second_tab().await?;
        stands(&ann, "Dear Cleo").await?;
        // What is added here is there, too, as if it was one field.
        ann.types(", there is").await?;
        ann.turns_to_tab(0).await?;
        stands(&ann, "Dear Cleo, there is").await?;
        ann.types(ENTER).await?;
        ann.reads(&["hello", "Dear Cleo, there is"]).await?;
        ann.turns_to_tab(1).await?;
        stands(&ann, "").await?;

        ann.types("Never").await?;
        ann.opens("ben").await?;
        is_begun(&ann, &["cleo"]).await?;
        ann.turns_to_tab(0).await?;
        stands(&ann, "Never").await?;
        ann.types(&BACKSPACE.repeat(5)).await?;
        ann.turns_to_tab(1).await?;
        is_begun(&ann, &[]).await?;
        ann.opens("cleo").await?;
        sleep(A_MOMENT).await;
        stands(&ann, "").await
    })
    .await
}

/// What the field says.
async fn stands(person: &Person, words: &str) -> Result<()> {
    person
        .until(&format!("“{words}” in the field"), async || {
            Ok(person.see(&composer()).await?.value().await?.unwrap_or_default() == words)
        })
        .await
}

async fn corrects(person: &Person, words: &str) -> Result<()> {
    person.see(&text("Editing your message")).await?;
    stands(person, words).await
}

/// The rows of the list that say that something was begun.
async fn is_begun(person: &Person, names: &[&str]) -> Result<()> {
    let script = "return [...document.querySelectorAll('nav .conversation-row')]
        .filter((row) => [...row.querySelectorAll('.visually-hidden')].some((one) => one.innerText === 'draft'))
        .map((row) => row.title)";
    let loaded = "return document.querySelectorAll('nav .conversation-row').length";
    person.until("both conversations", async || Ok(person.script(loaded).await? == 2)).await?;
    person.until(&format!("{names:?}"), async || Ok(person.script(script).await? == json!(names))).await
}

/// Ann, who has said hello to Ben and to Cleo, and looks at the latter.
async fn with_two_conversations(scene: &mut Scene) -> Result<Person> {
    let ann = scene.person("ann").await?;
    ann.registers().await?;
    for name in ["ben", "cleo"] {
        Account::register(&scene.server.url(), name).await?;
        ann.opens_the_conversation_with(name).await?;
        ann.sends("hello").await?;
        ann.reads(&["hello"]).await?;
    }
    Ok(ann)
}
