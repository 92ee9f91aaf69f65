//! Pictures of the page for people to look at. They check nothing.

mod corners;
mod entrance;
mod readme;
mod roles;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use e2e::account::Account;
use e2e::person::{ESCAPE, Person};
use e2e::scene::{play, two_people};
use e2e::thing::{Thing, button, dialog};
use tokio::time::sleep;

const WIDTHS: [(u32, u32); 4] = [(390, 844), (768, 1024), (1024, 768), (1440, 900)];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// Writes the pictures of these albums, or of all, into `target/screenshots`.
pub(crate) async fn run(names: &[&str]) -> Result<()> {
    let album = e2e::target().join("screenshots");
    fs::create_dir_all(&album)?;
    let wanted = |name: &str| names.is_empty() || names.contains(&name);
    if wanted("entrance") {
        entrance::run(&album).await?;
    }
    if wanted("conversations") {
        conversations(&album).await?;
    }
    if wanted("groups") {
        groups(&album).await?;
    }
    if wanted("formatting") {
        formatting(&album).await?;
    }
    if wanted("mentions") {
        mentions(&album).await?;
    }
    if wanted("searches") {
        searches(&album).await?;
    }
    if wanted("changes") {
        changes(&album).await?;
    }
    if wanted("corners") {
        corners::run(&album).await?;
    }
    if wanted("roles") {
        roles::run(&album).await?;
    }
    if wanted("readme") {
        readme::run(&album).await?;
    }
    Ok(())
}

async fn mentions(album: &Path) -> Result<()> {
    play("screenshots-mentions", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.makes_the_group("Release party").await?;
        ben.joins_the_group("Release party").await?;
        ben.sends("@ann, who brings the cake?").await?;
        ann.sends("I asked @ben already. @all: cake at four").await?;
        let group = ann.place().await?;
        ann.goes_to("/").await?;
        ben.sends("@ann? The **oven** is on").await?;
        ben.sends("and one more for @ann").await?;
        let looks = WIDTHS.into_iter().flat_map(|size| SCHEMES.map(|scheme| (size, scheme)));
        for ((width, height), scheme) in looks.clone() {
            ann.looks_through(width, height, scheme).await?;
            ann.goes_to("/").await?;
            ann.sees_the_program().await?;
            sleep(Duration::from_secs(1)).await;
            ann.photograph(&album.join(format!("mention-unread-{width}-{scheme}.png"))).await?;
        }
        for ((width, height), scheme) in looks {
            let file = |name: &str| album.join(format!("{name}-{width}-{scheme}.png"));
            ann.looks_through(width, height, scheme).await?;
            ann.goes_to(&group).await?;
            ann.sees_the_program().await?;
            for (name, keys) in [("mention-complete", "@"), ("emoji-complete", ":smi")] {
                ann.types(keys).await?;
                sleep(Duration::from_secs(1)).await;
                ann.photograph(&file(name)).await?;
                ann.script("document.querySelector('textarea').select()").await?;
            }
            ann.types(" ").await?;
            ann.script("document.querySelector('.message').focus()").await?;
            sleep(Duration::from_millis(300)).await;
            ann.script("document.querySelector('[aria-label=React]').click()").await?;
            sleep(Duration::from_secs(1)).await;
            ann.photograph(&file("emoji-picker")).await?;
        }
        Ok(())
    })
    .await
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
        for (width, height) in WIDTHS {
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

/// What a text can consist of.
const FORMATTED: [&str; 9] = [
    "# Release 0.4\nIt is **done**, _nearly_ on time and ~~not~~ tested with `cargo xtask test`. Notes: https://a.example/notes_0_4.",
    "- one\n- two, which goes on for so long that it needs a second line on most screens, and a third one on small ones\n  - nested\n    1. deeper\n    2. still\n- three\n\n9. nine\n10. ten",
    "> Shall we go?\n> > Where?\n\nTo the [harbour](https://b.example/harbour), [www.bank.example](https://c.example).",
    "```rust\nfn main() {\n    println!(\"a line of code that is much too long for any small screen, and for most of the large ones, too\");\n}\n```\nWhat do you think?",
    "```\nno language\n```",
    "🎉🎉",
    "مرحبا **بكم** في `main.rs`\n- واحد\n- اثنان https://a.example/x\n> اقتباس (1)",
    "|a|b|\n|-|-|\n|1|2|\n\n---\n\n<b>not bold</b> &amp; so on",
    "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n21\n22\n23\n24",
];

async fn formatting(album: &Path) -> Result<()> {
    play("screenshots-formatting", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        for text in FORMATTED {
            ann.pastes_and_sends(text).await?;
        }
        ben.opens("ann").await?;
        ben.pastes_and_sends("Fine. `let x = 1;` it is.").await?;
        for (width, height) in [(320, 700), (390, 844), (768, 1024), (1024, 768), (1440, 900)] {
            for scheme in SCHEMES {
                // Twice the height: everything at one look.
                ann.looks_through(width, 2 * height, scheme).await?;
                sleep(Duration::from_millis(500)).await;
                ann.photograph(&album.join(format!("formatting-{width}-{scheme}.png"))).await?;
            }
        }
        // Far too much is pasted.
        let paste = "const field = document.querySelector('textarea');
            field.dispatchEvent(new InputEvent('beforeinput',
              { data: 'x'.repeat(5000000), bubbles: true, cancelable: true }))";
        ann.script(paste).await?;
        ann.looks_through(390, 844, "light").await?;
        sleep(Duration::from_millis(500)).await;
        ann.photograph(&album.join("formatting-paste.png")).await
    })
    .await
}

/// What searches show.
async fn searches(album: &Path) -> Result<()> {
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
        for (width, height) in WIDTHS {
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
                    sleep(Duration::from_millis(1_200)).await;
                    ann.photograph(&album.join(format!("search-{name}-{width}-{scheme}.png"))).await?;
                }
            }
        }
        Ok(())
    })
    .await
}

/// What one does with messages.
async fn changes(album: &Path) -> Result<()> {
    play("screenshots-changes", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        for words in ["Cake at four, in the kitchen?", "I bring plates", "and a secret"] {
            ann.sends(words).await?;
        }
        ben.opens("ann").await?;
        ben.until("the messages", async || Ok(ben.counts_messages().await? == 3)).await?;
        at_row(&ben, 0).await?;
        ben.click(&button("Reply")).await?;
        ben.sends("Better at **five**, I am on the train until half past four.").await?;
        for (row, emoji) in [(0, "thumbs up"), (0, "party popper"), (1, "red heart")] {
            at_row(&ben, row).await?;
            ben.click(&button("React")).await?;
            ben.click(&button(emoji)).await?;
        }
        at_row(&ann, 0).await?;
        ann.click(&button("Edit")).await?;
        ann.types(" Or at half past?").await?;
        ann.sends("").await?;
        at_row(&ann, 2).await?;
        ann.click(&button("More")).await?;
        ann.click(&button("Delete")).await?;
        ann.click(&button("Delete").inside(&dialog())).await?;
        at_row(&ann, 1).await?;
        ann.click(&button("More")).await?;
        ann.click(&button("Pin")).await?;
        let moment = || sleep(Duration::from_millis(500));
        for (width, height) in WIDTHS {
            for scheme in SCHEMES {
                ann.looks_through(width, height, scheme).await?;
                let picture = |name: &str| album.join(format!("changes-{name}-{width}-{scheme}.png"));
                moment().await;
                ann.photograph(&picture("timeline")).await?;
                at_row(&ann, 0).await?;
                ann.click(&button("More")).await?;
                moment().await;
                ann.photograph(&picture("menu")).await?;
                ann.presses(ESCAPE).await?;
                at_row(&ann, 3).await?;
                ann.click(&button("React")).await?;
                moment().await;
                ann.photograph(&picture("picker")).await?;
                ann.presses(ESCAPE).await?;
                at_row(&ann, 3).await?;
                ann.click(&button("Reply")).await?;
                moment().await;
                ann.photograph(&picture("reply")).await?;
                ann.presses(ESCAPE).await?;
            }
        }
        Ok(())
    })
    .await
}

/// The keyboard comes to one of the rows, which then has its actions, wherever the pointer is.
async fn at_row(person: &Person, index: usize) -> Result<()> {
    let script =
        format!("document.activeElement.blur(); document.querySelectorAll('.message')[{index}].focus()");
    person.script(&script).await?;
    sleep(Duration::from_millis(200)).await;
    Ok(())
}
