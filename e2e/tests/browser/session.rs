//! Logging in, staying logged in, logging out.

use anyhow::Result;

use crate::scene::{play, two_people};
use crate::thing::{button, field, text};

#[tokio::test]
async fn a_reload_stays_in_the_same_conversation() -> Result<()> {
    play("session-reload", async |scene| {
        let (ann, _ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("Are you there?").await?;
        ann.reads(&["Are you there?"]).await?;
        let place = ann.place().await?;
        ann.reloads().await?;
        ann.reads(&["Are you there?"]).await?;
        ann.is_at(&place).await?;
        ann.sends("Hello?").await?;
        ann.reads(&["Are you there?", "Hello?"]).await
    })
    .await
}

#[tokio::test]
async fn whoever_logs_out_must_log_in_again_and_finds_everything() -> Result<()> {
    play("session-logout", async |scene| {
        let (ann, _ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("Remember this").await?;
        ann.reads(&["Remember this"]).await?;
        let place = ann.place().await?;

        ann.logs_out().await?;
        ann.goes_to(&place).await?;
        ann.see(&field("Password")).await?;

        ann.logs_in().await?;
        ann.opens("ben").await?;
        ann.reads(&["Remember this"]).await
    })
    .await
}

#[tokio::test]
async fn a_wrong_password_and_a_taken_name_are_explained() -> Result<()> {
    play("session-mistakes", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        ann.logs_out().await?;

        ann.goes_to("/login").await?;
        ann.fill("User name", "ann").await?;
        ann.fill("Password", "something else").await?;
        ann.click(&button("Log in")).await?;
        ann.see(&text("is wrong")).await?;

        ann.goes_to("/register").await?;
        ann.fill("User name", "ann").await?;
        ann.fill("Password", "correct horse battery staple").await?;
        ann.click(&button("Create account")).await?;
        ann.see(&text("already")).await.map(drop)
    })
    .await
}
