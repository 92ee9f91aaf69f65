//! Groups: made by one, found and joined by another, left again.

use anyhow::Result;

use crate::scene::{play, two_people};
use crate::thing::text;

#[tokio::test]
async fn a_group_is_made_found_joined_written_to_and_left() -> Result<()> {
    play("groups", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.makes_the_group("Tea & biscuits").await?;
        ann.sends("Anybody?").await?;

        ben.joins_the_group("Tea & biscuits").await?;
        ben.reads(&["Anybody?"]).await?;
        ben.sends("Me").await?;
        ann.reads(&["Anybody?", "Me"]).await?;
        ann.sends("Two, then").await?;
        ben.reads(&["Anybody?", "Me", "Two, then"]).await?;

        ben.leaves_the_group().await?;
        ben.no_longer_sees(&text("Two, then")).await?;
        ann.sends("Still there?").await?;
        ann.reads(&["Anybody?", "Me", "Two, then", "Still there?"]).await
    })
    .await
}
