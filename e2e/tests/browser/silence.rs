//! Connections that break without a word.

use std::time::{Duration, Instant};

use anyhow::Result;
use e2e::person::Person;
use e2e::scene::{play, two_people};
use serde_json::{Value, json};

/// From trying to write until the page shows that it does not get through.
const WRITING: Duration = Duration::from_secs(8);
/// From the browser's own `offline` event.
const OFFLINE: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_server_that_has_frozen_is_noticed_soon_after_writing() -> Result<()> {
    play("silence-frozen", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("before").await?;
        ben.opens("ann").await?;
        ben.reads(&["before"]).await?;

        scene.server.freeze()?;
        let start = Instant::now();
        ann.sends("into the void").await?;
        let left = WRITING.saturating_sub(start.elapsed());
        ann.within(left, "a word about the silence", async || says_so(&ann).await).await?;

        scene.server.thaw()?;
        ben.reads(&["before", "into the void"]).await?;
        ann.reads(&["before", "into the void"]).await
    })
    .await
}

#[tokio::test]
async fn a_browser_that_goes_offline_is_noticed_at_once() -> Result<()> {
    play("silence-offline", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("before").await?;
        ben.opens("ann").await?;
        ben.reads(&["before"]).await?;

        // The browser leaves connections that it has alone, so the other end falls silent.
        scene.server.freeze()?;
        network(&ann, true).await?;
        ann.within(OFFLINE, "a word about being offline", async || says_so(&ann).await).await?;

        scene.server.thaw()?;
        network(&ann, false).await?;
        ann.sends("back again").await?;
        ben.reads(&["before", "back again"]).await?;
        ann.until("the banner to go", async || Ok(!says_so(&ann).await?)).await
    })
    .await
}

/// Whether anything visible, and not only audible, says that there is no connection.
async fn says_so(person: &Person) -> Result<bool> {
    let script = "return [...document.querySelectorAll('body *')].some((one) => {
        const words = [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data);
        return /reconnecting|does not answer|no connection|you are offline/i.test(words.join(' '))
            && one.checkVisibility({ opacityProperty: true, visibilityProperty: true })
            && one.getBoundingClientRect().width > 8;
    })";
    Ok(person.script(script).await? == Value::Bool(true))
}

async fn network(person: &Person, offline: bool) -> Result<()> {
    let conditions =
        json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    person.devtools("Network.enable", json!({})).await?;
    person.devtools("Network.emulateNetworkConditions", conditions).await?;
    let knows = async || Ok(person.script("return !navigator.onLine").await? == Value::Bool(offline));
    person.until("the browser to know its network", knows).await
}
