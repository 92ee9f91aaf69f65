//! Pictures of the page for people to look at: `cargo xtask screenshots`.

use std::fs;

use anyhow::Result;

use crate::scene::{play, two_people};

const WIDTHS: [(u32, u32); 3] = [(390, 844), (1024, 768), (1440, 900)];
const SCHEMES: [&str; 2] = ["light", "dark"];

#[tokio::test]
#[ignore = "makes pictures, checks nothing"]
async fn screenshots() -> Result<()> {
    let album = e2e::target().join("screenshots");
    fs::create_dir_all(&album)?;
    play("screenshots", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.makes_the_group("Tea & biscuits").await?;
        ann.sends("Kettle is on. Who wants a cup?").await?;
        ben.joins_the_group("Tea & biscuits").await?;
        ben.sends("Me, please. I bring the good biscuits.").await?;
        ann.opens_the_conversation_with("ben").await?;
        for (author, words) in [
            (&ann, "Did the release go out?"),
            (&ann, "I saw the build turn green an hour ago."),
            (&ben, "Yes, twenty minutes ago. Nothing in the logs so far."),
            (&ben, "One thing for tomorrow: the notes still say “soon”."),
            (&ann, "I will change that first thing. Thank you."),
        ] {
            if std::ptr::eq(author, &ben) {
                ben.opens("ann").await?;
            }
            author.sends(words).await?;
        }
        let conversation = ann.place().await?;
        ben.opens("Tea & biscuits").await?;
        ben.sends("Shall we say four o’clock?").await?;

        for (width, height) in WIDTHS {
            for scheme in SCHEMES {
                ann.looks_through(width, height, scheme).await?;
                for (name, place) in [("list", "/"), ("conversation", &*conversation)] {
                    ann.goes_to(place).await?;
                    ann.sees_the_program().await?;
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    ann.photograph(&album.join(format!("{name}-{width}-{scheme}.png"))).await?;
                }
            }
        }
        Ok(())
    })
    .await
}
