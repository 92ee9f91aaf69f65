//! Several tabs of one person, and pages that the browser puts to sleep.

use std::time::Duration;

use anyhow::Result;
use e2e::account::Account;
use e2e::person::Person;
use e2e::scene::{play, play_with, two_people};
use e2e::seed::populate;
use e2e::thing::{field, text};
use tokio::time::sleep;

/// As if at once, for somebody who turns from one tab to the other.
const SOON: Duration = Duration::from_secs(1);

#[tokio::test]
async fn tabs_share_a_connection_and_closing_the_one_that_holds_it_loses_nothing() -> Result<()> {
    play("tabs-leader", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("0").await?;
        ann.opens_a_second_tab().await?;
        ann.reads(&["0"]).await?;
        ann.shares_a_connection(2).await?;
        // The tab that came later knows who is online, though the server said so before.
        ann.sees_in_the_header("Online").await?;

        ben.opens("ann").await?;
        let mut all = vec!["0".to_owned()];
        for n in 1..=12 {
            let message = n.to_string();
            match n {
                // The first tab made the connection.
                4 => {
                    ann.turns_to_tab(0).await?;
                    ann.closes_this_tab().await?;
                    ben.sends(&message).await?;
                }
                8 => ann.sends(&message).await?,
                _ => ben.sends(&message).await?,
            }
            all.push(message);
            // In both directions, so that their order is known.
            if n >= 7 {
                let shown: Vec<&str> = all.iter().map(String::as_str).collect();
                ann.reads(&shown).await?;
                ben.reads(&shown).await?;
            }
        }
        ann.shares_a_connection(1).await?;
        ann.reloads().await?;
        ann.reads(&all.iter().map(String::as_str).collect::<Vec<_>>()).await
    })
    .await
}

#[tokio::test]
async fn what_one_tab_sends_the_other_one_shows_once() -> Result<()> {
    play("tabs-both", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.opens_a_second_tab().await?;
        ann.sends("from the second").await?;
        ann.reads(&["from the second"]).await?;
        ann.turns_to_tab(0).await?;
        ann.reads(&["from the second"]).await?;
        ann.sends("from the first").await?;
        let both = ["from the second", "from the first"];
        ann.reads(&both).await?;
        ann.turns_to_tab(1).await?;
        ann.reads(&both).await?;
        ben.opens("ann").await?;
        ben.reads(&both).await
    })
    .await
}

#[tokio::test]
async fn what_is_read_in_one_tab_is_read_in_the_other_within_a_second() -> Result<()> {
    play("tabs-read", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.goes_to("/").await?;
        ann.opens_a_second_tab().await?;
        ann.shares_a_connection(2).await?;
        ben.opens_the_conversation_with("ann").await?;
        for message in ["1", "2", "3", "4", "5", "6", "7"] {
            ben.sends(message).await?;
        }
        // Whichever tab made the connection, the other one hears of it.
        for (reads, hears) in [(1, 0), (0, 1)] {
            ann.turns_to_tab(hears).await?;
            ann.has_unread("ben", 7).await?;
            ann.until("the title with 7", async || Ok(ann.title().await?.starts_with("(7) "))).await?;
            ann.turns_to_tab(reads).await?;
            ann.has_unread("ben", 7).await?;
            ann.opens("ben").await?;
            ann.has_unread("ben", 0).await?;
            ann.turns_to_tab(hears).await?;
            ann.within(SOON, "the badge and the count in the title to go", async || {
                Ok(!ann.shows_unread("ben").await? && !ann.title().await?.starts_with('('))
            })
            .await?;
            if reads == 1 {
                ann.turns_to_tab(reads).await?;
                ann.goes_to("/").await?;
                ann.sees_own_name().await?;
                for message in ["8", "9", "10", "11", "12", "13", "14"] {
                    ben.sends(message).await?;
                }
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_group_made_in_one_tab_is_in_the_other_within_a_second() -> Result<()> {
    play("tabs-group", async |scene| {
        let ann = scene.person("ann").await?;
        ann.registers().await?;
        ann.opens_a_second_tab().await?;
        ann.shares_a_connection(2).await?;
        for (makes, hears, name) in [(1, 0, "Tea"), (0, 1, "Biscuits")] {
            ann.turns_to_tab(makes).await?;
            ann.makes_the_group(name).await?;
            ann.turns_to_tab(hears).await?;
            ann.within(SOON, name, async || ann.lists(name).await).await?;
        }
        Ok(())
    })
    .await
}

/// Keeps what goes out over the page's WebSocket.
const KEEPS_FRAMES: &str = "
    window.sent = [];
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (frame) { window.sent.push(frame); return send.call(this, frame); };";

/// Waits until the connection watches, of these people, the first but not the others.
async fn watches(page: &Person, those: &[&str], not_those: &[&str]) -> Result<()> {
    let script = "return window.sent.filter((frame) => /watch/.test(frame)).pop() ?? ''";
    page.until(&format!("a connection that watches {those:?}"), async || {
        let watched = page.script(script).await?;
        let watched = watched.as_str().unwrap_or_default();
        Ok(those.iter().all(|id| watched.contains(id)) && !not_those.iter().any(|id| watched.contains(id)))
    })
    .await
}

#[tokio::test]
async fn a_connection_watches_those_on_the_screens_of_the_tabs_that_share_it() -> Result<()> {
    play("tabs-presence", async |scene| {
        // More than the sidebar lists, so that those who matter are in no list.
        populate(&mut scene.server, 120).await?;
        let (yan, zoe) = (scene.person("yan").await?, scene.person("zoe").await?);
        yan.registers().await?;
        zoe.registers().await?;
        let id_of = async |name: &str| -> Result<String> {
            Ok(Account::of(&scene.server.url(), name).await?.id.to_string())
        };
        let (yans, zoes) = (id_of("yan").await?, id_of("zoe").await?);
        let ann = scene.person("ann").await?;
        ann.begins_pages_with(KEEPS_FRAMES).await?;
        ann.registers().await?;
        ann.opens_the_conversation_with("yan").await?;
        ann.sees_in_the_header("Online").await?;
        watches(&ann, &[&yans], &[&zoes]).await?;

        ann.opens_a_second_tab().await?;
        ann.shares_a_connection(2).await?;
        ann.sees_in_the_header("Online").await?;
        ann.opens_the_conversation_with("zoe").await?;
        ann.sees_in_the_header("Online").await?;
        ann.turns_to_tab(0).await?;
        watches(&ann, &[&yans, &zoes], &[]).await?;
        ann.sees_in_the_header("Online").await?;
        // The tab without the connection hears it, too.
        ann.turns_to_tab(1).await?;
        zoe.closes_the_page().await?;
        ann.sees_in_the_header("Last seen just now").await?;
        zoe.goes_to("/").await?;
        ann.sees_in_the_header("Online").await?;

        // When a tab is closed, nobody watches the people that only it showed.
        ann.closes_this_tab().await?;
        watches(&ann, &[&yans], &[&zoes]).await?;

        // When the tab with the connection is closed, the connection of the other one begins with the
        // people that it shows.
        ann.opens_a_second_tab().await?;
        ann.opens_the_conversation_with("zoe").await?;
        ann.turns_to_tab(0).await?;
        ann.closes_this_tab().await?;
        ann.shares_a_connection(1).await?;
        ann.sees_in_the_header("Online").await?;
        zoe.closes_the_page().await?;
        ann.sees_in_the_header("Last seen just now").await
    })
    .await
}

#[tokio::test]
async fn logging_out_in_one_tab_logs_out_all_and_logging_in_brings_all_back() -> Result<()> {
    play("tabs-logout", async |scene| {
        let (ann, _ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.opens_a_second_tab().await?;
        ann.logs_out().await?;
        ann.turns_to_tab(0).await?;
        ann.see(&text("You were logged out in another tab.")).await?;
        // Who logs in next may be somebody else.
        let query = ann.script("return location.pathname + location.search").await?;
        anyhow::ensure!(query == "/login", "{query}");
        ann.see(&field("Password")).await?;
        ann.logs_in().await?;
        ann.turns_to_tab(1).await?;
        ann.sees_own_name().await
    })
    .await
}

#[tokio::test]
async fn a_page_that_slept_catches_up() -> Result<()> {
    play("tabs-sleep", async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("good night").await?;
        ben.opens("ann").await?;
        ben.sees_in_the_header("Online").await?;
        ann.falls_asleep().await?;
        ben.sees_in_the_header("Last seen just now").await?;
        for message in ["one", "two", "three"] {
            ben.sends(message).await?;
        }
        ben.reads(&["good night", "one", "two", "three"]).await?;
        ann.wakes_up().await?;
        ann.reads(&["good night", "one", "two", "three"]).await?;
        ann.sends("good morning").await?;
        ben.reads(&["good night", "one", "two", "three", "good morning"]).await?;
        ben.sees_in_the_header("Online").await
    })
    .await
}

#[tokio::test]
async fn a_token_that_expires_in_a_conversation_is_renewed_without_a_break() -> Result<()> {
    // The page asks for a new one after four fifths, 24 seconds.
    play_with("tabs-token", &["--token-ttl", "30s"], async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("with the first token").await?;
        ben.opens("ann").await?;
        ann.script(
            "window.breaks = 0;
             new MutationObserver(() => { window.breaks += /Reconnecting/.test(document.body.innerText) })
                 .observe(document.body, { subtree: true, childList: true, characterData: true })",
        )
        .await?;
        let tried = ann.names_of_requests().await?;
        sleep(Duration::from_secs(36)).await;
        ann.sends("with the second").await?;
        ben.reads(&["with the first token", "with the second"]).await?;
        ben.sends("so have I").await?;
        ann.reads(&["with the first token", "with the second", "so have I"]).await?;
        anyhow::ensure!(ann.script("return window.breaks").await? == 0, "the connection was lost");
        // It asked over the socket, not by the cookie.
        anyhow::ensure!(ann.names_of_requests().await? == tried, "{:?}", ann.names_of_requests().await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_token_that_expired_in_sleep_is_replaced_by_the_cookie() -> Result<()> {
    // The token expires too soon to be renewed in time.
    play_with("tabs-expired", &["--token-ttl", "12s"], async |scene| {
        let (ann, ben) = two_people(scene).await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("good night").await?;
        ben.opens("ann").await?;
        ann.falls_asleep().await?;
        sleep(Duration::from_secs(14)).await;
        let tried = ann.names_of_requests().await?;
        ann.wakes_up().await?;
        ann.sends("good morning").await?;
        ben.reads(&["good night", "good morning"]).await?;
        ben.sends("so soon").await?;
        ann.reads(&["good night", "good morning", "so soon"]).await?;
        let new: Vec<_> = ann.names_of_requests().await?.split_off(tried.len());
        anyhow::ensure!(new.iter().any(|name| name.ends_with("/api/auth/refresh")), "only {new:?}");
        Ok(())
    })
    .await
}
