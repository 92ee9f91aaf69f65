//! A whole round without a pointer.

use anyhow::{Result, ensure};
use e2e::person::{ARROW_DOWN, ENTER, ESCAPE, PASSWORD};
use e2e::scene::play;
use e2e::thing::{button, composer, dialog, field, row, text};
use serde_json::json;

const SPACE: &str = " ";

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
