//! A short round in each of the browsers that people have: `cargo xtask test engines`.

use anyhow::Result;
use e2e::engine::Engine;
use e2e::scene::{play_in, two_people};
use e2e::thing::text;

#[tokio::test]
async fn a_short_round_in_chromium() -> Result<()> {
    a_short_round(Engine::Chromium, "engines-chromium").await
}

#[tokio::test]
async fn a_short_round_in_firefox() -> Result<()> {
    a_short_round(Engine::Firefox, "engines-firefox").await
}

#[tokio::test]
async fn a_short_round_in_webkit() -> Result<()> {
    a_short_round(Engine::WebKit, "engines-webkit").await
}

async fn a_short_round(engine: Engine, name: &str) -> Result<()> {
    play_in(engine, name, &[], async |scene| {
        let (ann, ben) = two_people(scene).await?;

        ann.opens_the_conversation_with("ben").await?;
        ann.sees_in_the_header("Online").await?;
        ann.sends("Hello Ben").await?;
        ben.has_unread("ann", 1).await?;
        ben.opens("ann").await?;
        ben.reads(&["Hello Ben"]).await?;
        ben.sends("Hello Ann").await?;
        let private = ["Hello Ben", "Hello Ann"];
        ann.reads(&private).await?;
        ben.reads(&private).await?;

        ann.makes_the_group("Tea & biscuits").await?;
        ann.sends("Anybody?").await?;
        ben.joins_the_group("Tea & biscuits").await?;
        ben.reads(&["Anybody?"]).await?;
        ben.sends("Me").await?;
        ann.reads(&["Anybody?", "Me"]).await?;

        ann.reloads().await?;
        ann.reads(&["Anybody?", "Me"]).await?;

        scene.server.stop()?;
        ann.sends("Is it you or me?").await?;
        ann.reads(&["Anybody?", "Me", "Is it you or me?"]).await?;
        ann.see(&text("Reconnecting")).await?;
        scene.server.start_again()?;
        let group = ["Anybody?", "Me", "Is it you or me?"];
        ben.reads(&group).await?;
        ann.no_longer_sees(&text("Reconnecting")).await?;
        ann.reads(&group).await?;

        ann.opens_a_second_tab().await?;
        ann.shares_a_connection(2).await?;
        ann.reads(&group).await?;
        ann.sends("From the second tab").await?;
        let group = ["Anybody?", "Me", "Is it you or me?", "From the second tab"];
        ben.reads(&group).await?;
        ann.turns_to_tab(0).await?;
        ann.reads(&group).await?;
        // The first tab made the connection; the second goes on without it.
        ann.closes_this_tab().await?;
        ann.shares_a_connection(1).await?;
        ben.sends("Still there?").await?;
        ann.reads(&["Anybody?", "Me", "Is it you or me?", "From the second tab", "Still there?"]).await
    })
    .await
}
