//! The server goes away in the middle of a conversation and comes back.

use anyhow::Result;
use e2e::scene::{play, two_people};
use e2e::thing::text;

#[tokio::test]
async fn what_is_written_while_the_server_is_down_arrives_once_and_in_order() -> Result<()> {
    play("restart", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("before").await?;
        ben.opens("ann").await?;
        ben.reads(&["before"]).await?;

        scene.server.stop()?;
        for message in ["first", "second", "third"] {
            ann.sends(message).await?;
        }
        // Shown at once, and kept.
        ann.reads(&["before", "first", "second", "third"]).await?;
        ann.see(&text("Reconnecting")).await?;

        scene.server.start_again()?;
        let all = ["before", "first", "second", "third"];
        ben.reads(&all).await?;
        ann.reads(&all).await?;
        ben.sends("after").await?;
        let all = ["before", "first", "second", "third", "after"];
        ann.reads(&all).await?;
        ben.reads(&all).await?;

        // And so it is stored.
        ben.reloads().await?;
        ben.reads(&all).await
    })
    .await
}

#[tokio::test]
async fn what_was_not_sent_when_the_page_died_goes_out_with_the_next_visit() -> Result<()> {
    play("restart-reload", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("before").await?;
        ben.opens("ann").await?;
        ben.reads(&["before"]).await?;
        let place = ann.place().await?;

        scene.server.stop()?;
        let all = ["before", "first", "second", "third"];
        for message in &all[1..] {
            ann.sends(message).await?;
        }
        ann.reads(&all).await?;
        // There is no server to load it from.
        ann.reloads().await.ok();

        scene.server.start_again()?;
        ann.goes_to(&place).await?;
        ben.reads(&all).await?;
        ann.reads(&all).await?;
        ann.sends("after").await?;
        let all = ["before", "first", "second", "third", "after"];
        ben.reads(&all).await?;
        ann.reads(&all).await
    })
    .await
}
