//! What happens to the cluster.

use std::time::Duration;

use anyhow::Result;
use e2e::{cluster::Need, relay::Link};

use crate::party::{NODES, Party, play, times};

const REDIS_RESTARTS: usize = 10;
const RANDOM_EVENTS: usize = 3;

const A_MOMENT: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "current_thread")]
async fn nodes_are_killed() -> Result<()> {
    play("killed", async |party| {
        for node in (0..NODES).cycle().take(NODES * times()?) {
            is_killed(party, node).await?;
        }
        Ok(())
    })
    .await
}

async fn is_killed(party: &mut Party, node: usize) -> Result<()> {
    party
        .meanwhile(move |cluster| {
            cluster.kill(node);
            Ok(())
        })
        .await?;
    let time = party.a_while()?;
    party.write_for(time).await;
    party.meanwhile(move |cluster| cluster.start_again(node)).await?;
    party.write_for(A_MOMENT).await;
    Ok(())
}

#[tokio::test(flavor = "current_thread")]
async fn nodes_are_stopped_and_started_one_after_the_other() -> Result<()> {
    play("rolling", async |party| {
        for node in (0..NODES).cycle().take(NODES * times()?) {
            is_restarted(party, node).await?;
        }
        Ok(())
    })
    .await
}

async fn is_restarted(party: &mut Party, node: usize) -> Result<()> {
    party.meanwhile(move |cluster| cluster.stop(node)).await?;
    party
        .meanwhile(move |cluster| {
            cluster.start_again(node)?;
            cluster.until_ready(node)
        })
        .await?;
    party.write_for(A_MOMENT).await;
    Ok(())
}

#[tokio::test(flavor = "current_thread")]
async fn a_node_is_held_up() -> Result<()> {
    play("paused", async |party| {
        if times()? > 1 {
            // The others give it up, and it comes back with all that it had.
            is_held_up_for(party, NODES - 1, Duration::from_secs(60)).await?;
        }
        for node in (0..NODES).cycle().take(2 * times()?) {
            is_held_up(party, node).await?;
        }
        Ok(())
    })
    .await
}

async fn is_held_up(party: &mut Party, node: usize) -> Result<()> {
    let time = party.a_while()?;
    is_held_up_for(party, node, time).await
}

async fn is_held_up_for(party: &mut Party, node: usize, time: Duration) -> Result<()> {
    party.meanwhile(move |cluster| cluster.pause(node)).await?;
    party.write_for(time).await;
    party.meanwhile(move |cluster| cluster.resume(node)).await?;
    party.write_for(A_MOMENT).await;
    Ok(())
}

#[tokio::test(flavor = "current_thread")]
async fn redis_is_restarted_many_times() -> Result<()> {
    play("redis", async |party| {
        for _ in 0..REDIS_RESTARTS * times()? {
            party.meanwhile(|cluster| cluster.restart_redis()).await?;
            party.write_for(A_MOMENT).await;
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "current_thread")]
async fn postgresql_is_restarted() -> Result<()> {
    play("postgresql", async |party| {
        for _ in 0..2 * times()? {
            party.meanwhile(|cluster| cluster.restart_postgresql()).await?;
            let time = party.a_while()?;
            party.write_for(time).await;
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "current_thread")]
async fn a_node_is_cut_off_from_redis() -> Result<()> {
    play("cut-off-from-redis", async |party| loses(party, Need::Redis).await).await
}

#[tokio::test(flavor = "current_thread")]
async fn a_node_is_cut_off_from_postgresql() -> Result<()> {
    play("cut-off-from-postgresql", async |party| loses(party, Need::Postgresql).await).await
}

async fn loses(party: &mut Party, need: Need) -> Result<()> {
    for node in (0..NODES).cycle().take(2 * times()?) {
        let link = if node == 1 { Link::Stalled } else { Link::Cut };
        is_cut_off(party, node, need, link).await?;
    }
    Ok(())
}

async fn is_cut_off(party: &mut Party, node: usize, need: Need, link: Link) -> Result<()> {
    let set = move |link| {
        move |cluster: &mut e2e::cluster::Cluster| {
            cluster.link(node, need, link);
            Ok(())
        }
    };
    party.meanwhile(set(link)).await?;
    let time = party.a_while()?;
    party.write_for(time).await;
    party.meanwhile(set(Link::Whole)).await?;
    party.write_for(A_MOMENT).await;
    Ok(())
}

#[tokio::test(flavor = "current_thread")]
async fn anything_happens() -> Result<()> {
    play("anything", async |party| {
        for _ in 0..RANDOM_EVENTS * times()? {
            let node = party.random().usize(..NODES);
            let need = if party.random().bool() { Need::Redis } else { Need::Postgresql };
            let link = if party.random().bool() { Link::Cut } else { Link::Stalled };
            match party.random().u8(0..6) {
                0 => is_killed(party, node).await?,
                1 => is_restarted(party, node).await?,
                2 => is_held_up(party, node).await?,
                3 => party.meanwhile(|cluster| cluster.restart_redis()).await?,
                4 => party.meanwhile(|cluster| cluster.restart_postgresql()).await?,
                _ => is_cut_off(party, node, need, link).await?,
            }
        }
        Ok(())
    })
    .await
}
