//! What one does with messages: correct, delete, react, reply, pin, link; and that everybody sees it.

use anyhow::{Context as _, Result, ensure};
use e2e::person::{ENTER, ESCAPE, Person};
use e2e::scene::{play, two_people};
use e2e::thing::{Thing, button, dialog, field, text};
use serde_json::{Value, json};

const ARROW_UP: &str = "\u{e013}";
const BACKSPACE: &str = "\u{e003}";

#[tokio::test]
async fn a_message_is_corrected_by_keys_and_both_see_that_and_what_it_said_before() -> Result<()> {
    play("changes-edit", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("Helo Ben").await?;
        ann.reads(&["Helo Ben"]).await?;
        ben.opens("ann").await?;
        ben.reads(&["Helo Ben"]).await?;

        ann.types("half a thought").await?;
        clear(&ann).await?;
        ann.presses(ARROW_UP).await?;
        ann.see(&text("Editing your message")).await?;
        ensure!(draft(&ann).await? == "Helo Ben");
        // Whoever changes their mind finds everything as it was.
        ann.presses(ESCAPE).await?;
        ann.no_longer_sees(&text("Editing your message")).await?;
        ensure!(draft(&ann).await?.is_empty());
        ann.presses(ARROW_UP).await?;
        ann.see(&text("Editing your message")).await?;
        clear(&ann).await?;
        ann.sends("Hello Ben").await?;
        for person in [&ann, &ben] {
            person.reads(&["Hello Ben"]).await?;
            person.see(&button("edited")).await?;
        }
        ben.click(&button("edited")).await?;
        ben.see(&text("Helo Ben").inside(&dialog())).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn a_reaction_is_counted_with_names_and_taken_back() -> Result<()> {
    play("changes-react", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("Cake at four").await?;
        ben.opens("ann").await?;
        ben.reads(&["Cake at four"]).await?;
        at_row(&ben, 0).await?;
        ben.click(&button("React")).await?;
        ben.click(&button("party popper")).await?;
        ben.see(&chip("🎉 you")).await?;
        ann.see(&chip("🎉 ben")).await?;
        ann.click(&chip("🎉 ben")).await?;
        ben.see(&chip("🎉 you and ann")).await?;
        ben.script("document.querySelector('.reaction').click()").await?;
        ann.see(&chip("🎉 you")).await?;
        ann.click(&chip("🎉 you")).await?;
        ben.until("no reaction", async || {
            Ok(ben.script("return document.querySelectorAll('.reaction').length").await? == 0)
        })
        .await
    })
    .await
}

#[tokio::test]
async fn what_one_has_open_or_focused_at_a_message_stays_when_anybody_reacts_to_it() -> Result<()> {
    play("changes-react-focus", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("Cake at four").await?;
        ben.opens("ann").await?;
        ben.reads(&["Cake at four"]).await?;
        at_row(&ann, 0).await?;
        ann.click(&button("React")).await?;
        ann.click(&field("Find an emoji")).await?;
        ann.presses("party popper").await?;
        at_row(&ben, 0).await?;
        ben.click(&button("React")).await?;
        ben.click(&button("thumbs up")).await?;
        ann.until("Ben's reaction", async || {
            Ok(ann.script("return document.querySelectorAll('.reaction').length").await? == 1)
        })
        .await?;
        ann.has_the_focus_at("Find an emoji").await?;
        ann.presses(ENTER).await?;
        ann.see(&chip("🎉 you")).await?;
        let at_the_row = "return document.activeElement?.matches('.message') ?? false";
        ann.until("the focus at the row", async || Ok(ann.script(at_the_row).await? == true)).await?;

        // A chip keeps the focus for as long as it is there.
        ann.script("document.querySelector('.reaction[aria-label=\"👍 ben\"]').focus()").await?;
        for label in ["👍 ben and you", "👍 ben"] {
            ann.presses(ENTER).await?;
            ann.see(&chip(label)).await?;
            ann.has_the_focus_at(label).await?;
        }
        ann.script("document.querySelector('.reaction[aria-label=\"🎉 you\"]').focus()").await?;
        ann.presses(ENTER).await?;
        ann.no_longer_sees(&chip("🎉 you")).await?;
        ann.until("the focus at the row", async || Ok(ann.script(at_the_row).await? == true)).await
    })
    .await
}

#[tokio::test]
async fn a_deleted_message_leaves_its_place_and_no_word_of_it() -> Result<()> {
    play("changes-delete", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("a secret").await?;
        ann.sends("something else").await?;
        ben.opens("ann").await?;
        ben.reads(&["a secret", "something else"]).await?;
        at_row(&ben, 0).await?;
        ben.click(&button("Reply")).await?;
        ben.see(&text("Replying to")).await?;
        ben.sends("really?").await?;
        ann.reads(&["a secret", "something else", "really?"]).await?;
        ann.see(&quote("a secret")).await?;

        at_row(&ann, 0).await?;
        ann.click(&button("More")).await?;
        ann.click(&button("Delete")).await?;
        ann.click(&button("Delete").inside(&dialog())).await?;
        for person in [&ann, &ben] {
            person.reads(&["something else", "really?"]).await?;
            person.see(&text("This message was deleted.")).await?;
            person.see(&quote("This message was deleted.")).await?;
            let page = person.page().await?;
            ensure!(!page.contains("a secret"), "the text is still in the page");
        }
        // Also for somebody who comes later.
        ben.reloads().await?;
        ben.reads(&["something else", "really?"]).await?;
        ensure!(!ben.page().await?.contains("a secret"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_done_while_a_device_is_away_or_in_another_tab_is_there_afterwards() -> Result<()> {
    play("changes-away", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        for words in ["one", "two", "three"] {
            ann.sends(words).await?;
        }
        ben.opens("ann").await?;
        ben.reads(&["one", "two", "three"]).await?;
        ben.opens_a_second_tab().await?;
        ben.goes_to(&ben.place().await?).await?;
        ben.turns_to_tab(0).await?;
        ben.falls_asleep().await?;

        at_row(&ann, 0).await?;
        ann.click(&button("Edit")).await?;
        clear(&ann).await?;
        ann.sends("ONE").await?;
        at_row(&ann, 1).await?;
        ann.click(&button("React")).await?;
        ann.click(&button("thumbs up")).await?;
        at_row(&ann, 2).await?;
        ann.click(&button("More")).await?;
        ann.click(&button("Delete")).await?;
        ann.click(&button("Delete").inside(&dialog())).await?;
        ann.reads(&["ONE", "two"]).await?;

        ben.wakes_up().await?;
        ben.reads(&["ONE", "two"]).await?;
        ben.see(&chip("👍 ann")).await?;
        ben.turns_to_tab(1).await?;
        ben.opens("ann").await?;
        ben.reads(&["ONE", "two"]).await?;
        ben.see(&chip("👍 ann")).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn what_one_does_while_the_server_is_away_is_shown_kept_and_carried_out() -> Result<()> {
    play("changes-offline", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("Cake at four").await?;
        ben.opens("ann").await?;
        ben.reads(&["Cake at four"]).await?;
        scene.server.stop()?;
        at_row(&ben, 0).await?;
        ben.click(&button("React")).await?;
        ben.click(&button("thumbs up")).await?;
        ben.see(&chip("👍 you")).await?;
        at_row(&ann, 0).await?;
        ann.click(&button("Edit")).await?;
        clear(&ann).await?;
        ann.sends("Cake at five").await?;
        ann.reads(&["Cake at five"]).await?;
        scene.server.start_again()?;
        for person in [&ann, &ben] {
            person.reads(&["Cake at five"]).await?;
            person
                .until("the reaction", async || {
                    Ok(person.script("return document.querySelectorAll('.reaction').length").await? == 1)
                })
                .await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_link_to_an_old_message_opens_the_conversation_there_and_the_newest_is_one_key_away() -> Result<()>
{
    play("changes-link", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        e2e::seed::acquaint(&mut scene.server, "ann", 1, 2_000).await?;
        ann.goes_to("/").await?;
        ann.opens("pal0").await?;
        let conversation = ann.place().await?;
        // All of them are unread: it opens at the first, says how many there are, and leads to the newest.
        ann.until("the first", async || Ok(shows(&ann, "Message 1:").await?)).await?;
        ann.click(&text("2000 new messages")).await?;
        ann.until("the newest", async || Ok(shows(&ann, "Message 2000:").await?)).await?;
        let old = message_id(scene, &conversation, 700).await?;
        ann.goes_to(&format!("{conversation}/m/{old}")).await?;
        ann.until("the message", async || {
            let script = "const row = document.querySelector('.message.is-lit');
                const box = row?.getBoundingClientRect();
                return row ? [row.dataset.seq, box.top >= 0 && box.bottom <= innerHeight] : null";
            Ok(ann.script(script).await? == json!(["700", true]))
        })
        .await?;
        let rows = ann.counts_messages().await?;
        ensure!(rows <= 300, "{rows} rows are in the page");
        ensure!(!shows(&ann, "Message 2000:").await?, "the newest is not loaded there");
        // What is around it is there, in both directions.
        for seq in [690, 710] {
            ensure!(shows(&ann, &format!("Message {seq}:")).await?, "message {seq} is missing");
        }
        ann.click(&button("Jump to the latest")).await?;
        ann.until("the newest", async || Ok(shows(&ann, "Message 2000:").await?)).await?;
        // There is no such message: the page says so, and the conversation is there.
        ann.goes_to(&format!("{conversation}/m/0192e4a0-7b3c-7000-8000-0000000000f1")).await?;
        ann.see(&text("There is no such message here.")).await?;
        ann.until("the newest", async || Ok(shows(&ann, "Message 2000:").await?)).await
    })
    .await
}

#[tokio::test]
async fn what_somebody_pins_far_from_what_is_on_the_page_is_in_the_list_at_once() -> Result<()> {
    play("changes-pins-far", async |scene| {
        let (ann, _ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        let conversation = ann.place().await?;
        e2e::seed::converse(&mut scene.server, ["ann", "ben"], 400).await?;
        let id = message_id(scene, &conversation, 200).await?.parse()?;
        let url = scene.server.url();
        let ben = e2e::account::Account::of(&url, "ben").await?.connects(&url);
        ann.reloads().await?;
        ann.until("messages", async || Ok(ann.counts_messages().await? > 0)).await?;
        ann.click(&button("Details")).await?;
        ann.see(&text("None. Pin a message")).await?;
        ben.call(protocol::PinMessage { message_id: id }).await?;
        let pin = Thing::new("the pinned message", "//aside//a[contains(@class, 'pin')]");
        ann.see(&pin).await?;
        ben.call(protocol::UnpinMessage { message_id: id }).await?;
        ann.no_longer_sees(&pin).await
    })
    .await
}

#[tokio::test]
async fn pinned_messages_are_listed_and_lead_to_their_place() -> Result<()> {
    play("changes-pins", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("The **door code** is 4711").await?;
        for number in 0..40 {
            ann.sends(&format!("line {number}")).await?;
        }
        ben.opens("ann").await?;
        ben.until("all messages", async || Ok(ben.counts_messages().await? == 41)).await?;
        at_row(&ann, 0).await?;
        ann.click(&button("More")).await?;
        ann.click(&button("Pin")).await?;
        ben.click(&button("Details")).await?;
        let pin = Thing::new("the pinned message", "//aside//a[contains(@class, 'pin')]");
        ben.see(&text("The door code is 4711").inside(&pin)).await?;
        ben.click(&pin).await?;
        let lit = async |person: &Person| {
            let lit = "return document.querySelector('.message.is-lit')?.dataset.seq ?? 'none'";
            person.script(lit).await
        };
        ben.until("the pinned message to be lit", async || Ok(lit(&ben).await? == "1")).await?;

        // The same once more, from elsewhere in the conversation; and where the details lie over it.
        for width in [1_440, 800] {
            ben.looks_through(width, 900, "light").await?;
            ben.until("the light to go out", async || Ok(lit(&ben).await? == "none")).await?;
            ben.script("const all = document.querySelector('.timeline'); all.scrollTop = all.scrollHeight")
                .await?;
            ben.click(&pin).await?;
            ben.until("the pinned message to be lit again", async || Ok(lit(&ben).await? == "1")).await?;
        }
        ben.no_longer_sees(&pin).await
    })
    .await
}

async fn shows(person: &Person, words: &str) -> Result<bool> {
    Ok(person.messages().await?.iter().any(|message| message.starts_with(words)))
}

/// Which message stands at a place, as the server says it.
async fn message_id(scene: &e2e::scene::Scene, conversation: &str, seq: u64) -> Result<String> {
    let account = e2e::account::Account::of(&scene.server.url(), "ann").await?;
    let other = conversation.rsplit('/').next().context("an address")?.parse()?;
    let fetch = protocol::FetchHistory {
        around: Some(protocol::Seq(seq)),
        limit: Some(1),
        ..protocol::FetchHistory::newest(protocol::ConversationId::User(other))
    };
    let page = account.connects(&scene.server.url()).call(fetch).await?;
    Ok(page.messages.first().context("no message")?.id.to_string())
}

/// The keyboard is at one of the rows.
async fn at_row(person: &Person, index: usize) -> Result<()> {
    let script =
        format!("const row = document.querySelectorAll('.message')[{index}]; row?.focus(); return !!row");
    person.until("the row", async || Ok(person.script(&script).await? == true)).await?;
    person
        .until("its actions", async || {
            let script = "return document.activeElement?.querySelector('.message-actions') !== null";
            Ok(person.script(script).await? == true)
        })
        .await
}

async fn draft(person: &Person) -> Result<String> {
    match person.script("return document.querySelector('textarea').value").await? {
        Value::String(text) => Ok(text),
        other => anyhow::bail!("{other}"),
    }
}

/// Selects everything in the composer and deletes it.
async fn clear(person: &Person) -> Result<()> {
    person.script("document.querySelector('textarea').select()").await?;
    person.types(BACKSPACE).await
}

fn chip(label: &str) -> Thing {
    Thing::new(format!("the reaction “{label}”"), format!("//button[@aria-label='{label}']"))
}

fn quote(words: &str) -> Thing {
    Thing::new(
        format!("a quote of “{words}”"),
        format!("//button[contains(@class, 'message-quote')][contains(., '{words}')]"),
    )
}
