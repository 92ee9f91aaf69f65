//! A browser that translates pages, and puts what it wrote into elements of its own.

use anyhow::{Result, ensure};
use e2e::scene::{play, two_people};
use e2e::thing::text;

/// What translators do to every text: two elements take its place, with words of theirs inside. The
/// node that the page made is no longer on it.
const TRANSLATE: &str = "
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts.filter((text) => text.data.trim() && !text.parentElement.closest('script, style, svg'))) {
      const [outer, inner] = [document.createElement('font'), document.createElement('font')];
      inner.textContent = text.data;
      outer.append(inner);
      text.replaceWith(outer);
    }
    window.exceptions = [];
    addEventListener('error', (event) => window.exceptions.push(String(event.message)));
    return texts.length;";

#[tokio::test]
async fn what_a_translator_has_replaced_goes_on_being_live() -> Result<()> {
    play("translation", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("before").await?;
        ben.opens("ann").await?;
        ben.sends("Hello").await?;
        ann.reads(&["before", "Hello"]).await?;
        ann.sees_in_the_header("Online").await?;

        ensure!(ann.script(TRANSLATE).await?.as_u64() > Some(10), "the page has next to no texts");
        ben.closes_the_page().await?;
        ann.sees_in_the_header("Last seen just now").await?;
        ben.goes_to("/").await?;
        ann.sees_in_the_header("Online").await?;
        ben.opens("ann").await?;
        ben.sends("in English").await?;
        ann.reads(&["before", "Hello", "in English"]).await?;
        ann.sends("after").await?;
        ben.reads(&["before", "Hello", "in English", "after"]).await?;

        // Elements that come and go as a whole still do so.
        scene.server.stop()?;
        ann.see(&text("Reconnecting")).await?;
        scene.server.start_again()?;
        ann.no_longer_sees(&text("Reconnecting")).await?;
        ann.opens_the_notes().await?;
        ann.reads(&[]).await?;
        let exceptions = ann.script("return window.exceptions").await?;
        ensure!(exceptions == serde_json::json!([]), "nobody caught {exceptions}");
        Ok(())
    })
    .await
}
