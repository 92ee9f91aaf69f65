//! axe-core finds nothing serious on any screen, wide and narrow, light and dark.

mod axe;
mod furniture;

use anyhow::Result;
use e2e::person::{ESCAPE, Person};
use e2e::scene::{Scene, play};
use e2e::thing::{Thing, button, composer, dialog, own_name, text};
use serde_json::json;

use axe::Axe;
use furniture::{Furniture, furnish};

const SIZES: [(u32, u32); 2] = [(1280, 900), (390, 844)];
const BACKSPACE: &str = "\u{e003}";

/// The browser has not been asked about notifications.
const PREPARE: &str = "window.Notification = class { static permission = 'default' }";

#[tokio::test]
async fn axe_finds_nothing_serious_on_any_screen() -> Result<()> {
    play("accessibility", async |scene| {
        let ann = scene.person("ann").await?;
        ann.begins_pages_with(PREPARE).await?;
        ann.can_hide_pages().await?;
        let mut axe = Axe::of(&ann)?;
        for (width, height) in SIZES {
            axe.looks_through(width, height).await?;
            entrance(&ann, &axe).await?;
        }
        ann.registers().await?;
        for (width, height) in SIZES {
            axe.looks_through(width, height).await?;
            ann.goes_to("/").await?;
            ann.see(&text("Nobody else is here")).await?;
            axe.looks_at("the first run").await?;
        }
        let furniture = furnish(&scene.server.url()).await?;
        for (width, height) in SIZES {
            axe.looks_through(width, height).await?;
            lists(&ann, &axe, &furniture).await?;
            conversation(&ann, &axe, &furniture).await?;
            group(&ann, &axe, &furniture).await?;
            elsewhere(&ann, &axe, &furniture).await?;
        }
        for (width, height) in SIZES {
            axe.looks_through(width, height).await?;
            everything_read(&ann, &axe, &furniture).await?;
        }
        ann.goes_to(&furniture.private).await?;
        ann.see(&composer()).await?;
        broken(&ann, &mut axe, scene).await?;
        axe.verdict()
    })
    .await
}

/// Before anybody is logged in.
async fn entrance(ann: &Person, axe: &Axe<'_>) -> Result<()> {
    ann.goes_to("/login").await?;
    ann.see(&button("Log in")).await?;
    axe.looks_at("logging in").await?;
    ann.fill("User name", "nobody").await?;
    ann.fill("Password", "not the password").await?;
    ann.click(&button("Log in")).await?;
    ann.see(&Thing::new("what is wrong", "//*[contains(@class, 'form-error')]")).await?;
    axe.looks_at("logging in, refused").await?;
    ann.goes_to("/register").await?;
    ann.see(&button("Create account")).await?;
    axe.looks_at("creating an account").await?;
    ann.click(&button("Create account")).await?;
    ann.see(&Thing::new("what is wrong", "//*[contains(@class, 'field-error')]")).await?;
    axe.looks_at("creating an account, refused").await
}

/// What the sidebar shows.
async fn lists(ann: &Person, axe: &Axe<'_>, furniture: &Furniture) -> Result<()> {
    ann.goes_to("/").await?;
    ann.has_unread("cleo", 1).await?;
    axe.looks_at("home").await?;
    ann.click(&button("Groups")).await?;
    axe.looks_at("a collapsed section").await?;
    ann.click(&button("Groups")).await?;
    ann.click(&own_name("ann")).await?;
    ann.see(&text("Logged in as")).await?;
    axe.looks_at("the account's menu").await?;
    ann.presses(ESCAPE).await?;

    ann.presses_control('k').await?;
    ann.see(&text("Narrow a search for messages")).await?;
    axe.looks_at("the find field").await?;
    for (query, screen, sees) in [
        ("cake", "messages that were found", "Who brings the"),
        ("e", "people and groups that were found", "Public groups"),
        ("from:nobody x", "a search that is refused", "There is nobody named"),
        ("nothingofthekind", "nothing found", "Nothing found for"),
    ] {
        ann.script("document.querySelector('.find-input').select()").await?;
        ann.presses(query).await?;
        ann.see(&text(sees)).await?;
        axe.looks_at(screen).await?;
    }
    // The first clears the field, the second leaves it.
    ann.presses(ESCAPE).await?;
    ann.presses(ESCAPE).await?;

    for (opens, title) in [("New group", "New group"), ("Find a group", "Find a group")] {
        ann.click(&button(opens)).await?;
        ann.see(&text(title).inside(&dialog())).await?;
        axe.looks_at(&format!("the dialog “{title}”")).await?;
        ann.presses(ESCAPE).await?;
        ann.no_longer_sees(&dialog()).await?;
    }

    ann.hides(true).await?;
    furniture.ben_writes("Are you there?").await?;
    ann.until("a message", async || ann.shows_unread("ben").await).await?;
    ann.hides(false).await?;
    ann.see(&text("Get notified")).await?;
    axe.looks_at("the offer of notifications").await
}

/// Home when nothing waits.
async fn everything_read(ann: &Person, axe: &Axe<'_>, furniture: &Furniture) -> Result<()> {
    for place in [&furniture.private, &furniture.group, &furniture.with_cleo] {
        ann.goes_to(place).await?;
        ann.see(&composer()).await?;
        ann.until("everything to be read", async || {
            let unread = "return document.querySelectorAll('[aria-current] .badge').length";
            Ok(ann.script(unread).await? == 0)
        })
        .await?;
    }
    ann.goes_to("/").await?;
    ann.until("the sentence", async || {
        Ok(ann.script("return document.querySelector('main h1')?.innerText").await? == "Nothing unread")
    })
    .await?;
    axe.looks_at("home with nothing unread").await
}

/// A private conversation, and what one does with its messages.
async fn conversation(ann: &Person, axe: &Axe<'_>, furniture: &Furniture) -> Result<()> {
    ann.goes_to(&furniture.private).await?;
    ann.see(&text("Who brings the")).await?;
    axe.looks_at("a conversation").await?;

    at_row(ann, "Who brings the").await?;
    axe.looks_at("a message's actions").await?;
    ann.click(&button("React")).await?;
    ann.see(&button("Animals and nature")).await?;
    axe.looks_at("the picker").await?;
    ann.presses(ESCAPE).await?;
    at_row(ann, "Cake from me").await?;
    ann.click(&button("More")).await?;
    ann.see(&button("Delete")).await?;
    axe.looks_at("a message's menu").await?;
    ann.click(&button("Delete")).await?;
    ann.see(&button("Keep")).await?;
    axe.looks_at("whether to delete").await?;
    ann.click(&button("Keep")).await?;
    ann.no_longer_sees(&dialog()).await?;
    ann.click(&button("edited")).await?;
    ann.see(&text("Cake frm me").inside(&dialog())).await?;
    axe.looks_at("former texts").await?;
    ann.presses(ESCAPE).await?;
    ann.no_longer_sees(&dialog()).await?;

    at_row(ann, "Who brings the").await?;
    ann.click(&button("Reply")).await?;
    ann.see(&text("Replying to")).await?;
    axe.looks_at("a reply").await?;
    ann.presses(ESCAPE).await?;
    at_row(ann, "Cake from me").await?;
    ann.click(&button("Edit")).await?;
    ann.see(&text("Editing your message")).await?;
    axe.looks_at("a correction").await?;
    ann.presses(ESCAPE).await?;

    ann.types(":smi").await?;
    ann.see(&Thing::new("emojis", "//*[@role='option']")).await?;
    axe.looks_at("emojis that complete").await?;
    clear(ann).await?;
    let long = "document.querySelector('textarea').setRangeText('x'.repeat(5000));
        document.querySelector('textarea').dispatchEvent(new InputEvent('input', { bubbles: true }))";
    ann.script(long).await?;
    ann.see(&text("characters too long")).await?;
    axe.looks_at("a text that is too long").await?;
    clear(ann).await?;

    ann.click(&button("Details")).await?;
    ann.see(&text("Groups you share")).await?;
    ann.see(&Thing::new("a pin", "//aside//*[@class='pin-text']")).await?;
    axe.looks_at("the details of a person").await?;
    ann.click(&button("Close details")).await
}

async fn group(ann: &Person, axe: &Axe<'_>, furniture: &Furniture) -> Result<()> {
    ann.goes_to(&furniture.group).await?;
    ann.see(&composer()).await?;
    ann.see(&text("joined")).await?;
    axe.looks_at("a group").await?;
    ann.types("@").await?;
    ann.see(&Thing::new("people", "//*[@role='option']")).await?;
    axe.looks_at("people who complete").await?;
    clear(ann).await?;
    ann.click(&button("Details")).await?;
    ann.see(&text("Members")).await?;
    ann.see(&button("Unban emil")).await?;
    axe.looks_at("the details of a group").await?;
    ann.click(&button("Actions for cleo")).await?;
    ann.see(&button("Ban…")).await?;
    axe.looks_at("a member's menu").await?;
    ann.click(&button("Ban…")).await?;
    ann.see(&dialog()).await?;
    axe.looks_at("whether to ban").await?;
    ann.presses(ESCAPE).await?;
    ann.no_longer_sees(&dialog()).await?;
    ann.click(&button("Leave group")).await?;
    ann.see(&dialog()).await?;
    axe.looks_at("whether to leave").await?;
    ann.presses(ESCAPE).await?;
    ann.no_longer_sees(&dialog()).await?;
    ann.click(&button("Add people").inside(&Thing::new("the details", "//aside"))).await?;
    ann.fill("People", "d").await?;
    ann.see(&button("dora").inside(&dialog())).await?;
    axe.looks_at("adding people").await?;
    ann.click(&button("dora").inside(&dialog())).await?;
    ann.see(&button("Remove dora")).await?;
    axe.looks_at("adding people, one chosen").await
}

/// Addresses that lead to no conversation of one's own.
async fn elsewhere(ann: &Person, axe: &Axe<'_>, furniture: &Furniture) -> Result<()> {
    ann.goes_to(&furniture.other_group).await?;
    ann.see(&button("Join Chess")).await?;
    axe.looks_at("an invitation").await?;
    ann.goes_to("/nowhere").await?;
    ann.see(&text("Page not found")).await?;
    axe.looks_at("an address that leads nowhere").await
}

/// The server is gone.
async fn broken(ann: &Person, axe: &mut Axe<'_>, scene: &mut Scene) -> Result<()> {
    scene.server.stop()?;
    ann.sends("Into the void").await?;
    ann.see(&text("Reconnecting")).await?;
    for (width, height) in SIZES {
        axe.looks_through(width, height).await?;
        axe.looks_at("a broken connection").await?;
    }
    scene.server.start_again()
}

/// The keyboard is at the row with these words, which then has its actions.
async fn at_row(person: &Person, words: &str) -> Result<()> {
    let script = format!(
        "const row = [...document.querySelectorAll('.message')].find((one) => one.innerText.includes({}));
         row?.focus();
         return !!row?.querySelector('.message-actions')",
        json!(words)
    );
    person.until("the row's actions", async || Ok(person.script(&script).await? == true)).await
}

/// Empties the composer.
async fn clear(person: &Person) -> Result<()> {
    person.script("document.querySelector('textarea').select()").await?;
    person.types(BACKSPACE).await
}
