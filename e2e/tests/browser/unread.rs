//! Marking as unread.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::account::Bot;
use e2e::person::Person;
use e2e::relay::{Link, Relay};
use e2e::scene::{Scene, play, two_people};
use e2e::thing::{Thing, button, text};

/// Longer than what was seen needs to count as read.
const A_WHILE: Duration = Duration::from_secs(2);

/// Ann, who has read what Ben has written, and Ben.
pub(crate) async fn ann_who_has_read_everything(scene: &mut Scene) -> Result<(Person, Bot)> {
    let ann = scene.person("ann").await?;
    ann.registers().await?;
    let ben = Bot::writes_to(&scene.server.url(), "ann").await?;
    ben.says("good night").await?;
    ann.opens("ben").await?;
    ann.reads(&["good night"]).await?;
    ann.has_unread("ben", 0).await?;
    Ok((ann, ben))
}

#[tokio::test]
async fn what_one_marks_as_unread_stays_so_on_the_screen_and_everywhere_until_one_comes_back() -> Result<()> {
    play("unread-mark", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        for text in ["one", "two", "three"] {
            ann.sends(text).await?;
        }
        ben.opens("ann").await?;
        ben.reads(&["one", "two", "three"]).await?;
        ben.has_unread("ann", 0).await?;
        // Another tab, which shows only the list.
        ben.opens_a_second_tab().await?;
        ben.goes_to("/").await?;
        ben.has_unread("ann", 0).await?;
        ben.turns_to_tab(0).await?;
        marks_unread(&ben, 1).await?;

        ben.has_unread("ann", 2).await?;
        ensure!(below_the_divider(&ben).await? == "two");
        ben.turns_to_tab(1).await?;
        ben.has_unread("ann", 2).await?;
        ben.turns_to_tab(0).await?;
        tokio::time::sleep(A_WHILE).await;
        ben.has_unread("ann", 2).await?;
        ann.sends("four").await?;
        ben.reads(&["one", "two", "three", "four"]).await?;
        tokio::time::sleep(A_WHILE).await;
        ben.has_unread("ann", 3).await?;

        // Who leaves and comes back finds the same divider, and has read it then.
        ben.opens_the_notes().await?;
        ben.has_unread("ann", 3).await?;
        ben.opens("ann").await?;
        ben.reads(&["one", "two", "three", "four"]).await?;
        ensure!(below_the_divider(&ben).await? == "two");
        ben.has_unread("ann", 0).await?;
        ben.turns_to_tab(1).await?;
        ben.has_unread("ann", 0).await
    })
    .await
}

#[tokio::test]
async fn a_message_of_ones_own_can_be_unread_until_one_writes_again() -> Result<()> {
    play("unread-own", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        for text in ["one", "two"] {
            ann.sends(text).await?;
        }
        ann.reads(&["one", "two"]).await?;
        marks_unread(&ann, 1).await?;
        ann.has_unread("ben", 1).await?;
        ann.reloads().await?;
        ann.reads(&["one", "two"]).await?;
        // It was opened anew.
        ann.has_unread("ben", 0).await?;
        marks_unread(&ann, 0).await?;
        ann.has_unread("ben", 2).await?;
        ann.sends("three").await?;
        ann.has_unread("ben", 0).await?;
        ben.opens("ann").await?;
        ben.sends("four").await?;
        ann.reads(&["one", "two", "three", "four"]).await?;
        tokio::time::sleep(A_WHILE).await;
        ann.has_unread("ben", 0).await
    })
    .await
}

#[tokio::test]
async fn without_a_connection_it_is_unread_at_once_and_everywhere_once_there_is_one() -> Result<()> {
    play("unread-offline", async |scene| {
        let relay = Relay::start(scene.server.address())?;
        let (ann, ben) = (scene.person("ann").await?, scene.person("ben").await?);
        let ben = ben.comes_by(format!("http://{}", relay.address()));
        ann.registers().await?;
        ben.registers().await?;
        ann.opens_the_conversation_with("ben").await?;
        for text in ["one", "two", "three"] {
            ann.sends(text).await?;
        }
        ben.opens("ann").await?;
        ben.reads(&["one", "two", "three"]).await?;
        ben.has_unread("ann", 0).await?;
        relay.set(Link::Cut);
        ben.see(&text("Reconnecting")).await?;
        marks_unread(&ben, 1).await?;
        ben.has_unread("ann", 2).await?;
        ensure!(below_the_divider(&ben).await? == "two");
        relay.set(Link::Whole);
        ben.no_longer_sees(&text("Reconnecting")).await?;
        ben.has_unread("ann", 2).await?;
        // The server has it: a page that begins anew says the same.
        ben.goes_to("/").await?;
        ben.has_unread("ann", 2).await
    })
    .await
}

#[tokio::test]
async fn what_came_while_nobody_looked_is_one_press_away() -> Result<()> {
    const CAME: usize = 60;
    play("unread-since", async |scene| {
        let (ann, ben) = ann_who_has_read_everything(scene).await?;
        // Her page stays open where nobody sees it.
        ann.opens_a_second_tab().await?;
        ann.goes_to("/").await?;
        ben.says_all((0..CAME).map(|number| format!("m{number}"))).await?;
        ann.has_unread("ben", CAME).await?;
        ann.turns_to_tab(0).await?;
        let bar = Thing::new("the way to what is new", "//button[contains(., '60 new since')]");
        ann.click(&bar).await?;
        ann.until("the first of them", async || {
            let lit = "return document.querySelector('.message.is-lit')?.innerText ?? ''";
            Ok(ann.script(lit).await?.as_str().is_some_and(|text| text.trim().ends_with("m0")))
        })
        .await?;
        ann.no_longer_sees(&bar).await?;
        ensure!(below_the_divider(&ann).await? == "m0");
        Ok(())
    })
    .await
}

async fn marks_unread(person: &Person, index: usize) -> Result<()> {
    let focus =
        format!("const row = document.querySelectorAll('.message')[{index}]; row?.focus(); return !!row");
    person.until("the row", async || Ok(person.script(&focus).await? == true)).await?;
    person.click(&button("More")).await?;
    person.click(&button("Mark unread from here")).await?;
    person.see(&text("Marked as unread")).await.map(drop)
}

/// The message under the divider.
async fn below_the_divider(person: &Person) -> Result<String> {
    let script = "const divider = document.querySelector('.new-divider');
                  return divider?.nextElementSibling?.querySelector('.message-content')?.innerText ?? ''";
    Ok(person.script(script).await?.as_str().unwrap_or_default().trim().to_owned())
}
