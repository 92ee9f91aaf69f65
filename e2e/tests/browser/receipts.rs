//! How far a message has come, who has read it, and when somebody was online last.

use anyhow::{Result, ensure};
use e2e::{
    person::{ESCAPE, Person},
    scene::{play, two_people},
    thing::{Thing, button, text},
};
use serde_json::json;

/// What stands beside one's own messages, and whether it is drawn while nobody points at them.
const MARKS: &str = "
    return [...document.querySelectorAll('[role=log] .message-mark')].map((mark) => [
        mark.textContent,
        getComputedStyle(mark).color !== 'rgba(0, 0, 0, 0)',
    ])";

/// Where each message is, and how large.
const PLACES: &str = "
    return [...document.querySelectorAll('[role=log] .message, [role=log] .message-content')].map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        return [x, y, width, height];
    })";

async fn sees_marks(person: &Person, marks: &[(&str, bool)]) -> Result<()> {
    let expected = json!(marks);
    person.until(&format!("the marks {expected}"), async || Ok(person.script(MARKS).await? == expected)).await
}

/// A message of somebody as a row.
fn message(content: &str) -> Thing {
    Thing::new(
        format!("the message “{content}”"),
        format!("//*[@role='log']//article[.//*[normalize-space(.)='{content}']]"),
    )
}

#[tokio::test]
async fn ones_message_is_sent_then_delivered_then_read_and_nothing_moves() -> Result<()> {
    play("receipts", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ben.closes_the_page().await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("Hello").await?;
        sees_marks(&ann, &[("Sent", true)]).await?;
        let places = ann.script(PLACES).await?;

        ben.goes_to("/").await?;
        ben.opens_the_notes().await?;
        sees_marks(&ann, &[("Delivered", true)]).await?;
        ensure!(ann.script(PLACES).await? == places, "something has moved");

        ben.opens("ann").await?;
        sees_marks(&ann, &[("Read", true)]).await?;
        ensure!(ann.script(PLACES).await? == places, "something has moved");

        // While he looks at something else, they come and are not read. What says nothing new is quiet.
        ben.opens_the_notes().await?;
        ann.sends("one").await?;
        ann.sends("two").await?;
        sees_marks(&ann, &[("Read", true), ("Delivered", false), ("Delivered", true)]).await?;
        ann.reloads().await?;
        sees_marks(&ann, &[("Read", true), ("Delivered", false), ("Delivered", true)]).await?;

        // Who writes has read, and a mark is not for the other one's messages.
        ben.opens("ann").await?;
        ben.reads(&["Hello", "one", "two"]).await?;
        ben.sends("Hi").await?;
        sees_marks(&ann, &[("Read", false), ("Read", false), ("Read", true)]).await?;
        sees_marks(&ben, &[("Read", true)]).await
    })
    .await
}

#[tokio::test]
async fn in_a_group_one_sees_who_has_read_ones_message() -> Result<()> {
    play("receipts-group", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        let eve = scene.person("eve").await?;
        eve.registers().await?;
        ann.makes_the_group("Lunch").await?;
        ann.sends("Is anybody there?").await?;
        for person in [&ben, &eve] {
            person.joins_the_group("Lunch").await?;
            person.opens_the_notes().await?;
        }
        // They came later: nobody says that they have read it.
        ann.sends("Hungry?").await?;
        sees_marks(&ann, &[("Sent", false), ("Sent", true)]).await?;
        let places = ann.script(PLACES).await?;
        let chip = |label: &str| button(label).inside(&message("Hungry?"));

        ben.opens("Lunch").await?;
        ann.see(&chip("Read by 1: ben")).await?;
        ensure!(ann.script(PLACES).await? == places, "something has moved");
        eve.opens("Lunch").await?;
        ann.see(&chip("Read by all: ben and eve")).await?;
        sees_marks(&ann, &[("Sent", false), ("Read", true)]).await?;
        ensure!(ann.script(PLACES).await? == places, "something has moved");

        ann.click(&chip("Read by all: ben and eve")).await?;
        let readers = Thing::new("the readers", "//*[@aria-label='Read by']");
        ann.see(&text("ben").inside(&readers)).await?;
        ann.see(&text("eve").inside(&readers)).await?;
        // Escape leads back to what opened it.
        ann.presses(ESCAPE).await?;
        ann.no_longer_sees(&text("eve").inside(&readers)).await?;
        ann.has_the_focus_at("Read by all: ben and eve").await?;

        // By keys alone, also for an older message.
        ben.sends("Very").await?;
        ann.reads(&["Is anybody there?", "Hungry?", "Very"]).await?;
        ann.script("document.querySelector('.message').focus()").await?;
        ann.click(&button("More").inside(&message("Is anybody there?"))).await?;
        ann.click(&button("Read by…")).await?;
        ann.see(&text("Nobody has read it yet")).await?;
        let beside = "const [list, bar] = [':popover-open', '.message-actions']
                .map((one) => document.querySelector(one).getBoundingClientRect());
            const under = Math.abs(list.top - bar.bottom) < 10 || Math.abs(bar.top - list.bottom) < 10;
            return under && Math.abs(list.right - bar.right) < 10";
        ensure!(ann.script(beside).await? == true, "the list is not beside the message");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn one_sees_when_somebody_was_online_last() -> Result<()> {
    play("last-seen", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sees_in_the_header("Online").await?;
        ben.closes_the_page().await?;
        ann.sees_in_the_header("Last seen just now").await?;
        let time = "const time = document.querySelector('main header time');
                    return [Math.abs(Date.now() - new Date(time.dateTime)) < 60000, time.title.length > 10]";
        ensure!(ann.script(time).await? == json!([true, true]), "the time itself is there, too");
        ann.reloads().await?;
        ann.sees_in_the_header("Last seen just now").await?;
        ben.goes_to("/").await?;
        ann.sees_in_the_header("Online").await?;
        ann.no_longer_sees(&text("Last seen")).await
    })
    .await
}
