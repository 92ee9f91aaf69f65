//! Pictures of the page for people to look at: `cargo xtask screenshots`.

use std::fs;

use anyhow::Result;

use crate::scene::{play, two_people};
use crate::thing::{Thing, button, dialog};

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

#[tokio::test]
#[ignore = "makes pictures, checks nothing"]
async fn screenshots_of_groups() -> Result<()> {
    let album = e2e::target().join("screenshots");
    fs::create_dir_all(&album)?;
    play("screenshots-groups", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        for name in ["cleo", "dora", "emil", "fritz"] {
            crate::account::Account::register(&scene.server.url(), name).await?;
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
        let moment = || tokio::time::sleep(std::time::Duration::from_millis(700));
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

#[tokio::test]
#[ignore = "makes pictures, checks nothing"]
async fn screenshots_of_searches() -> Result<()> {
    let album = e2e::target().join("screenshots");
    fs::create_dir_all(&album)?;
    play("screenshots-search", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.makes_the_group("Release party").await?;
        ben.joins_the_group("Release party").await?;
        ben.sends("Who brings the cake? Last time there were three of the same cake, and nobody wanted it.").await?;
        ann.sends("Käsekuchen from me. The recipe: https://cake.example/kaesekuchen").await?;
        ben.opens_the_conversation_with("ann").await?;
        let long = "I have looked at everything that the old server wrote in the week before it was switched off, and";
        ben.sends(&format!("{long} there is nothing about the missing cake. 蛋糕很好吃")).await?;
        ann.opens("ben").await?;
        ann.sends("Then it was eaten, the cake").await?;
        for (width, height) in [(390, 844), (1440, 900)] {
            for scheme in SCHEMES {
                ann.looks_through(width, height, scheme).await?;
                for (name, query) in [
                    ("hints", ""),
                    ("hits", "cake"),
                    ("names-and-hits", "release"),
                    ("broken", "from:nobody cake"),
                    ("nothing", "nothingofthekind"),
                ] {
                    ann.goes_to("/").await?;
                    ann.sees_the_program().await?;
                    ann.presses_control('k').await?;
                    if !query.is_empty() {
                        ann.presses(query).await?;
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
                    ann.photograph(&album.join(format!("search-{name}-{width}-{scheme}.png"))).await?;
                }
            }
        }
        Ok(())
    })
    .await
}
