//! Getting the attention of somebody who does not look. What the browser is asked for and shows is noted
//! in the page, because a test cannot see the system's notifications.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{
    account::Account,
    person::Person,
    scene::{play, two_people},
    thing::{Thing, button, own_name, text},
};
use protocol::SendPrivateMessage;
use serde_json::{Value, json};
use tokio::time::sleep;

/// Notes what the page asks for and shows. `answer` is what the person tells the browser.
const NOTES: &str = "
    window.asked = 0; window.shown = []; window.answer = 'granted';
    window.Notification = class extends EventTarget {
      static get permission() { return localStorage.getItem('test.permission') ?? 'default' }
      static requestPermission() {
        window.asked++;
        localStorage.setItem('test.permission', window.answer);
        return Promise.resolve(window.answer);
      }
      constructor(title, options) {
        super();
        Object.assign(this, options, { title, closed: false });
        window.shown.push(this);
      }
      close() { this.closed = true }
    };
    window.tones = 0;
    const start = AudioScheduledSourceNode.prototype.start;
    AudioScheduledSourceNode.prototype.start = function (...all) {
      window.tones++;
      return start.apply(this, all);
    };";

/// Long enough for a notification that should not come.
const A_WHILE: Duration = Duration::from_millis(1_500);

fn question() -> Thing {
    text("Get notified of private messages and mentions?")
}

fn switch(name: &str) -> Thing {
    let path = format!("//button[@role='switch'][starts-with(normalize-space(.), '{name}')]");
    Thing::new(format!("the switch “{name}”"), path)
}

async fn shown(person: &Person) -> Result<Value> {
    person.script("return window.shown.map(({ title, body, closed }) => [title, body, closed])").await
}

async fn is_notified(person: &Person, of: &[[&str; 2]]) -> Result<()> {
    let script = "return window.shown.map(({ title, body }) => [title, body])";
    person.until(&format!("{of:?}"), async || Ok(person.script(script).await? == json!(of))).await
}

/// Waits until somebody has got a message, which they are not notified of.
async fn nothing_comes(person: &Person, so_far: usize) -> Result<()> {
    sleep(A_WHILE).await;
    let shown = shown(person).await?;
    ensure!(shown.as_array().map(Vec::len) == Some(so_far), "{shown}");
    Ok(())
}

#[tokio::test]
async fn one_is_asked_after_having_missed_something_and_then_notified_until_one_reads() -> Result<()> {
    play("notifications", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ben.begins_pages_with(NOTES).await?;
        ben.can_hide_pages().await?;
        ben.goes_to("/").await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("while he looks").await?;
        ben.has_unread("ann", 1).await?;
        ensure!(!ben.page().await?.contains("Get notified"), "not before there is a reason");
        ben.hides(true).await?;
        ann.sends("while he does not").await?;
        ben.has_unread("ann", 2).await?;
        ben.hides(false).await?;
        ben.see(&question()).await?;
        ensure!(ben.script("return window.asked").await? == 0, "the browser asks nobody by itself");
        nothing_comes(&ben, 0).await?;
        ben.click(&button("Turn on")).await?;
        ben.no_longer_sees(&question()).await?;
        ensure!(ben.script("return window.asked").await? == 1);

        ben.hides(true).await?;
        ann.sends("**three** & four").await?;
        is_notified(&ben, &[["ann", "three & four"]]).await?;
        let tones = async || ben.script("return window.tones").await;
        ben.until("a sound", async || Ok(tones().await? == 1)).await?;
        ann.sends("five").await?;
        is_notified(&ben, &[["ann", "three & four"], ["ann", "five"]]).await?;
        let same = "return window.shown[0].tag === window.shown[1].tag && window.shown[1].renotify";
        ensure!(ben.script(same).await? == true, "one takes the place of the other");
        ben.script("window.shown[1].dispatchEvent(new Event('click'))").await?;
        ben.hides(false).await?;
        ben.reads(&["while he looks", "while he does not", "three & four", "five"]).await?;
        ben.until("it to be closed", async || Ok(ben.script("return window.shown[1].closed").await? == true))
            .await?;
        ann.sends("on the screen").await?;
        nothing_comes(&ben, 2).await?;
        ensure!(tones().await? == 1, "two messages shortly after each other are heard once");
        ben.click(&own_name("ben")).await?;
        ben.click(&switch("Sound")).await?;
        ben.see(&text("Off").inside(&switch("Sound"))).await?;
        sleep(A_WHILE * 2).await;
        ben.hides(true).await?;
        ann.sends("behind another window").await?;
        is_notified(&ben, &[["ann", "three & four"], ["ann", "five"], ["ann", "behind another window"]])
            .await?;
        sleep(A_WHILE).await;
        ensure!(tones().await? == 1, "he wants to hear nothing");
        ben.hides(false).await?;
        let closed = "return window.shown[2].closed";
        ben.until("what is read to be closed", async || Ok(ben.script(closed).await? == true)).await?;

        ben.click(&switch("Notifications")).await?;
        ben.see(&text("Off").inside(&switch("Notifications"))).await?;
        ben.no_longer_sees(&switch("Sound")).await?;
        ben.hides(true).await?;
        ann.sends("after he had enough").await?;
        nothing_comes(&ben, 3).await?;
        // It is remembered.
        ben.reloads().await?;
        ben.hides(true).await?;
        ann.sends("and later").await?;
        nothing_comes(&ben, 0).await?;
        ensure!(!ben.page().await?.contains("Get notified"), "he has decided");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_read_before_anybody_is_notified_of_it_does_not_turn_notifications_off() -> Result<()> {
    play("notifications-read-at-once", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ben.begins_pages_with(NOTES).await?;
        ben.can_hide_pages().await?;
        ben.goes_to("/").await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("hello").await?;
        ben.opens("ann").await?;
        ben.reads(&["hello"]).await?;
        ben.click(&own_name("ben")).await?;
        ben.click(&switch("Notifications")).await?;
        ben.see(&text("On").inside(&switch("Notifications"))).await?;
        ben.hides(true).await?;
        // He turns to the page before the half second is over.
        ben.script(
            "const title = document.querySelector('title');
             const turns = (_, observer) => {
               if (!document.title.startsWith('(')) return;
               observer.disconnect();
               setTimeout(() => window.hide(false), 100);
             };
             new MutationObserver(turns).observe(title, { childList: true, characterData: true, subtree: true })",
        )
        .await?;
        ann.sends("read at once").await?;
        ben.until("the page to be seen", async || Ok(ben.script("return document.hidden").await? == false))
            .await?;
        nothing_comes(&ben, 0).await?;
        ben.see(&text("On").inside(&switch("Notifications"))).await?;
        ben.hides(true).await?;
        ann.sends("later").await?;
        is_notified(&ben, &[["ann", "later"]]).await
    })
    .await
}

#[tokio::test]
async fn a_group_notifies_those_whom_it_names_and_a_browser_with_two_tabs_does_it_once() -> Result<()> {
    play("notifications-group", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ben.begins_pages_with(NOTES).await?;
        ben.can_hide_pages().await?;
        ben.goes_to("/").await?;
        ann.makes_the_group("Lunch").await?;
        ben.joins_the_group("Lunch").await?;
        ben.click(&own_name("ben")).await?;
        ben.click(&switch("Notifications")).await?;
        ben.see(&text("On").inside(&switch("Notifications"))).await?;
        ben.opens_a_second_tab().await?;
        ben.begins_pages_with(NOTES).await?;
        ben.can_hide_pages().await?;
        ben.reloads().await?;
        ben.shares_a_connection(2).await?;
        ben.hides(true).await?;
        ben.turns_to_tab(0).await?;
        ben.hides(true).await?;
        ann.sends("Who comes?").await?;
        nothing_comes(&ben, 0).await?;
        ann.sends("@ben, you?").await?;
        is_notified(&ben, &[["Lunch", "ann: @ben, you?"]]).await?;
        ben.turns_to_tab(1).await?;
        nothing_comes(&ben, 0).await
    })
    .await
}

#[tokio::test]
async fn what_the_browser_blocks_the_menu_says() -> Result<()> {
    play("notifications-blocked", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ben.begins_pages_with(NOTES).await?;
        ben.can_hide_pages().await?;
        ben.goes_to("/").await?;
        ben.sees_own_name().await?;
        ben.script("window.answer = 'denied'").await?;
        ben.hides(true).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("hello").await?;
        ben.has_unread("ann", 1).await?;
        ben.hides(false).await?;
        ben.click(&button("Turn on")).await?;
        ben.no_longer_sees(&question()).await?;
        ben.click(&own_name("ben")).await?;
        ben.see(&text("The browser blocks them.")).await?;
        ben.see(&text("Blocked").inside(&switch("Notifications"))).await?;
        ben.click(&switch("Notifications")).await?;
        ensure!(ben.script("return window.asked").await? == 1, "a browser that said no is not asked again");
        ben.hides(true).await?;
        ann.sends("hello?").await?;
        nothing_comes(&ben, 0).await
    })
    .await
}

#[tokio::test]
async fn who_was_away_for_long_is_not_buried_under_notifications() -> Result<()> {
    play("notifications-many", async |scene| {
        let ben = scene.person("ben").await?;
        ben.registers().await?;
        ben.begins_pages_with(NOTES).await?;
        ben.can_hide_pages().await?;
        ben.goes_to("/").await?;
        ben.click(&own_name("ben")).await?;
        ben.click(&switch("Notifications")).await?;
        ben.see(&text("On").inside(&switch("Notifications"))).await?;
        ben.hides(true).await?;

        let url = scene.server.url();
        let to = Account::of(&url, "ben").await?.id;
        let mut others = Vec::new();
        for number in 0..7 {
            others.push(Account::register(&url, &format!("pal{number}")).await?.connects(&url));
        }
        ben.falls_asleep().await?;
        for other in &others {
            other.call(SendPrivateMessage::new(to, "hello".parse()?)).await?;
        }
        ben.wakes_up().await?;
        let script = "return window.shown.filter((one) => !one.closed).map(({ title }) => title)";
        ben.until("a few and a number", async || {
            let shown: Vec<String> = serde_json::from_value(ben.script(script).await?)?;
            Ok(shown.len() == 5 && shown.contains(&"And 3 more conversations".to_owned()))
        })
        .await?;
        sleep(A_WHILE).await;
        let shown = ben.script("return window.shown.length").await?;
        ensure!(shown == 5, "{shown} were shown");
        Ok(())
    })
    .await
}
