//! Roles in groups: what the owner and the admins may do, and that everybody's page follows.

use anyhow::{Result, ensure};
use e2e::person::{ARROW_DOWN, ENTER, ESCAPE, Person};
use e2e::relay::{Link, Relay};
use e2e::scene::{Scene, play};
use e2e::thing::{Thing, button, dialog, row, text};
use serde_json::json;

#[tokio::test]
async fn an_admin_deletes_what_others_wrote_removes_and_bans_and_every_page_follows() -> Result<()> {
    play("roles", async |scene| {
        let [ann, ben, cyd] = three_in_lunch(scene).await?;
        cyd.sends("Buy my watches").await?;
        ben.reads(&["Buy my watches"]).await?;
        for person in [&ann, &ben] {
            person.click(&button("Details")).await?;
            person.until("the owner first", async || Ok(members(person).await?[0].contains("Owner"))).await?;
        }
        ensure!(members(&ben).await? == ["ann Owner", "ben You", "cyd"], "{:?}", members(&ben).await?);
        ben.no_longer_sees(&button("Actions for cyd")).await?;
        ensure!(!may_delete(&ben, "Buy my watches").await?);

        does(&ann, "ben", "Make admin").await?;
        ann.see(&text("ben is now an admin")).await?;
        ann.has_the_focus_at("Actions for ben").await?;
        for (person, expected) in
            [(&ann, ["ann You · Owner", "ben Admin", "cyd"]), (&ben, ["ann Owner", "ben You · Admin", "cyd"])]
        {
            person.until("the new role", async || Ok(members(person).await? == expected)).await?;
        }
        // Ben's page follows: his own menu has what an admin may do, and nothing about the owner.
        ben.click(&button("Actions for cyd")).await?;
        ensure!(items(&ben).await? == ["Remove…", "Ban…"], "{:?}", items(&ben).await?);
        ben.presses(ESCAPE).await?;
        ben.no_longer_sees(&button("Actions for ann")).await?;

        // He deletes what somebody else wrote.
        ensure!(may_delete(&ben, "Buy my watches").await?);
        ben.click(&button("Delete")).await?;
        ben.see(&text("Delete this message from cyd?")).await?;
        ben.click(&button("Delete").inside(&dialog())).await?;
        ben.see(&text("You deleted this message.")).await?;
        for person in [&ann, &cyd] {
            person.see(&text("deleted this message.")).await?;
            person.see(&text("ben").inside(&tombstone())).await?;
        }

        // Cyd is removed while she writes.
        cyd.types("But they are").await?;
        does(&ben, "cyd", "Remove…").await?;
        ben.see(&text("Remove cyd from Lunch?")).await?;
        ben.click(&button("Remove").inside(&dialog())).await?;
        ben.has_the_focus_at("Members").await?;
        cyd.see(&text("ben removed you from Lunch.")).await?;
        cyd.is_at("/").await?;
        cyd.no_longer_sees(&row("Lunch")).await?;
        for (person, by) in [(&ann, "ben"), (&ben, "you")] {
            person.see(&text(&format!("cyd was removed by {by}"))).await?;
            person.until("two members", async || Ok(members(person).await?.len() == 2)).await?;
        }
        // It was a removal and no ban: she may come back, and is a member like any other.
        cyd.click(&button("Close")).await?;
        cyd.joins_the_group("Lunch").await?;
        cyd.reads(&[]).await?;
        ensure!(!may_delete(&cyd, "deleted this message").await?);

        // A ban keeps her out, also by the link that she has.
        let link = cyd.place().await?;
        does(&ben, "cyd", "Ban…").await?;
        ben.click(&button("Ban").inside(&dialog())).await?;
        cyd.see(&text("ben removed you from Lunch.")).await?;
        cyd.is_at("/").await?;
        cyd.goes_to(&link).await?;
        cyd.see(&text("You are banned from this group")).await?;
        cyd.no_longer_sees(&button("Join Lunch")).await?;
        // That stays as it is after a break, and is not said anew.
        cyd.script("document.querySelector('[role=alert]').dataset.same = 'yes'").await?;
        scene.server.stop()?;
        cyd.see(&text("Reconnecting")).await?;
        scene.server.start_again()?;
        cyd.see(&text("Back online")).await?;
        let same = "return document.querySelector('[role=alert]')?.dataset.same";
        ensure!(cyd.script(same).await? == "yes");
        // Nor is it offered where she finds the group.
        cyd.fill("Find people, groups and messages", "Lunch").await?;
        cyd.see(&text("Banned").inside(&row("Lunch"))).await?;
        cyd.no_longer_sees(&button("Join Lunch")).await?;
        // The owner sees it, too, and lifts the ban.
        for person in [&ann, &ben] {
            person.see(&button("Unban cyd")).await?;
        }
        ann.see(&text("By ben")).await?;
        ann.click(&button("Unban cyd")).await?;
        ann.see(&text("cyd may join again")).await?;
        ann.no_longer_sees(&text("Banned")).await?;
        cyd.click(&row("Lunch")).await?;
        cyd.click(&button("Try again")).await?;
        cyd.click(&button("Join Lunch")).await?;
        cyd.see(&text("deleted this message.")).await?;
        // What she had begun to write is still there, as it is for whoever leaves and comes back.
        let draft = "return document.querySelector('textarea')?.value";
        cyd.until("the draft", async || Ok(cyd.script(draft).await? == "But they are")).await?;
        cyd.sends(" cheap").await?;
        ann.reads(&["But they are cheap"]).await
    })
    .await
}

#[tokio::test]
async fn the_owner_gives_the_group_away_by_keys_alone_and_leaving_says_who_follows() -> Result<()> {
    play("roles-keys", async |scene| {
        let [ann, ben, cyd] = three_in_lunch(scene).await?;
        ann.click(&button("Details")).await?;
        ann.see(&button("Actions for ben")).await?;
        // Leaving says who becomes the owner: nobody can say which of two members.
        ann.click(&button("Leave group")).await?;
        ann.see(&text("the member who has been in it longest becomes the owner")).await?;
        ann.click(&button("Stay")).await?;

        ann.script("document.querySelector('.details-header button').focus()").await?;
        ann.tabs_to("Actions for ben").await?;
        ann.presses(ENTER).await?;
        ann.has_the_focus_at("Make admin").await?;
        ann.presses(ESCAPE).await?;
        ann.has_the_focus_at("Actions for ben").await?;
        ann.presses(ENTER).await?;
        ann.has_the_focus_at("Make admin").await?;
        ann.presses(ENTER).await?;
        ann.see(&text("ben is now an admin")).await?;
        ann.has_the_focus_at("Actions for ben").await?;
        ann.click(&button("Leave group")).await?;
        ann.see(&text("ben becomes the owner")).await?;
        ann.presses(ESCAPE).await?;
        ann.no_longer_sees(&dialog()).await?;

        ann.script("document.querySelector('.details-header button').focus()").await?;
        ann.tabs_to("Actions for ben").await?;
        ann.presses(ENTER).await?;
        ann.has_the_focus_at("Remove as admin").await?;
        ann.presses(ARROW_DOWN).await?;
        ann.has_the_focus_at("Make owner…").await?;
        ann.presses(ENTER).await?;
        // The dialog begins at what changes nothing.
        ann.see(&text("Make ben the owner of Lunch?")).await?;
        ann.has_the_focus_at("Cancel").await?;
        ann.tabs_to("Make owner").await?;
        ann.presses(ENTER).await?;
        ann.has_the_focus_at("Members").await?;
        let expected = ["ben Owner", "ann You · Admin", "cyd"];
        ann.until("the new owner", async || Ok(members(&ann).await? == expected)).await?;
        ann.no_longer_sees(&button("Actions for ben")).await?;
        ben.click(&button("Details")).await?;
        ben.see(&button("Actions for ann")).await?;

        // Whoever leaves as the owner leaves it to the admin.
        ben.click(&button("Leave group")).await?;
        ben.see(&text("ann becomes the owner")).await?;
        ben.click(&button("Leave group").inside(&dialog())).await?;
        ann.until("the owner again", async || Ok(members(&ann).await? == ["ann You · Owner", "cyd"])).await?;
        cyd.see(&text("ben joined and left")).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn who_is_removed_while_offline_learns_it_when_there_is_a_connection() -> Result<()> {
    play("roles-offline", async |scene| {
        let relay = Relay::start(scene.server.address())?;
        let (ann, cyd) = (scene.person("ann").await?, scene.person("cyd").await?);
        let cyd = cyd.comes_by(format!("http://{}", relay.address()));
        ann.registers().await?;
        cyd.registers().await?;
        ann.makes_the_group("Lunch").await?;
        cyd.joins_the_group("Lunch").await?;
        ann.click(&button("Details")).await?;
        ann.see(&button("Actions for cyd")).await?;

        relay.set(Link::Cut);
        cyd.sends("Anybody?").await?;
        cyd.see(&text("Reconnecting")).await?;
        does(&ann, "cyd", "Remove…").await?;
        ann.click(&button("Remove").inside(&dialog())).await?;
        ann.see(&text("cyd was removed")).await?;
        relay.set(Link::Whole);
        cyd.see(&text("You are no longer a member of Lunch.")).await?;
        cyd.is_at("/").await?;
        cyd.no_longer_sees(&row("Lunch")).await?;
        // She comes back, and finds what could not be sent.
        cyd.joins_the_group("Lunch").await?;
        cyd.see(&text("You are not a member of this group.")).await?;
        cyd.click(&button("Try again")).await?;
        ann.reads(&["Anybody?"]).await
    })
    .await
}

/// Ann, who owns the group, Ben and Cyd, each of whom has it open.
async fn three_in_lunch(scene: &mut Scene) -> Result<[Person; 3]> {
    let people = [scene.person("ann").await?, scene.person("ben").await?, scene.person("cyd").await?];
    for person in &people {
        person.registers().await?;
    }
    let [ann, ben, cyd] = &people;
    ann.makes_the_group("Lunch").await?;
    ben.joins_the_group("Lunch").await?;
    cyd.joins_the_group("Lunch").await?;
    ann.see(&text("ben and cyd joined")).await?;
    Ok(people)
}

/// The rows of the members, each with the word at its end.
async fn members(person: &Person) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('.member-row .person-row')].map((row) =>
        [...row.querySelectorAll('.person-row-name, .person-row-hint')].map((one) => one.innerText).join(' '))";
    Ok(serde_json::from_value(person.script(script).await?)?)
}

/// What the open menu offers.
async fn items(person: &Person) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll(':popover-open .menu-item')].map((one) => one.innerText.trim())";
    Ok(serde_json::from_value(person.script(script).await?)?)
}

/// Chooses something in the menu of a member.
async fn does(person: &Person, member: &str, what: &str) -> Result<()> {
    let actions = format!("Actions for {member}");
    person.click(&button(&actions)).await?;
    person.click(&button(what).inside(&Thing::new("the open menu", "//aside"))).await
}

/// Opens the menu of the message with these words, if it has one, and says whether it offers to delete it.
async fn may_delete(person: &Person, words: &str) -> Result<bool> {
    let script = format!(
        "const row = [...document.querySelectorAll('.message')].find((one) => one.innerText.includes({}));
         row?.focus();
         return !!row?.querySelector('.message-actions')",
        json!(words)
    );
    person.until("the row's actions", async || Ok(person.script(&script).await? == true)).await?;
    let open = "document.querySelector('.message-actions [aria-label=More]')?.click()";
    person.script(open).await?;
    Ok(items(person).await?.contains(&"Delete".to_owned()))
}

fn tombstone() -> Thing {
    Thing::new("the tombstone", "//*[@class='message-deleted']")
}
