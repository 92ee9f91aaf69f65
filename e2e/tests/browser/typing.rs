//! Seeing that somebody is typing.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{
    person::{PATIENCE, Person},
    scene::{play, two_people},
};
use serde_json::Value;
use tokio::time::{Instant, sleep};

/// How long somebody counts as typing, and some more for a slow machine.
const ENDS: Duration = Duration::from_secs(12);

async fn line(person: &Person) -> Result<Value> {
    person.script("return document.querySelector('.composer-typing')?.textContent").await
}

async fn reads_below_the_field(person: &Person, sentence: &str, within: Duration) -> Result<()> {
    let start = Instant::now();
    while line(person).await? != sentence {
        ensure!(start.elapsed() < within, "{sentence:?} is not there: {}", line(person).await?);
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// The height of what stands around the place for it.
async fn heights(person: &Person) -> Result<Value> {
    let script = "return ['.composer', '.composer-foot', '.timeline']
                    .map((one) => document.querySelector(one).getBoundingClientRect().height)";
    person.script(script).await
}

#[tokio::test]
async fn one_sees_that_the_other_is_typing_until_they_stop_or_send() -> Result<()> {
    play("typing", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("Hello").await?;
        ben.opens("ann").await?;
        ben.reads(&["Hello"]).await?;
        let before = heights(&ben).await?;
        ann.types("How are").await?;
        reads_below_the_field(&ben, "ann is typing", PATIENCE).await?;
        ensure!(heights(&ben).await? == before, "nothing jumps");
        let said = "return [...document.querySelectorAll('[role=status]')].map((one) => one.innerText)";
        let said = ben.script(said).await?.to_string();
        ensure!(said.contains("ann is typing"), "{said}");
        ensure!(line(&ann).await? == "", "one does not see oneself");
        reads_below_the_field(&ben, "", ENDS).await?;
        ann.types(" you").await?;
        reads_below_the_field(&ben, "ann is typing", PATIENCE).await?;
        ann.sends("?").await?;
        ben.reads(&["Hello", "How are you?"]).await?;
        // Long before it would end by itself.
        reads_below_the_field(&ben, "", Duration::from_millis(1_500)).await?;
        ensure!(heights(&ben).await?[1] == before[1], "the line is as high as before");
        Ok(())
    })
    .await
}
