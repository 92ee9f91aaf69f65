//! Notifications in a browser that shows them only by a service worker, as Chrome on Android.

use std::fs;

use anyhow::{Result, ensure};
use e2e::account::Account;
use e2e::scene::{play, two_people};
use e2e::thing::{Thing, own_name, text};
use serde_json::json;

/// A page cannot make a notification.
const PHONE: &str = "
    window.Notification = class {
      static permission = 'granted';
      constructor() { throw new TypeError('Illegal constructor') }
    };
    const show = ServiceWorkerRegistration.prototype.showNotification;
    ServiceWorkerRegistration.prototype.showNotification = async function (...it) {
      await show.apply(this, it);
      window.showed = true;
    };";

/// What is shown, once the browser has shown something: if it is asked at that very moment, Chromium forgets it.
const SHOWN: &str = "
    return (async () => {
      if (!window.showed) return null;
      const worker = await navigator.serviceWorker.getRegistration();
      const shown = await worker.getNotifications();
      return shown.map(({ title, body, data }) => [title, body, data]);
    })()";

fn switch() -> Thing {
    Thing::new("the switch", "//button[@role='switch'][starts-with(normalize-space(.), 'Notifications')]")
}

#[tokio::test]
async fn a_worker_shows_what_a_page_may_not_and_leads_to_the_conversation() -> Result<()> {
    play("notification-worker", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        let allowed = json!({ "permissions": ["notifications"], "origin": scene.server.url() });
        ben.devtools("Browser.grantPermissions", allowed).await?;
        ben.begins_pages_with(PHONE).await?;
        ben.can_hide_pages().await?;
        ben.goes_to("/").await?;
        ben.click(&own_name("ben")).await?;
        ben.click(&switch()).await?;
        ben.see(&text("On").inside(&switch())).await?;
        ben.hides(true).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("hello").await?;
        ben.has_unread("ann", 1).await?;
        let path = Account::of(&scene.server.url(), "ann").await?.id;
        let path = format!("/people/{path}");
        ben.until("a notification", async || Ok(ben.script(SHOWN).await? == json!([["ann", "hello", path]])))
            .await?;

        // Pressed, it leads there, and what is read is not there any more.
        ben.hides(false).await?;
        ben.script(&pressing(&path)?).await?;
        ben.is_at(&path).await?;
        ben.reads(&["hello"]).await?;
        ben.until("none", async || Ok(ben.script(SHOWN).await? == json!([]))).await?;
        let kept = ben.script("return caches.keys()").await?;
        ensure!(kept == json!([]), "the worker keeps {kept}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_browser_that_shows_none_at_all_is_called_that() -> Result<()> {
    play("notification-none", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ben.begins_pages_with(PHONE).await?;
        ben.can_hide_pages().await?;
        ben.begins_pages_with("Object.defineProperty(navigator, 'serviceWorker', { value: undefined })")
            .await?;
        ben.goes_to("/").await?;
        ben.click(&own_name("ben")).await?;
        ben.click(&switch()).await?;
        ben.hides(true).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("hello").await?;
        ben.has_unread("ann", 1).await?;
        ben.see(&text("This browser shows none for pages.")).await?;
        ben.see(&text("Off").inside(&switch())).await.map(drop)
    })
    .await
}

/// Runs the worker's own script on a notification that is pressed, in the page: a test reaches neither the
/// system's notifications nor the worker.
fn pressing(path: &str) -> Result<String> {
    let worker = fs::read_to_string(e2e::root().join("web/notification-worker.js"))?;
    Ok(format!(
        "const page = {{
           postMessage: (data) => navigator.serviceWorker.dispatchEvent(new MessageEvent('message', {{ data }})),
           focus: async () => {{}},
         }};
         const clients = {{ matchAll: async () => [page] }};
         let press;
         const addEventListener = (name, listener) => press = listener;
         {worker}
         let done;
         press({{ notification: {{ close() {{}}, data: {} }}, waitUntil: (it) => done = it }});
         return done;",
        json!(path)
    ))
}
