//! Somebody whose browser stores nothing for any page.

use anyhow::{Result, ensure};
use e2e::scene::{play, two_people};
use e2e::thing::text;
use serde_json::json;

/// Does what a browser does that blocks everything that pages want to keep, and notes every exception
/// that nobody catches.
const DENIED: &str = "
    window.exceptions = [];
    addEventListener('error', (event) => window.exceptions.push(String(event.error?.stack ?? event.message)));
    addEventListener('unhandledrejection', (event) => window.exceptions.push(String(event.reason)));
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
      Object.defineProperty(window, name, {
        get() { throw new DOMException('Access is denied for this document.', 'SecurityError') },
      });
    }
    LockManager.prototype.request =
      () => Promise.reject(new DOMException('Access is denied for this document.', 'SecurityError'));";

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

/// Takes all the room that a page has in `localStorage`. Chromium gives IndexedDB ten gigabytes and
/// more, and its protocol's own limit has no effect here. So every write of a row is given up, as it is
/// when there is no room.
const FILLS_THE_STORAGE: &str = "
    let size = 1 << 20, count = 0;
    while (size > 0) {
      try { localStorage.setItem(`full ${count++}`, 'x'.repeat(size)) } catch { size >>= 1 }
    }
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...all) {
      const request = put.apply(this, all);
      this.transaction.abort();
      return request;
    };";

#[tokio::test]
async fn where_the_storage_becomes_full_the_page_no_longer_promises_to_keep_what_one_writes() -> Result<()> {
    play("storage-full", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("before").await?;
        ben.opens("ann").await?;
        ben.reads(&["before"]).await?;

        ann.script(FILLS_THE_STORAGE).await?;
        scene.server.stop()?;
        ann.see(&text("Reconnecting")).await?;
        ann.sends("while nobody listens").await?;
        ann.reads(&["before", "while nobody listens"]).await?;
        ann.see(&text("keeps nothing")).await?;
        // People who listen instead of looking do not hear the promise any more either.
        ann.until("the promise to be taken back", async || {
            Ok(!ann.page().await?.contains("What you write is kept"))
        })
        .await?;

        scene.server.start_again()?;
        ben.reads(&["before", "while nobody listens"]).await
    })
    .await
}
