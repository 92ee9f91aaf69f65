//! A whole round without a pointer.

use anyhow::{Result, bail, ensure};
use serde_json::json;

use crate::person::{ARROW_DOWN, ENTER, PASSWORD, Person};
use crate::scene::play;
use crate::thing::{button, composer, dialog, field, text};

const TAB: &str = "\u{e004}";
const SPACE: &str = " ";
const ESCAPE: &str = "\u{e00c}";

/// What has the focus, by its name.
const FOCUSED: &str = "
    const one = document.activeElement;
    const label = one.labels?.[0]?.innerText ?? '';
    return (one.ariaLabel || label || one.innerText || one.localName).trim()";

impl Person {
    async fn focused(&self) -> Result<String> {
        Ok(self.script(FOCUSED).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Presses Tab until something of this name has the focus.
    async fn tabs_to(&self, name: &str) -> Result<()> {
        let mut seen = Vec::new();
        for _ in 0..60 {
            let focused = self.focused().await?;
            if focused.starts_with(name) {
                return Ok(());
            }
            seen.push(focused);
            self.presses(TAB).await?;
        }
        bail!("{} does not come to {name} by Tab, but to {seen:?}", self.name())
    }

    async fn has_the_focus_at(&self, name: &str) -> Result<()> {
        let what = format!("the focus at {name}");
        let there = self.until(&what, async || Ok(self.focused().await?.starts_with(name)));
        match there.await {
            Err(error) => bail!("the focus is at {}: {error}", self.focused().await?),
            Ok(()) => Ok(()),
        }
    }
}

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
        ann.see(&crate::thing::row("ben")).await?;
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
