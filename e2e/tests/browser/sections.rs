//! The sections of the sidebar, its width, and long names in it.

use anyhow::{Result, ensure};
use e2e::person::{ENTER, Person};
use e2e::scene::{play, two_people};
use e2e::seed::acquaint;
use e2e::thing::{Thing, button, row};
use serde_json::{Value, json};

const DOWN: &str = "\u{e015}";
const RIGHT: &str = "\u{e014}";
const END: &str = "\u{e010}";

const EDGE: &str = "document.querySelector('[role=separator]')";

#[tokio::test]
async fn what_is_unread_stands_first_until_one_has_read_it_and_left() -> Result<()> {
    play("sections-unread", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.makes_the_group("Lunch").await?;
        ben.joins_the_group("Lunch").await?;
        ben.opens_the_conversation_with("ann").await?;
        ben.sends("hello").await?;
        ann.opens("ben").await?;
        ann.reads(&["hello"]).await?;
        shows(&ann, &[("Unread", &["ben"]), ("Groups", &["Lunch"])]).await?;
        ann.goes_to("/").await?;
        shows(&ann, &[("Groups", &["Lunch"]), ("People", &["ben"])]).await?;

        ben.opens("Lunch").await?;
        ben.sends("Who brings the cake?").await?;
        shows(&ann, &[("Unread", &["Lunch"]), ("Groups", &[]), ("People", &["ben"])]).await?;
        // It does not go away under the pointer.
        ann.opens("Lunch").await?;
        ann.has_unread("Lunch", 0).await?;
        shows(&ann, &[("Unread", &["Lunch"]), ("Groups", &[]), ("People", &["ben"])]).await?;
        opens_ben(&ann).await?;
        shows(&ann, &[("Groups", &["Lunch"]), ("People", &["ben"])]).await?;

        // What is muted stays in its section, though it counts.
        ann.opens("Lunch").await?;
        ann.click(&button("Details")).await?;
        ann.click(&Thing::new("the switch", "//aside//label[contains(., 'Mute')]")).await?;
        ann.until("a muted group", async || {
            Ok(ann.script("return !!document.querySelector('.conversation-row.is-muted')").await? == true)
        })
        .await?;
        ann.click(&button("Close details")).await?;
        opens_ben(&ann).await?;
        ben.sends("Anybody?").await?;
        ann.has_unread("Lunch", 1).await?;
        shows(&ann, &[("Groups", &["Lunch"]), ("People", &["ben"])]).await
    })
    .await
}

#[tokio::test]
async fn a_row_with_the_focus_keeps_it_when_a_message_moves_it() -> Result<()> {
    play("sections-focus", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ben.opens_the_conversation_with("ann").await?;
        ben.sends("one").await?;
        ann.opens("ben").await?;
        ann.reads(&["one"]).await?;
        ann.goes_to("/").await?;
        shows(&ann, &[("Groups", &[]), ("People", &["ben"])]).await?;
        ann.script("document.querySelector('nav .conversation-row').focus()").await?;
        ben.sends("two").await?;
        shows(&ann, &[("Unread", &["ben"]), ("Groups", &[])]).await?;
        ann.until("the focus on the row", async || {
            let focused = "return document.activeElement.closest('section')?.querySelector('h2').innerText";
            Ok(ann.script(focused).await? == "Unread")
        })
        .await?;
        ann.presses(ENTER).await?;
        ann.reads(&["one", "two"]).await
    })
    .await
}

#[tokio::test]
async fn a_section_stays_collapsed_and_the_keys_go_by_what_is_on_the_screen() -> Result<()> {
    play("sections-collapsed", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        acquaint(&mut scene.server, "ann", 2, 1).await?;
        ann.goes_to("/").await?;
        for name in ["Chess", "Lunch"] {
            ann.makes_the_group(name).await?;
        }
        // By a keyboard alone.
        ann.script("document.querySelector('.find-input').focus()").await?;
        ann.tabs_to("Groups").await?;
        ann.presses(ENTER).await?;
        ann.until("a collapsed section", async || Ok(!ann.lists("Chess").await?)).await?;
        ensure!(expanded(&ann).await? == json!([["Unread", "true"], ["Groups", "false"]]));
        ann.reloads().await?;
        ann.see(&row("pal0")).await?;
        ensure!(!ann.lists("Lunch").await?, "it is collapsed after a reload");

        // From the first that is unread to the second, and not into the groups.
        ann.goes_to("/").await?;
        ann.see(&row("pal0")).await?;
        ann.presses_alt(false, DOWN).await?;
        let first = opened(&ann, "").await?;
        ann.has_unread(&first, 0).await?;
        ann.presses_alt(false, DOWN).await?;
        let second = opened(&ann, &first).await?;
        ann.has_unread(&second, 0).await?;
        ensure!(first != second && second.starts_with("pal"), "{first}, then {second}");
        ann.presses_alt(false, DOWN).await?;
        ensure!(opened(&ann, &second).await? == first, "it has moved to the people, below the groups");

        ann.click(&button("Groups")).await?;
        ann.see(&row("Chess")).await?;
        ann.see(&row("Lunch")).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn the_sidebar_is_as_wide_as_one_makes_it_within_limits_and_on_a_wide_window_alone() -> Result<()> {
    play("sections-width", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        ann.looks_through(1440, 900, "light").await?;
        let by_default = width(&ann).await?;
        ensure!((280..360).contains(&by_default), "{by_default} px");
        is_wide(&ann, by_default).await?;

        ann.script(&format!("{EDGE}.focus()")).await?;
        ann.presses(RIGHT).await?;
        is_wide(&ann, by_default + 8).await?;
        ann.presses(END).await?;
        is_wide(&ann, 360).await?;
        ann.presses(RIGHT).await?;
        is_wide(&ann, 360).await?;
        // The first paint knows it, too.
        ann.reloads().await?;
        ensure!(width(&ann).await? == 360);
        ann.sees_own_name().await?;
        is_wide(&ann, 360).await?;

        drags(&ann, 360, 300).await?;
        is_wide(&ann, 300).await?;
        drags(&ann, 300, 20).await?;
        is_wide(&ann, 280).await?;
        ann.script(&format!("{EDGE}.dispatchEvent(new MouseEvent('dblclick', {{ bubbles: true }}))")).await?;
        is_wide(&ann, by_default).await?;
        ann.reloads().await?;
        ann.sees_own_name().await?;
        is_wide(&ann, by_default).await?;

        for narrow in [768, 390] {
            ann.looks_through(narrow, 900, "light").await?;
            let hidden = format!("return !{EDGE}.checkVisibility()");
            ann.until("no edge", async || Ok(ann.script(&hidden).await? == true)).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn both_ends_of_a_long_name_can_be_read() -> Result<()> {
    const LONG: &str = "Quarterly planning for the northern and southern regions, 2027";
    const ARABIC: &str = "مجموعة الغداء في المدينة القديمة يوم الخميس";
    play("sections-names", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        for name in [LONG, ARABIC] {
            ann.makes_the_group(name).await?;
            ben.joins_the_group(name).await?;
        }
        for person in [&ann, &ben] {
            person.looks_through(1280, 800, "light").await?;
            let long = ends(person, LONG).await?;
            ensure!(long["title"] == LONG && long["end"] == "2027" && long["start"] == true, "{long}");
            ensure!(long["inside"] == true && long["cut"] == true, "{long}");
            let arabic = ends(person, ARABIC).await?;
            ensure!(arabic["title"] == ARABIC && arabic["end"] == "يوم الخميس", "{arabic}");
            // It reads from the right, and yet begins beside the picture.
            ensure!(arabic["from_the_right"] == true && arabic["inside"] == true, "{arabic}");
        }
        Ok(())
    })
    .await
}

/// Waits until these are the sections and their conversations, by name.
async fn shows(person: &Person, expected: &[(&str, &[&str])]) -> Result<()> {
    let script = "return [...document.querySelectorAll('nav section')].filter((one) => one.checkVisibility())
        .map((one) => [one.querySelector('h2').innerText,
          [...one.querySelectorAll('.conversation-row-name')].map((name) => name.innerText)])";
    let expected = json!(expected);
    // Somebody without a conversation is no row of one.
    person
        .until(&format!("the sections {expected}"), async || Ok(person.script(script).await? == expected))
        .await
}

/// By the title of the row: his name stands in that of the group, too.
async fn opens_ben(person: &Person) -> Result<()> {
    person.click(&Thing::new("ben in the list", "//nav//a[@title='ben']")).await?;
    person.sees_in_the_header("Online").await
}

/// Which sections there are, and whether their rows are shown.
async fn expanded(person: &Person) -> Result<Value> {
    let script =
        "return [...document.querySelectorAll('nav h2 button')].filter((one) => one.checkVisibility())
        .map((one) => [one.innerText, one.getAttribute('aria-expanded')])";
    person.script(script).await
}

/// The conversation that is open, once it is another one than before.
async fn opened(person: &Person, before: &str) -> Result<String> {
    let script = "return document.querySelector('main h1')?.innerText ?? ''";
    let name = async || -> Result<String> { Ok(serde_json::from_value(person.script(script).await?)?) };
    person
        .until("another conversation", async || {
            let name = name().await?;
            Ok(name != before && (name.starts_with("pal") || name == "Lunch" || name == "Chess"))
        })
        .await?;
    name().await
}

async fn width(person: &Person) -> Result<u64> {
    let script = "return Math.round(document.querySelector('.sidebar').getBoundingClientRect().width)";
    Ok(person.script(script).await?.as_u64().unwrap_or_default())
}

/// Waits until the sidebar is so wide, and says so.
async fn is_wide(person: &Person, pixels: u64) -> Result<()> {
    let script = format!("return [{EDGE}.ariaValueMin, {EDGE}.ariaValueMax, {EDGE}.ariaValueNow]");
    let expected = json!(["280", "360", pixels.to_string()]);
    person
        .until(&format!("a width of {pixels} px"), async || {
            Ok(width(person).await? == pixels && person.script(&script).await? == expected)
        })
        .await
}

async fn drags(person: &Person, from: u64, to: u64) -> Result<()> {
    for (kind, x) in [("mousePressed", from), ("mouseMoved", to), ("mouseReleased", to)] {
        let event =
            json!({ "type": kind, "x": x, "y": 400, "button": "left", "buttons": 1, "clickCount": 1 });
        person.devtools("Input.dispatchMouseEvent", event).await?;
    }
    Ok(())
}

/// What one sees of a name in the list.
async fn ends(person: &Person, name: &str) -> Result<Value> {
    person.see(&row(name)).await?;
    let script = format!(
        "const row = [...document.querySelectorAll('nav a')].find((one) => one.title === {});
         const [start, end] = row.querySelectorAll('.shortened > span');
         const [all, left, right] = [row, start, end].map((one) => one.getBoundingClientRect());
         const picture = row.querySelector('.avatar').getBoundingClientRect();
         return {{
           title: row.title,
           end: end.innerText,
           start: start.clientWidth > 40,
           cut: start.scrollWidth > start.clientWidth,
           inside: [left, right].every((one) => one.left >= picture.right && one.right <= all.right)
             && end.scrollWidth <= end.clientWidth && Math.min(left.left, right.left) - picture.right < 16,
           from_the_right: right.right <= left.left + 1,
         }}",
        json!(name)
    );
    person.script(&script).await
}
