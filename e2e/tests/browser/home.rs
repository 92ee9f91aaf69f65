//! Home: what is unread, before anything is open.

use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use e2e::account::Account;
use e2e::person::{ARROW_DOWN, ENTER, Person};
use e2e::scene::{play, two_people};
use e2e::thing::{Thing, button, dialog, link, text};
use protocol::{AddMembers, CreateGroup, SendPrivateMessage, Visibility};
use serde_json::{Value, json};

use crate::unread::ann_who_has_read_everything;

#[tokio::test]
async fn home_lists_what_is_unread_while_it_comes_those_that_mention_one_first() -> Result<()> {
    play("home-unread", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        // Somebody else is here, but nobody has written.
        ann.goes_to("/").await?;
        ann.see(&text("No conversations yet")).await?;
        ann.click(&button("New group").inside(&main())).await?;
        ann.see(&dialog()).await?;
        ann.fill("Name", "Lunch").await?;
        ann.click(&button("Create group")).await?;
        ben.joins_the_group("Lunch").await?;
        ann.goes_to("/").await?;
        ann.see(&text("You have read everything")).await?;

        ben.sends("The oven is on, @ann").await?;
        ben.opens_the_conversation_with("ann").await?;
        ben.sends("Hello").await?;
        ben.sends("Are you **there**?").await?;
        // The mention is older.
        waits(&ann, json!([["Lunch", "1", "ben: The oven is on, @ann"], ["ben", "2", "Are you there?"]]))
            .await?;
        ann.see(&text("3 messages in 2 conversations; 1 mentions you")).await?;
        ensure!(ann.script("return document.querySelectorAll('main').length").await? == 1);
        ensure!(ann.script("return document.querySelector('main h1').innerText").await? == "Unread");

        // Without a pointer.
        ann.script("document.querySelector('main h1').focus()").await?;
        ann.tabs_to("Lunch").await?;
        ann.presses(ARROW_DOWN).await?;
        ann.presses(ENTER).await?;
        ann.reads(&["Hello", "Are you there?"]).await?;
        ann.has_the_focus_at("Message").await?;
        ann.goes_to("/").await?;
        waits(&ann, json!([["Lunch", "1", "ben: The oven is on, @ann"]])).await?;
        // Read on another device, it goes.
        ann.opens_a_second_tab().await?;
        ann.opens("Lunch").await?;
        ann.reads(&["The oven is on, @ann"]).await?;
        ann.turns_to_tab(0).await?;
        ann.see(&text("Nothing unread")).await?;
        waits(&ann, json!([])).await
    })
    .await
}

#[tokio::test]
async fn from_home_a_conversation_opens_at_the_first_that_is_unread() -> Result<()> {
    const CAME: usize = 120;
    play("home-first", async |scene| {
        let (ann, ben) = ann_who_has_read_everything(scene).await?;
        ann.goes_to("/").await?;
        ben.says_all((0..CAME).map(|number| format!("m{number}"))).await?;
        waits(&ann, json!([["ben", "99+", format!("m{}", CAME - 1)]])).await?;
        ann.click(&Thing::new("ben at home", "//main//a[@title='ben']")).await?;
        ann.until("the first of them under the divider", async || {
            let script = "const view = document.querySelector('.timeline')?.getBoundingClientRect();
                const row = document.querySelector('.new-divider')?.nextElementSibling;
                const at = row?.getBoundingClientRect();
                return !!at && row.innerText.trim().endsWith('m0')
                  && at.top >= view.top && at.bottom <= view.bottom";
            Ok(ann.script(script).await? == true)
        })
        .await
    })
    .await
}

#[tokio::test]
async fn on_a_phone_home_is_the_list_and_nothing_hidden_takes_the_focus() -> Result<()> {
    play("home-narrow", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ben.opens_the_conversation_with("ann").await?;
        ben.sends("Hello").await?;
        ann.looks_through(390, 844, "light").await?;
        ann.goes_to("/").await?;
        ann.has_unread("ben", 1).await?;
        let reachable = "return [...document.querySelectorAll('main a, main button, main input')]
            .filter((one) => one.checkVisibility()).length";
        ensure!(ann.script(reachable).await? == 0);
        ensure!(ann.script("return document.querySelector('main h1').checkVisibility()").await? == true);
        ann.opens("ben").await?;
        ann.reads(&["Hello"]).await
    })
    .await
}

/// How soon somebody sees that they are not alone; the page looks for people every 20 s only.
const SOON: Duration = Duration::from_secs(5);

const ALONE: &str = "Nobody else is here yet";

#[tokio::test]
async fn whoever_is_alone_sees_at_once_that_somebody_writes_or_adds_them_to_a_group() -> Result<()> {
    for (scheme, adds) in [("home-first-written", false), ("home-first-added", true)] {
        play(scheme, async |scene| {
            let ann = scene.person("ann").await?;
            ann.registers().await?;
            ann.goes_to("/").await?;
            ann.see(&text(ALONE)).await?;
            let url = scene.server.url();
            let anns = Account::of(&url, "ann").await?.id;
            let ben = Account::register(&url, "ben").await?.connects(&url);
            if adds {
                let (name, visibility) = ("Lunch".parse()?, Visibility::Private);
                let group = ben.call(CreateGroup { name, visibility, client_id: None }).await;
                let group_id = group.map_err(|error| anyhow!("{error}"))?.id;
                let added = ben.call(AddMembers { group_id, user_ids: vec![anns] }).await;
                added.map_err(|error| anyhow!("{error}"))?;
            } else {
                let (content, client_id, reply_to) = ("Hello".parse()?, None, None);
                let message = SendPrivateMessage { recipient_id: anns, content, client_id, reply_to };
                ben.call(message).await.map_err(|error| anyhow!("{error}"))?;
            }
            ann.within(SOON, "somebody else to be here", async || {
                Ok(!ann.page().await?.contains(ALONE)
                    && ann.lists(if adds { "Lunch" } else { "ben" }).await?)
            })
            .await?;
            // And whom one could write to.
            ann.within(SOON, "ben", async || ann.lists("ben").await).await?;
            Ok(())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_address_that_leads_nowhere_says_so_and_leads_home() -> Result<()> {
    play("home-nowhere", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        ann.goes_to("/nowhere/at/all").await?;
        ann.see(&text("Nothing is at /nowhere/at/all here.")).await?;
        ann.until("the title", async || Ok(ann.title().await? == "Page not found · Parlance")).await?;
        ensure!(ann.script("return document.querySelector('main h1').innerText").await? == "Page not found");
        ensure!(ann.script("return document.activeElement.localName").await? == "h1");
        ann.click(&link("To the conversations")).await?;
        ann.is_at("/").await?;
        ann.until("the title", async || Ok(ann.title().await? == "Parlance")).await?;
        ann.goes_to("/groups/0192e4a0-7b3c-7000-8000-000000000001").await?;
        ann.until("the title", async || Ok(ann.title().await? == "There is no such group · Parlance")).await
    })
    .await
}

fn main() -> Thing {
    Thing::new("the middle", "//main")
}

/// Waits until home lists these: name, how many, the last words.
async fn waits(person: &Person, expected: Value) -> Result<()> {
    let script = "const words = (row, selector) => row.querySelector(selector)?.innerText.trim();
        return [...document.querySelectorAll('main li > a')].map((row) => [
          words(row, '.conversation-row-name'),
          words(row, '.badge:not(.is-mention) > :first-child'),
          words(row, '.conversation-row-preview')])";
    person.until(&format!("{expected} at home"), async || Ok(person.script(script).await? == expected)).await
}
