//! What somebody began to write.

use std::time::Duration;

use anyhow::Result;
use e2e::account::Account;
use e2e::scene::play;
use e2e::thing::composer;
use tokio::time::sleep;

/// How long after the last key the browser dies.
const A_MOMENT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_draft_survives_a_browser_that_is_killed_a_moment_after_the_last_key() -> Result<()> {
    play("drafts-killed", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        Account::register(&scene.server.url(), "ben").await?;
        // Chromium writes its cookies down every half a minute, and when it ends. This test is about
        // somebody who is logged in for longer than that.
        ann.quit().await?;
        let ann = scene.comes_back(&ann).await?;
        ann.goes_to("/").await?;
        ann.opens_the_conversation_with("ben").await?;
        let place = ann.place().await?;
        ann.types("Dear Ben, there is something that I").await?;
        sleep(A_MOMENT).await;
        scene.kills_the_browser_of(&ann)?;

        let ann = scene.comes_back(&ann).await?;
        ann.goes_to(&place).await?;
        let field = ann.see(&composer()).await?;
        ann.until("the draft", async || {
            Ok(field.value().await?.as_deref() == Some("Dear Ben, there is something that I"))
        })
        .await
    })
    .await
}
