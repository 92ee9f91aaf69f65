//! Private conversations, presence and unread counts.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::account::Account;
use e2e::scene::{play, two_people};
use protocol::{ConversationId, FetchHistory};
use serde_json::json;
use tokio::time::sleep;

#[tokio::test]
async fn two_people_write_to_each_other() -> Result<()> {
    play("conversations-private", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("Hello Ben").await?;
        ann.reads(&["Hello Ben"]).await?;

        ben.opens("ann").await?;
        ben.reads(&["Hello Ben"]).await?;
        ben.sends("Hello Ann").await?;
        ben.sends("Do you have <b>time</b> & tea?").await?;

        let conversation = ["Hello Ben", "Hello Ann", "Do you have <b>time</b> & tea?"];
        ann.reads(&conversation).await?;
        ben.reads(&conversation).await
    })
    .await
}

#[tokio::test]
async fn shift_enter_breaks_the_line_and_enter_sends() -> Result<()> {
    play("conversations-lines", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.types("one").await?;
        ann.breaks_the_line().await?;
        ann.sends("two").await?;
        ann.reads(&["one\ntwo"]).await?;
        ben.opens("ann").await?;
        ben.reads(&["one\ntwo"]).await
    })
    .await
}

#[tokio::test]
async fn unread_messages_are_counted_until_they_are_read() -> Result<()> {
    play("conversations-unread", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        for text in ["one", "two", "three"] {
            ann.sends(text).await?;
        }
        ben.has_unread("ann", 3).await?;
        ben.opens("ann").await?;
        ben.reads(&["one", "two", "three"]).await?;
        ben.has_unread("ann", 0).await?;
        // It stays read.
        ben.goes_to("/").await?;
        ben.has_unread("ann", 0).await
    })
    .await
}

#[tokio::test]
async fn one_sees_who_comes_and_goes() -> Result<()> {
    play("conversations-presence", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sees_in_the_header("Online").await?;
        ben.closes_the_page().await?;
        ann.sees_in_the_header("Last seen just now").await?;
        ben.goes_to("/").await?;
        ann.sees_in_the_header("Online").await
    })
    .await
}

#[tokio::test]
async fn notes_to_oneself_are_allowed() -> Result<()> {
    play("conversations-notes", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        ann.opens_the_notes().await?;
        ann.sends("Milk").await?;
        ann.reads(&["Milk"]).await?;
        ann.reloads().await?;
        ann.reads(&["Milk"]).await?;
        ensure!(!ann.page().await?.contains("Not sent"));
        Ok(())
    })
    .await
}

/// Notes what goes wrong in a page.
const NOTES_ERRORS: &str =
    "window.errors = []; window.addEventListener('error', (event) => window.errors.push(event.message));";

#[tokio::test]
async fn who_leaves_while_the_message_of_a_link_is_looked_up_is_not_led_back() -> Result<()> {
    play("conversations-left", async |scene| {
        let (ann, _ben) = two_people(scene).await?;
        ann.begins_pages_with(NOTES_ERRORS).await?;
        ann.opens_the_conversation_with("ben").await?;
        let ben = ann.place().await?.rsplit('/').next().context("an address")?.parse()?;
        ann.sends("hello").await?;
        ann.reads(&["hello"]).await?;
        let account = Account::of(&scene.server.url(), "ann").await?;
        let me = account.id;
        let newest = FetchHistory::newest(ConversationId::User(ben));
        let page = account.connects(&scene.server.url()).call(newest).await?;
        let message = page.messages.first().context("no message")?.id;
        // Ben's link to it, which leads on to Ann's own name for the conversation.
        let press = |then: &str| {
            format!(
                "const press = (href) => {{
                   const link = document.createElement('a');
                   link.href = href;
                   document.body.append(link);
                   link.click();
                   link.remove();
                 }};
                 press('/people/{me}/m/{message}');
                 {then}"
            )
        };
        ann.goes_to("/").await?;
        ann.sees_own_name().await?;
        ann.script(&press("setTimeout(() => press('/'))")).await?;
        sleep(Duration::from_secs(1)).await;
        ensure!(ann.script("return window.errors").await? == json!([]), "the page broke");
        ann.is_at("/").await?;
        // Whoever stays is led on.
        ann.script(&press("")).await?;
        ann.is_at(&format!("/people/{ben}/m/{message}")).await
    })
    .await
}
