//! Searching messages.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::person::{ARROW_DOWN, ENTER, Person};
use e2e::relay::{Link, Relay};
use e2e::scene::{play, two_people};
use e2e::thing::{Thing, button, text};
use tokio::time::sleep;

#[tokio::test]
async fn a_message_is_found_as_one_types_and_opened_by_keys() -> Result<()> {
    play("search", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.makes_the_group("Tea").await?;
        ben.joins_the_group("Tea").await?;
        ann.sends("Herr Müller bringt Kekse").await?;
        ben.opens_the_conversation_with("ann").await?;
        ben.sends("今天我们去东京吃饭").await?;
        ben.sends("no biscuits here").await?;
        ben.goes_to("/").await?;

        searches(&ben, "mull").await?;
        sees_hits(&ben, &["ann: Herr [Müller] bringt Kekse"]).await?;
        searches(&ben, "from:me 东京").await?;
        sees_hits(&ben, &["You: 今天我们去[东京]吃饭"]).await?;
        searches(&ben, "in:tea from:ann").await?;
        sees_hits(&ben, &["ann: Herr Müller bringt Kekse"]).await?;

        // What is wrong is said, and nothing else is lost.
        searches(&ben, "\"Herr").await?;
        ben.see(&text("A quotation mark is missing")).await?;
        searches(&ben, "from:nobody x").await?;
        ben.see(&text("There is nobody named “nobody”.")).await?;
        searches(&ben, "nothingofthekind").await?;
        ben.see(&text("Nothing found for")).await?;

        searches(&ben, "kekse").await?;
        sees_hits(&ben, &["ann: Herr Müller bringt [Kekse]"]).await?;
        ben.presses(ARROW_DOWN).await?;
        ben.presses(ENTER).await?;
        ben.reads(&["Herr Müller bringt Kekse"]).await
    })
    .await
}

#[tokio::test]
async fn older_hits_come_when_asked_for_and_hints_say_what_can_be_typed() -> Result<()> {
    play("search-pages", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        e2e::seed::acquaint(&mut scene.server, "ann", 1, 45).await?;
        ann.goes_to("/").await?;
        ann.until("the list", async || ann.lists("pal0").await).await?;
        ann.presses_control('k').await?;
        ann.click(&hint("from:")).await?;
        ann.presses("me quick").await?;
        ann.until("the first page", async || Ok(hits(&ann).await?.len() == 20)).await?;
        ann.click(&button("Show older messages")).await?;
        ann.until("everything", async || Ok(hits(&ann).await?.len() == 23)).await?;
        let hits = hits(&ann).await?;
        ensure!(hits[0].contains("[quick]"), "{hits:?}");
        ann.no_longer_sees(&button("Show older messages")).await
    })
    .await
}

#[tokio::test]
async fn enter_opens_no_message_that_fitted_what_was_typed_before() -> Result<()> {
    play("search-late", async |scene| {
        let relay = Relay::start(scene.server.address())?;
        let ann = scene.person("ann").await?.comes_by(format!("http://{}", relay.address()));
        ann.registers().await?;
        ann.opens_the_notes().await?;
        ann.sends("cake for everybody").await?;
        ann.goes_to("/").await?;
        searches(&ann, "cake").await?;
        sees_hits(&ann, &["[cake] for everybody"]).await?;
        relay.set(Link::Stalled);
        // What is typed takes the place of what stands there at once.
        ann.script("document.querySelector('#find').select()").await?;
        ann.presses("recipe").await?;
        ann.presses(ENTER).await?;
        sleep(Duration::from_millis(500)).await;
        ensure!(ann.place().await? == "/", "{}", ann.place().await?);
        relay.set(Link::Whole);
        sees_hits(&ann, &[]).await?;
        ann.script("document.querySelector('#find').select()").await?;
        ann.presses("cake every").await?;
        sees_hits(&ann, &["[cake] for [everybody]"]).await?;
        ann.presses(ENTER).await?;
        ann.reads(&["cake for everybody"]).await
    })
    .await
}

fn hint(condition: &str) -> Thing {
    Thing::new(
        format!("the hint “{condition}”"),
        format!("//button[contains(@class, 'find-hint')][starts-with(normalize-space(.), '{condition}')]"),
    )
}

async fn searches(person: &Person, query: &str) -> Result<()> {
    person.fill("Find people, groups and messages", query).await
}

/// Waits until the messages found are these, with what was looked for in brackets.
async fn sees_hits(person: &Person, expected: &[&str]) -> Result<()> {
    person.until(&format!("the hits {expected:?}"), async || Ok(hits(person).await? == expected)).await
}

async fn hits(person: &Person) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('.message-hit-text')].map((one) => {
        const copy = one.cloneNode(true);
        copy.querySelectorAll('mark').forEach((mark) => mark.replaceWith(`[${mark.textContent}]`));
        return copy.textContent.trim();
    })";
    Ok(serde_json::from_value(person.script(script).await?)?)
}
