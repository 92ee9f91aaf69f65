//! Mentions and emojis: who is called by name, how a name is completed, how an emoji is found.

use anyhow::{Result, ensure};
use e2e::person::{ARROW_DOWN, ENTER, ESCAPE, Person};
use e2e::scene::{Scene, play};
use e2e::thing::{Thing, button, field, row, text};
use serde_json::{Value, json};

const ARROW_UP: &str = "\u{e013}";
const TAB: &str = "\u{e004}";
const BACKSPACE: &str = "\u{e003}";

#[tokio::test]
async fn who_is_mentioned_sees_it_in_the_list_the_title_and_the_text_and_who_is_not_does_not() -> Result<()> {
    play("mentions", async |scene| {
        let [ann, ben, eve] = three_in_lunch(scene).await?;
        ben.goes_to("/").await?;
        eve.goes_to("/").await?;
        ann.types("Cake, @be").await?;
        ann.until("ben to be proposed", async || Ok(options(&ann).await? == ["ben"])).await?;
        ann.types(ENTER).await?;
        ensure!(draft(&ann).await? == "Cake, @ben ");
        ann.sends("and mail@eve").await?;

        let marked = text("1 of them mentions you");
        ben.see(&marked.inside(&row("Lunch"))).await?;
        ben.until("the title to say it", async || Ok(ben.title().await?.starts_with("(@ 1) "))).await?;
        eve.has_unread("Lunch", 1).await?;
        ensure!(eve.title().await?.starts_with("(1) "));
        ensure!(!eve.page().await?.contains("mentions you"));

        for (person, class) in [(&ann, "mention"), (&ben, "mention is-me"), (&eve, "mention")] {
            person.opens("Lunch").await?;
            person.reads(&["Cake, @ben and mail@eve"]).await?;
            ensure!(mentions(person).await? == [format!("@ben {class}")], "{}", person.name());
        }
        ben.has_unread("Lunch", 0).await?;
        ben.until("the title to be clear", async || Ok(!ben.title().await?.starts_with('('))).await?;

        // Everybody, by a correction, and nobody any more.
        ann.types(ARROW_UP).await?;
        ann.script("document.querySelector('textarea').select()").await?;
        ann.sends("@all: cake").await?;
        for person in [&ben, &eve] {
            person.reads(&["@all: cake"]).await?;
            ensure!(mentions(person).await? == ["@all mention is-me"], "{}", person.name());
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_name_in_a_group_leads_to_the_person() -> Result<()> {
    play("mentions-lead", async |scene| {
        let [ann, ben, eve] = three_in_lunch(scene).await?;
        let group = ann.place().await?;
        ben.sends("@eve brings the cake").await?;
        for (name, path) in [
            ("ben", "//*[@role='log']//header//a[normalize-space(.)='ben']"),
            ("eve", "//*[@role='log']//a[normalize-space(.)='@eve']"),
        ] {
            ann.goes_to(&group).await?;
            ann.click(&Thing::new(format!("the name of {name}"), path)).await?;
            ann.sees_in_the_header(name).await?;
        }
        // One's own leads nowhere, and so does the name of the person whom one writes with.
        for (person, place, name) in [(&eve, &*group, "@eve"), (&ben, &*group, "ben")] {
            person.goes_to(place).await?;
            let own = format!("//*[@role='log']//*[self::mark or self::span][normalize-space(.)='{name}']");
            person.see(&Thing::new("one's own name", own)).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn names_and_emojis_are_completed_by_keys_alone_and_nothing_moves() -> Result<()> {
    play("mentions-keys", async |scene| {
        let [ann, ben, eve] = three_in_lunch(scene).await?;
        eve.sends("first").await?;
        ben.sends("second").await?;
        ann.reads(&["first", "second"]).await?;
        let before = geometry(&ann).await?;
        ann.types("@").await?;
        ann.until("those who wrote last first", async || {
            Ok(options(&ann).await? == ["ben", "eve", "all everybody in this group"])
        })
        .await?;
        ensure!(geometry(&ann).await? == before, "something moved");
        ensure!(active(&ann).await? == "ben");
        ann.types(ARROW_DOWN).await?;
        ensure!(active(&ann).await? == "eve");
        ann.types(ARROW_UP).await?;
        ann.types(ARROW_UP).await?;
        ensure!(active(&ann).await? == "all everybody in this group");
        // Closed, it stays closed for this name, and Enter is Enter again.
        ann.types(ESCAPE).await?;
        ann.types("e").await?;
        ensure!(options(&ann).await?.is_empty());
        ann.types(BACKSPACE).await?;
        ann.types(BACKSPACE).await?;
        ann.types("@e").await?;
        ann.until("eve", async || Ok(options(&ann).await? == ["eve"])).await?;
        ann.types(TAB).await?;
        ensure!(draft(&ann).await? == "@eve ");
        ann.types("12:30 :tad").await?;
        ann.until("the emoji", async || Ok(options(&ann).await?.first().is_some_and(|one| one == ":tada:")))
            .await?;
        ann.types(ENTER).await?;
        ann.types(":hedge").await?;
        ann.until("one of the many", async || {
            Ok(options(&ann).await?.first().is_some_and(|one| one == ":hedgehog:"))
        })
        .await?;
        ann.types(ENTER).await?;
        ensure!(draft(&ann).await? == "@eve 12:30 🎉 🦔 ");
        ann.types(ENTER).await?;
        eve.until("the message", async || {
            let last = eve.messages().await?.pop().unwrap_or_default();
            Ok(last.trim_end() == "@eve 12:30 🎉 🦔")
        })
        .await?;
        ensure!(mentions(&eve).await? == ["@eve mention is-me"]);
        ensure!(ann.focused().await? == "Message Lunch", "the focus stayed");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_emoji_is_found_in_the_picker_and_a_few_without_the_server() -> Result<()> {
    play("mentions-picker", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        ann.opens_the_notes().await?;
        ann.sends("hello").await?;
        ann.reads(&["hello"]).await?;
        ensure!(!requested(&ann).await?, "the list is in the first load");
        ann.devtools("Network.enable", json!({})).await?;
        ann.devtools("Network.setBlockedURLs", json!({ "urls": ["*emojis.txt"] })).await?;
        opens_the_picker(&ann).await?;
        ann.see(&text("Only these are here")).await?;
        ann.see(&button("party popper")).await?;
        ann.presses(ESCAPE).await?;
        ann.no_longer_sees(&button("party popper")).await?;

        ann.devtools("Network.setBlockedURLs", json!({ "urls": [] })).await?;
        opens_the_picker(&ann).await?;
        ann.click(&button("Animals and nature")).await?;
        ann.see(&button("hedgehog")).await?;
        ann.fill("Find an emoji", "croiss").await?;
        ann.see(&button("croissant")).await?;
        ann.no_longer_sees(&button("hedgehog")).await?;
        ann.see(&field("Find an emoji")).await?.send_keys(ENTER).await?;
        ann.see(&Thing::new("the reaction", "//button[@aria-label='🥐 you']")).await?;
        Ok(())
    })
    .await
}

/// A group of three, each of whom has it open.
async fn three_in_lunch(scene: &mut Scene) -> Result<[Person; 3]> {
    let people = [scene.person("ann").await?, scene.person("ben").await?, scene.person("eve").await?];
    for person in &people {
        person.registers().await?;
    }
    let [ann, ben, eve] = &people;
    ann.makes_the_group("Lunch").await?;
    ben.joins_the_group("Lunch").await?;
    eve.joins_the_group("Lunch").await?;
    ann.see(&text("joined")).await?;
    Ok(people)
}

async fn opens_the_picker(person: &Person) -> Result<()> {
    let row = "const row = document.querySelector('.message[data-state=sent]'); row?.focus(); return !!row";
    person.until("the row", async || Ok(person.script(row).await? == true)).await?;
    person.click(&button("React")).await
}

async fn requested(person: &Person) -> Result<bool> {
    Ok(person.names_of_requests().await?.iter().any(|name| name.ends_with("emojis.txt")))
}

/// What is proposed.
async fn options(person: &Person) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('[role=listbox] [role=option]')]
        .map((one) => one.innerText.replace(/^@\\n/, '').replaceAll('\\n', ' ').replace(/^[^:]*(:[a-z0-9_+-]+:)$/, '$1'))";
    Ok(serde_json::from_value(person.script(script).await?)?)
}

/// The proposal that a screen reader reads out.
async fn active(person: &Person) -> Result<Value> {
    let script = "const field = document.querySelector('textarea');
        const option = document.getElementById(field.getAttribute('aria-activedescendant'));
        const list = document.getElementById(field.getAttribute('aria-controls'));
        return list.contains(option) && option.ariaSelected === 'true'
            ? option.innerText.replace(/^@\\n/, '').replaceAll('\\n', ' ') : null";
    person.script(script).await
}

/// Where the field and the messages stand.
async fn geometry(person: &Person) -> Result<Value> {
    let script = "return [...document.querySelectorAll('textarea, .message, .composer')]
        .map((one) => [one.getBoundingClientRect().top, one.getBoundingClientRect().height])";
    person.script(script).await
}

async fn draft(person: &Person) -> Result<Value> {
    person.script("return document.querySelector('textarea').value").await
}

/// The names that are marked, and how.
async fn mentions(person: &Person) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('[role=log] .mention')]
        .map((one) => `${one.innerText} ${one.className}`)";
    Ok(serde_json::from_value(person.script(script).await?)?)
}
