//! Private conversations, presence and unread counts.

use anyhow::{Result, ensure};
use e2e::scene::{play, two_people};

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
