//! Somebody whose network lets no WebSocket through.

use anyhow::Result;
use e2e::scene::{play, two_people};
use e2e::thing::text;

#[tokio::test]
async fn without_websockets_messages_come_and_go_by_polling() -> Result<()> {
    play("polling", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ben.loses_websockets().await?;
        ben.reloads().await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("do you hear me?").await?;
        ben.opens("ann").await?;
        ben.reads(&["do you hear me?"]).await?;
        ben.sends("yes").await?;
        ann.reads(&["do you hear me?", "yes"]).await?;
        let polls = "return performance.getEntriesByType('resource').some(entry => entry.name.includes('transport=polling'))";
        assert_eq!(ben.script(polls).await?, true);

        // It comes back by polling, too.
        scene.server.stop()?;
        ben.see(&text("Reconnecting")).await?;
        ben.sends("and now?").await?;
        scene.server.start_again()?;
        ann.reads(&["do you hear me?", "yes", "and now?"]).await?;
        ben.reads(&["do you hear me?", "yes", "and now?"]).await
    })
    .await
}
