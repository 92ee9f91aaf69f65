//! Logging in, staying logged in, logging out.

use anyhow::{Result, ensure};
use e2e::account::Account;
use e2e::scene::{play, two_people};
use e2e::thing::{button, field, own_name, text};

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

#[tokio::test]
async fn whose_login_is_ended_elsewhere_is_told_and_comes_back_to_where_they_were() -> Result<()> {
    play("session-ended", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.makes_the_group("Lunch").await?;
        ben.joins_the_group("Lunch").await?;
        let place = ann.place().await?;
        let url = scene.server.url();
        let other = Account::of(&url, "ann").await?;
        let all = reqwest::Client::new().post(format!("{url}/api/auth/logout-all")).bearer_auth(other.token);
        all.send().await?.error_for_status()?;
        ann.see(&text("Log in again")).await?;
        ann.see(&text("You come back to where you were")).await?;
        let page = ann.page().await?;
        ensure!(!page.contains("invited"), "nobody invited anybody:\n{page}");
        ann.fill("User name", "ann").await?;
        ann.fill("Password", e2e::person::PASSWORD).await?;
        ann.click(&button("Log in")).await?;
        ann.is_at(&place).await?;
        ann.sends("I am back").await?;
        ben.reads(&["I am back"]).await
    })
    .await
}

#[tokio::test]
async fn whoever_logs_out_everywhere_is_logged_out_on_every_device() -> Result<()> {
    play("session-everywhere", async |scene| {
        let (ann, laptop) = (scene.person("ann").await?, scene.person("ann").await?);
        ann.registers().await?;
        laptop.logs_in().await?;
        laptop.click(&own_name("ann")).await?;
        laptop.click(&button("Log out on all devices")).await?;
        laptop.see(&field("Password")).await?;
        ann.see(&text("Log in again")).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn a_name_that_looks_like_another_one_is_explained_at_its_field() -> Result<()> {
    play("session-names", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        ann.logs_out().await?;
        let mistakes = [
            // The first letter is Cyrillic.
            ("\u{430}nn", "looks like one that somebody has already"),
            ("a b", "A user name"),
            ("an\u{2764}", "A user name"),
        ];
        for (name, said) in mistakes {
            ann.goes_to("/register").await?;
            ann.fill("User name", name).await?;
            ann.fill("Password", e2e::person::PASSWORD).await?;
            ann.click(&button("Create account")).await?;
            ann.see(&text(said)).await?;
            let wrong = "return [...document.querySelectorAll('[aria-invalid=true]')].map((one) => one.labels[0].innerText)";
            let wrong = ann.script(wrong).await?;
            ensure!(wrong == serde_json::json!(["User name"]), "{name}: {wrong}");
        }
        Ok(())
    })
    .await
}
