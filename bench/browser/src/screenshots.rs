//! Pictures of the page for people to look at. They check nothing.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use e2e::account::Account;
use e2e::scene::{play, two_people};
use e2e::thing::{Thing, button, dialog};
use tokio::time::sleep;

const WIDTHS: [(u32, u32); 3] = [(390, 844), (1024, 768), (1440, 900)];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// Writes the pictures into `target/screenshots`.
pub(crate) async fn run() -> Result<()> {
    let album = e2e::target().join("screenshots");
    fs::create_dir_all(&album)?;
    conversations(&album).await?;
    groups(&album).await
}

async fn conversations(album: &Path) -> Result<()> {
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
                    sleep(Duration::from_secs(1)).await;
                    ann.photograph(&album.join(format!("{name}-{width}-{scheme}.png"))).await?;
                }
            }
        }
        Ok(())
    })
    .await
}

async fn groups(album: &Path) -> Result<()> {
    play("screenshots-groups", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        for name in ["cleo", "dora", "emil", "fritz"] {
            Account::register(&scene.server.url(), name).await?;
        }
        ann.makes_the_group("Release party").await?;
        let group = ann.place().await?;
        ben.joins_the_group("Release party").await?;
        ben.sends("Who brings the cake?").await?;
        ann.click(&button("Details")).await?;
        for name in ["cleo", "dora", "emil", "fritz"] {
            ann.click(&button("Add people").inside(&Thing::new("the details", "//aside"))).await?;
            ann.fill("People", name).await?;
            ann.click(&button(name).inside(&dialog())).await?;
            ann.click(&button("Add").inside(&dialog())).await?;
            ann.no_longer_sees(&dialog()).await?;
        }
        ann.sends("I do.").await?;
        ann.makes_the_group("Empty yet").await?;
        let empty = ann.place().await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("See you there").await?;
        let person = ann.place().await?;
        let moment = || sleep(Duration::from_millis(700));
        for (width, height) in [(390, 844), (768, 1024), (1024, 768), (1440, 900)] {
            for scheme in SCHEMES {
                ann.looks_through(width, height, scheme).await?;
                let picture = |name: &str| album.join(format!("{name}-{width}-{scheme}.png"));
                for (name, place) in [("group", &group), ("empty", &empty), ("person", &person)] {
                    ann.goes_to(place).await?;
                    ann.sees_the_program().await?;
                    moment().await;
                    ann.photograph(&picture(name)).await?;
                    ann.click(&button("Details")).await?;
                    moment().await;
                    ann.photograph(&picture(&format!("{name}-details"))).await?;
                }
                ann.goes_to(&empty).await?;
                ann.click(&button("Add people")).await?;
                ann.fill("People", "e").await?;
                ann.click(&button("cleo").inside(&dialog())).await?;
                ann.fill("People", "e").await?;
                moment().await;
                ann.photograph(&picture("add-people")).await?;
                ann.goes_to("/").await?;
                if (640..1024).contains(&width) {
                    ann.click(&button("Show the sidebar")).await?;
                }
                ann.click(&button("New group")).await?;
                ann.fill("Add people", "e").await?;
                moment().await;
                ann.photograph(&picture("new-group")).await?;
            }
        }
        Ok(())
    })
    .await
}
