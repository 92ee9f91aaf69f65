//! Keys from conversation to conversation, the sheet of all of them, and actions by their names.

use anyhow::{Result, bail, ensure};
use e2e::person::{ENTER, ESCAPE, Person};
use e2e::scene::play;
use e2e::seed::acquaint;
use e2e::thing::{Thing, button, dialog, row, text};

const UP: &str = "\u{e013}";
const DOWN: &str = "\u{e015}";

#[tokio::test]
async fn alt_and_arrows_go_through_the_conversations_and_with_shift_through_the_unread_ones() -> Result<()> {
    play("shortcuts-arrows", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        // Everything is unread. Two that were made in the same moment stand in any order.
        acquaint(&mut scene.server, "ann", 4, 3).await?;
        ann.goes_to("/").await?;
        ann.until("the list", async || Ok(listed(&ann).await?.len() == 4)).await?;
        let listed = listed(&ann).await?;
        let [first, second, third, last] = &listed[..] else { bail!("{listed:?}") };
        for name in [first, second] {
            ann.presses_alt(false, DOWN).await?;
            is_in(&ann, name).await?;
            ann.has_unread(name, 0).await?;
        }
        ann.has_the_focus_at("Message").await?;
        // It ends there: the one before has been read, and has gone down to the people.
        ann.presses_alt(false, UP).await?;
        is_in(&ann, second).await?;
        for name in [third, last] {
            ann.presses_alt(true, DOWN).await?;
            is_in(&ann, name).await?;
            ann.has_unread(name, 0).await?;
        }
        // Nothing is unread any more.
        ann.presses_alt(true, DOWN).await?;
        ann.presses_alt(true, UP).await?;
        is_in(&ann, last).await?;
        // What was written stays, and no message is corrected by it.
        ann.presses("half a thought").await?;
        ann.presses_alt(false, DOWN).await?;
        is_in(&ann, first).await?;
        ann.opens(last).await?;
        ann.until("the draft", async || {
            Ok(ann.script("return document.querySelector('textarea').value").await? == "half a thought")
        })
        .await
    })
    .await
}

/// The names of the conversations, from the top.
async fn listed(person: &Person) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('nav li a')]
        .map((row) => row.innerText.match(/pal\\d/)?.[0]).filter(Boolean)";
    Ok(serde_json::from_value(person.script(script).await?)?)
}

#[tokio::test]
async fn the_sheet_of_all_shortcuts_opens_by_keys_and_by_the_menu_and_gives_the_focus_back() -> Result<()> {
    play("shortcuts-sheet", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        ann.opens_the_notes().await?;
        ann.has_the_focus_at("Write a note").await?;
        // In a field it is a letter as any other.
        ann.presses("?").await?;
        ensure!(ann.script("return document.querySelector('textarea').value").await? == "?");
        ensure!(ann.script("return document.querySelector('dialog[open]')").await?.is_null());
        ann.presses_control('/').await?;
        ann.see(&text("Keyboard shortcuts").inside(&dialog())).await?;
        for words in ["Previous conversation", "Begin a new line", "To the latest message", "Ctrl"] {
            ann.see(&text(words).inside(&dialog())).await?;
        }
        ann.presses(ESCAPE).await?;
        ann.has_the_focus_at("Write a note").await?;
        // Outside of fields the sign does it.
        ann.script("document.querySelector('.timeline').focus()").await?;
        ann.presses("?").await?;
        ann.see(&text("Keyboard shortcuts").inside(&dialog())).await?;
        ann.presses(ESCAPE).await?;
        ann.tabs_to("Your account").await?;
        ann.presses(ENTER).await?;
        ann.tabs_to("Keyboard shortcuts").await?;
        ann.presses(ENTER).await?;
        ann.see(&text("Keyboard shortcuts").inside(&dialog())).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn what_is_in_the_menus_is_found_by_its_words() -> Result<()> {
    play("shortcuts-actions", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        acquaint(&mut scene.server, "ann", 1, 3).await?;
        ann.goes_to("/").await?;
        // Before that there is nobody to take the keys.
        ann.see(&row("pal0")).await?;
        does(&ann, "new gr", "New group").await?;
        ann.has_the_focus_at("Name").await?;
        ann.presses(ESCAPE).await?;
        // Of a conversation only where there is one.
        ann.presses_control('k').await?;
        ann.presses("mute").await?;
        ann.see(&text("Nothing found")).await?;
        ann.presses(ESCAPE).await?;

        ann.presses("pal0").await?;
        ann.see(&row("pal0")).await?;
        ann.presses(ENTER).await?;
        ann.has_the_focus_at("Message").await?;
        does(&ann, "mute", "Mute this conversation").await?;
        let muted = async |is: bool| {
            ann.until("muted or not", async || {
                let script = "return document.querySelector('.conversation-row.is-muted') !== null";
                Ok(ann.script(script).await? == is)
            })
            .await
        };
        muted(true).await?;
        ann.has_the_focus_at("Message").await?;
        does(&ann, "unmute", "Unmute this conversation").await?;
        muted(false).await?;
        does(&ann, "details", "Details of this conversation").await?;
        ann.has_the_focus_at("Close details").await?;
        does(&ann, "shortcuts", "Keyboard shortcuts").await?;
        ann.see(&text("Previous conversation").inside(&dialog())).await?;
        ann.presses(ESCAPE).await?;

        // What was marked as unread is read by the action.
        ann.script("document.querySelector('.message').focus()").await?;
        ann.click(&button("More")).await?;
        ann.click(&button("Mark unread from here")).await?;
        ann.has_unread("pal0", 3).await?;
        does(&ann, "mark read", "Mark this conversation as read").await?;
        ann.has_unread("pal0", 0).await?;
        does(&ann, "log out", "Log out").await?;
        ann.has_the_focus_at("User name").await
    })
    .await
}

/// Finds an action and presses Enter, without a pointer.
async fn does(person: &Person, query: &str, words: &str) -> Result<()> {
    person.presses_control('k').await?;
    person.presses(query).await?;
    let first = Thing::new("an action", "//section[.//h2='Actions']//li[1]/button[not(@data-waits)]");
    let action = person.see(&first).await?;
    ensure!(action.text().await?.trim() == words, "{} is not the first for {query}", words);
    person.presses(ENTER).await
}

async fn is_in(person: &Person, name: &str) -> Result<()> {
    person.sees_in_the_header(name).await
}
