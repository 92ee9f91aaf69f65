//! The picture of the README (docs/screenshot.png).

use std::path::Path;

use anyhow::Result;
use e2e::account::Account;
use e2e::scene::{play, two_people};
use e2e::thing::{button, text};

use super::at_row;

pub(super) async fn run(album: &Path) -> Result<()> {
    play("screenshots-readme", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        for name in ["cleo", "dora"] {
            Account::register(&scene.server.url(), name).await?;
        }
        ann.makes_the_group("Tea & biscuits").await?;
        ann.sends("Kettle is on. Who wants a cup?").await?;
        ann.opens_the_conversation_with("cleo").await?;
        ann.sends("See you on Thursday").await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("The notes are in the usual place").await?;
        ann.makes_the_group("Release 0.4").await?;
        ben.joins_the_group("Release 0.4").await?;
        ann.sends("Did the release go out? The build turned green an hour ago.").await?;
        ben.pastes_and_sends(
            "Yes, **twenty minutes ago**. What is left:\n- the notes still say _soon_\n- `cargo xtask bench` once more\n- cake",
        )
        .await?;
        ann.until("the list", async || Ok(ann.counts_messages().await? == 2)).await?;
        at_row(&ann, 1).await?;
        ann.click(&button("Reply")).await?;
        ann.sends("I change the notes. @ben, can you run the benchmarks?").await?;
        ben.until("the reply", async || Ok(ben.counts_messages().await? == 3)).await?;
        for emoji in ["thumbs up", "party popper"] {
            at_row(&ann, 1).await?;
            ann.click(&button("React")).await?;
            ann.click(&button(emoji)).await?;
        }
        at_row(&ben, 2).await?;
        ben.click(&button("React")).await?;
        ben.click(&button("thumbs up")).await?;
        ben.pastes_and_sends("Running. The first figures:\n```text\nprivate  39,000 messages/s\nfan-out 200,000 deliveries/s\n```").await?;
        ann.until("the figures", async || Ok(ann.counts_messages().await? == 4)).await?;
        ben.opens("Tea & biscuits").await.ok();
        ben.types("The cake").await.ok();
        ann.looks_through(1120, 760, "light").await?;
        ann.script("document.activeElement?.blur()").await?;
        ann.see(&text("Release 0.4")).await?;
        ann.rests().await?;
        ann.photograph(&album.join("readme.png")).await
    })
    .await
}
