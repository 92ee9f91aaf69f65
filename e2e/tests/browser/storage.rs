//! Somebody whose browser stores nothing for any page.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::scene::{play, two_people};
use crate::thing::text;

/// As a browser does that was told to block all that pages want to keep; and every exception that
/// nobody catches is noted.
const DENIED: &str = "
    window.exceptions = [];
    addEventListener('error', (event) => window.exceptions.push(String(event.error?.stack ?? event.message)));
    addEventListener('unhandledrejection', (event) => window.exceptions.push(String(event.reason)));
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
      Object.defineProperty(window, name, {
        get() { throw new DOMException('Access is denied for this document.', 'SecurityError') },
      });
    }";

#[tokio::test]
async fn where_nothing_can_be_stored_the_page_says_so_and_goes_on() -> Result<()> {
    play("storage-denied", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.begins_pages_with(DENIED).await?;
        ann.goes_to("/").await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("before").await?;
        ben.opens("ann").await?;
        ben.reads(&["before"]).await?;

        scene.server.stop()?;
        ann.sends("while nobody listens").await?;
        ann.reads(&["before", "while nobody listens"]).await?;
        ann.see(&text("Reconnecting")).await?;
        let page = ann.page().await?;
        ensure!(!page.contains("What you write is kept"), "it promises what it cannot do:\n{page}");
        ensure!(
            page.contains("keeps nothing"),
            "it does not say that it cannot keep what one writes:\n{page}"
        );

        scene.server.start_again()?;
        ben.reads(&["before", "while nobody listens"]).await?;
        let exceptions = ann.script("return window.exceptions").await?;
        ensure!(exceptions == json!([]), "nobody caught {exceptions}");
        Ok(())
    })
    .await
}
