//! A server that lets everybody in and throws them out a moment later.

mod proxy;

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::scene::play;
use proxy::Door;
use tokio::time::{interval, sleep};

/// How long each connection lasts.
const STAY: Duration = Duration::from_millis(50);
/// In a minute there may be fifteen tries, and most of them come first.
const WATCHED: Duration = Duration::from_secs(30);
const TRIES: usize = 10;

#[tokio::test]
async fn a_server_that_lets_in_and_closes_at_once_is_asked_seldom_and_the_page_says_so() -> Result<()> {
    play("door", async |scene| {
        let door = Door::before(scene.server.address()).await?;
        let ben = scene.person("ben").await?;
        ben.registers().await?;
        let ann = scene.person("ann").await?.comes_by(door.url());
        ann.registers().await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("before").await?;
        ben.opens("ann").await?;
        ben.reads(&["before"]).await?;

        door.throws_out_after(Some(STAY));
        let before = door.tries();
        let (mut looks, mut shown) = (0, 0);
        let mut moments = interval(Duration::from_millis(500));
        for moment in 0..WATCHED.as_millis() / 500 {
            moments.tick().await;
            // For the first two seconds a break is not shown.
            if moment >= 10 {
                looks += 1;
                shown += usize::from(ann.page().await?.contains("Reconnecting"));
            }
        }
        let tries = door.tries() - before;
        println!("{tries} tries in {WATCHED:?}; the banner was there {shown} of {looks} times");
        ensure!(tries <= TRIES, "{tries} tries in {WATCHED:?}, more than {TRIES}");
        ensure!(tries > 1, "it does not try again");
        ensure!(shown * 10 >= looks * 9, "the banner was there {shown} of {looks} times");

        ann.sends("through the door").await?;
        door.throws_out_after(None);
        sleep(STAY).await;
        ben.reads(&["before", "through the door"]).await?;
        ann.reads(&["before", "through the door"]).await
    })
    .await
}
