//! The picture of the README (docs/screenshot.png): formatting, a reply, a mention, reactions.

use std::path::Path;

use anyhow::Result;
use e2e::account::Account;
use e2e::scene::{play, two_people};
use e2e::thing::{button, text};

use super::at_row;

const LEFT: &str = "Yes, **twenty minutes ago**. What is left:\n\
    - the notes still say _soon_\n\
    - `cargo xtask bench` once more\n\
    - cake";
const FIGURES: &str = "```text\nprivate   39,000 messages/s\nfan-out  200,000 deliveries/s\n```";

pub(super) async fn run(album: &Path) -> Result<()> {
    play("screenshots-readme", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        for name in ["cleo", "dora"] {
            Account::register(&scene.server.url(), name).await?;
        }
        ben.opens_the_conversation_with("cleo").await?;
        ben.sends("See you on Thursday").await?;
        ben.opens_the_conversation_with("ann").await?;
        ben.sends("The notes are in the usual place").await?;
        ann.makes_the_group("Release 0.4").await?;
        ben.joins_the_group("Release 0.4").await?;
        ann.sends("Did the release go out? The build turned green an hour ago.").await?;
        ben.pastes_and_sends(LEFT).await?;
        ann.until("the list", async || Ok(ann.counts_messages().await? == 2)).await?;
        for emoji in ["thumbs up", "party popper"] {
            at_row(&ann, 1).await?;
            ann.click(&button("React")).await?;
            ann.click(&button(emoji)).await?;
        }
        at_row(&ann, 1).await?;
        ann.click(&button("Reply")).await?;
        ann.sends("I change the notes. @ben, can you run the benchmarks?").await?;
        ben.until("the reply", async || Ok(ben.counts_messages().await? == 3)).await?;
        at_row(&ben, 2).await?;
        ben.click(&button("React")).await?;
        ben.click(&button("thumbs up")).await?;
        ben.pastes_and_sends(FIGURES).await?;
        ann.until("the figures", async || Ok(ann.counts_messages().await? == 4)).await?;
        ann.makes_the_group("Tea & biscuits").await?;
        let tea = ann.place().await?;
        ben.goes_to(&tea).await?;
        ben.click(&button("Join Tea & biscuits")).await?;
        ben.opens("Release 0.4").await?;
        ann.sends("Kettle is on, @ben").await?;
        ben.has_unread("Tea & biscuits", 1).await?;
        ann.opens("Release 0.4").await?;
        ben.looks_through(1120, 760, "light").await?;
        ben.rests().await?;
        ann.types("Thank").await?;
        ben.see(&text("ann is typing")).await?;
        ben.photograph(&album.join("readme.png")).await
    })
    .await
}
