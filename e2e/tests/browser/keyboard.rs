//! A whole round without a pointer.

use anyhow::{Result, ensure};
use e2e::person::{ARROW_DOWN, ENTER, ESCAPE, PASSWORD};
use e2e::scene::{play, two_people};
use e2e::thing::{button, composer, dialog, field, row, text};
use serde_json::json;

const SPACE: &str = " ";
const ARROW_RIGHT: &str = "\u{e014}";

#[tokio::test]
async fn everything_can_be_done_with_a_keyboard_alone() -> Result<()> {
    play("keyboard", async |scene| {
        let ben = scene.person("ben").await?;
        ben.registers().await?;
        let ann = scene.person("ann").await?;
        ann.goes_to("/register").await?;
        ann.has_the_focus_at("User name").await?;
        ann.presses("ann").await?;
        ann.tabs_to("Password").await?;
        ann.presses(PASSWORD).await?;
        ann.presses(ENTER).await?;
        ann.sees_own_name().await?;

        // Finds, opens, writes.
        ann.presses_control('k').await?;
        ann.presses("ben").await?;
        ann.see(&row("ben")).await?;
        ann.presses(ENTER).await?;
        ann.see(&composer()).await?;
        ann.has_the_focus_at("Message").await?;
        ann.presses("hello").await?;
        ann.presses(ENTER).await?;
        ann.reads(&["hello"]).await?;

        // Makes a group with somebody in it.
        ann.presses_control('k').await?;
        ann.tabs_to("New group").await?;
        ann.presses(ENTER).await?;
        ann.has_the_focus_at("Name").await?;
        ann.presses("Lunch").await?;
        ann.tabs_to("Add people").await?;
        ann.presses("ben").await?;
        ann.see(&button("ben").inside(&dialog())).await?;
        ann.presses(ARROW_DOWN).await?;
        ann.has_the_focus_at("ben").await?;
        ann.presses(ENTER).await?;
        ann.has_the_focus_at("Add people").await?;
        ann.see(&button("Remove ben")).await?;
        ann.tabs_to("Create group").await?;
        ann.presses(ENTER).await?;
        ann.see(&text("ben joined")).await?;
        let lost = ann.focused().await?;
        ensure!(lost != "body", "the focus is lost when the group is there");

        // Adds nobody, and the focus is back where it was.
        ann.tabs_to("Add people").await?;
        ann.presses(ENTER).await?;
        ann.see(&field("People")).await?;
        ann.presses(ESCAPE).await?;
        ann.has_the_focus_at("Add people").await?;

        // Mutes and leaves.
        ann.presses_control('k').await?;
        ann.tabs_to("Details").await?;
        ann.presses(ENTER).await?;
        ann.has_the_focus_at("Close details").await?;
        ann.tabs_to("Mute").await?;
        ann.presses(SPACE).await?;
        ann.until("a muted group", async || {
            let muted = "return document.querySelectorAll('.conversation-row.is-muted').length";
            Ok(ann.script(muted).await? == json!(1))
        })
        .await?;
        ann.tabs_to("Leave group").await?;
        ann.presses(ENTER).await?;
        ann.has_the_focus_at("Stay").await?;
        ann.tabs_to("Leave group").await?;
        ann.presses(ENTER).await?;
        ann.is_at("/").await?;
        ann.tabs_to("Your account").await?;
        ann.presses(ENTER).await?;
        ann.presses(ARROW_DOWN).await?;
        ann.tabs_to("Log out").await?;
        ann.presses(ENTER).await?;
        ann.has_the_focus_at("User name").await
    })
    .await
}

#[tokio::test]
async fn after_what_a_messages_menu_does_the_keyboard_is_still_at_the_message() -> Result<()> {
    play("keyboard-menu", async |scene| {
        let (ann, _ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        for words in ["one", "two", "three"] {
            ann.sends(words).await?;
        }
        ann.reads(&["one", "two", "three"]).await?;
        for (item, then) in [
            ("Copy link", None),
            ("Pin", None),
            ("Mark unread from here", None),
            ("Forward…", Some("Cancel")),
            ("Delete", Some("Keep")),
            ("Delete", Some("Delete")),
        ] {
            let focus = "document.querySelectorAll('.message')[1].focus()";
            ann.script(focus).await?;
            // Reply, React, Edit, More.
            ann.presses(&ARROW_RIGHT.repeat(4)).await?;
            ann.has_the_focus_at("More").await?;
            ann.presses(ENTER).await?;
            ann.has_the_focus_at("Copy text").await?;
            while ann.focused().await? != item {
                ann.presses(ARROW_DOWN).await?;
            }
            ann.presses(ENTER).await?;
            if let Some(then) = then {
                ann.see(&dialog()).await?;
                ann.tabs_to(then).await?;
                ann.presses(ENTER).await?;
                ann.no_longer_sees(&dialog()).await?;
            }
            // The row is drawn anew.
            ann.rests().await?;
            let there = "return document.activeElement === document.querySelectorAll('.message')[1]";
            ensure!(
                ann.script(there).await? == true,
                "after “{item}” the focus is at {}",
                ann.focused().await?
            );
        }
        ann.see(&text("This message was deleted.")).await.map(drop)
    })
    .await
}
