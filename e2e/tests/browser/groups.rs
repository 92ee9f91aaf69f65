//! Groups: made by one, found and joined by another, left again.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::person::ESCAPE;
use e2e::relay::{Link, Relay};
use e2e::scene::{play, two_people};
use e2e::thing::{Thing, button, dialog, field, link, row, text};
use serde_json::json;
use tokio::time::sleep;

#[tokio::test]
async fn a_group_is_made_found_joined_written_to_and_left() -> Result<()> {
    play("groups", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.makes_the_group("Tea & biscuits").await?;
        ann.sends("Anybody?").await?;

        ben.joins_the_group("Tea & biscuits").await?;
        ben.reads(&["Anybody?"]).await?;
        ben.sends("Me").await?;
        ann.reads(&["Anybody?", "Me"]).await?;
        ann.sends("Two, then").await?;
        ben.reads(&["Anybody?", "Me", "Two, then"]).await?;

        ben.leaves_the_group().await?;
        ben.no_longer_sees(&text("Two, then")).await?;
        ann.sends("Still there?").await?;
        ann.reads(&["Anybody?", "Me", "Two, then", "Still there?"]).await
    })
    .await
}

#[tokio::test]
async fn whoever_went_elsewhere_while_their_group_was_made_stays_there() -> Result<()> {
    play("groups-late", async |scene| {
        let relay = Relay::start(scene.server.address())?;
        let (ann, ben) = (scene.person("ann").await?, scene.person("ben").await?);
        let ann = ann.comes_by(format!("http://{}", relay.address()));
        ann.registers().await?;
        ben.registers().await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("hello").await?;
        let with_ben = ann.place().await?;
        ann.goes_to("/").await?;
        ann.click(&button("New group")).await?;
        ann.fill("Name", "Lunch").await?;
        relay.set(Link::Stalled);
        ann.click(&button("Create group")).await?;
        ann.presses(ESCAPE).await?;
        ann.no_longer_sees(&dialog()).await?;
        ann.opens("ben").await?;
        relay.set(Link::Whole);
        ann.see(&row("Lunch")).await?;
        sleep(Duration::from_millis(500)).await;
        ensure!(ann.place().await? == with_ben, "{}", ann.place().await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_invitation_that_did_not_load_because_of_a_break_loads_after_it() -> Result<()> {
    play("groups-invited", async |scene| {
        let relay = Relay::start(scene.server.address())?;
        let (ann, ben) = (scene.person("ann").await?, scene.person("ben").await?);
        let ben = ben.comes_by(format!("http://{}", relay.address()));
        ann.registers().await?;
        ben.registers().await?;
        ann.makes_the_group("Lunch").await?;
        let invitation = format!("http://{}{}", relay.address(), ann.place().await?);
        ann.opens_the_conversation_with("ben").await?;
        ann.sends(&invitation).await?;
        ben.opens("ann").await?;
        ben.see(&link("Link to a group")).await?;
        relay.set(Link::Stalled);
        ben.click(&link("Link to a group")).await?;
        sleep(Duration::from_millis(500)).await;
        relay.set(Link::Cut);
        ben.see(&text("The conversation did not load")).await?;
        relay.set(Link::Whole);
        ben.see(&button("Join Lunch")).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn people_are_added_to_a_group_and_its_timeline_says_who_comes_and_goes() -> Result<()> {
    play("groups-people", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        let eve = scene.person("eve").await?;
        eve.registers().await?;
        ann.click(&button("New group")).await?;
        ann.fill("Name", "Lunch").await?;
        ann.fill("Add people", "be").await?;
        ann.click(&button("ben").inside(&dialog())).await?;
        ann.see(&button("Remove ben")).await?;
        ann.click(&button("Create group")).await?;
        // The group begins with what brings others into it.
        ann.see(&field("Invite link")).await?;
        ann.see(&button("Copy")).await?;
        ann.see(&button("Add people")).await?;
        ann.see(&text("ben joined")).await?;

        ben.opens("Lunch").await?;
        ben.see(&text("You joined")).await?;
        ben.sends("Thanks").await?;
        ann.reads(&["Thanks"]).await?;

        ann.click(&Thing::new("the name above the messages", "//main//h1")).await?;
        ann.see(&text("None. Pin a message")).await?;
        let titles = "return [...document.querySelectorAll('aside h3')].map((one) => one.innerText)";
        // However many members there are, what is pinned is at hand.
        ensure!(ann.script(titles).await? == json!(["Invite link", "Pinned", "Members"]));
        ann.click(&button("Add people").inside(&Thing::new("the details", "//aside"))).await?;
        ann.fill("People", "eve").await?;
        ann.click(&button("eve").inside(&dialog())).await?;
        ann.click(&button("Add").inside(&dialog())).await?;
        for member in [&ann, &ben] {
            member.see(&text("eve joined")).await?;
        }
        eve.has_unread("Lunch", 0).await?;
        eve.opens("Lunch").await?;
        eve.reads(&["Thanks"]).await?;
        eve.leaves_the_group().await?;
        ben.see(&text("eve joined and left")).await?;
        // The lines are no messages, and somebody who comes later sees them, too.
        ben.goes_to("/").await?;
        ben.has_unread("Lunch", 0).await?;
        ben.opens("Lunch").await?;
        ben.see(&text("eve joined and left")).await?;
        ben.reads(&["Thanks"]).await
    })
    .await
}

#[tokio::test]
async fn a_conversation_that_is_muted_counts_without_asking_for_attention() -> Result<()> {
    play("groups-mute", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.makes_the_group("Lunch").await?;
        ben.joins_the_group("Lunch").await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("hello").await?;
        ann.reads(&["hello"]).await?;
        ann.click(&button("Details")).await?;
        ann.see(&Thing::new("the group that both share", "//aside//a[normalize-space(.)='Lunch']")).await?;
        ann.click(&field("Mute")).await?;
        let is_muted = "return !!document.querySelector('.conversation-row.is-muted')";
        ann.until("the sign of being muted", async || Ok(ann.script(is_muted).await? == true)).await?;
        ann.goes_to("/").await?;
        ben.opens("ann").await?;
        ben.sends("one").await?;
        ben.sends("two").await?;
        ann.has_unread("ben", 2).await?;
        anyhow::ensure!(ann.title().await? == "Parlance", "{}", ann.title().await?);
        // The conversation stays muted, and that can be taken back.
        ann.reloads().await?;
        ann.has_unread("ben", 2).await?;
        anyhow::ensure!(ann.title().await? == "Parlance", "{}", ann.title().await?);
        ann.opens("ben").await?;
        ann.click(&button("Details")).await?;
        ann.click(&field("Mute")).await?;
        ann.until("no sign of it", async || Ok(ann.script(is_muted).await? == false)).await?;
        ann.goes_to("/").await?;
        ben.sends("three").await?;
        ann.until("the title with 1", async || Ok(ann.title().await?.starts_with("(1) "))).await
    })
    .await
}
