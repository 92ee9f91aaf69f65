//! What must not grow with the history: starting, a page of history, the list of conversations. And catching
//! up with 10,000 missed messages.

use std::time::Instant;

use anyhow::{Result, anyhow};
use parlance::seed::Seed;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    peer::{Kind, Peer, scratch},
    plot::{self, Curve},
    socket::Socket,
    table::{Table, quantile},
};

const SIZES: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// The size for which the goals are.
const GOAL: u64 = 1_000_000;
/// Conversations of the person who asks for their list.
const CONVERSATIONS: usize = 200;
const REQUESTS: u64 = 500;
const MISSED: u64 = 10_000;
/// The most messages that one request may ask for.
const PAGE: u64 = 200;

pub(super) async fn run(table: &mut Table) -> Result<()> {
    let home = scratch("sizes")?;
    let (mut pages, mut lists, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    for size in SIZES {
        let seed = Seed::open(&home.join("data"))?;
        // One database, which grows. Each size has people of its own.
        let people =
            seed.people(&format!("s{size}n"), CONVERSATIONS + 1).await.map_err(|error| anyhow!(error))?;
        let (one, others) = people.split_first().ok_or_else(|| anyhow!("nobody"))?;
        for other in others {
            let count = if other.id == others[0].id { size } else { 20 };
            seed.converse(one.id, other.id, count).await.map_err(|error| anyhow!(error))?;
        }
        seed.leave_unindexed().await.map_err(|error| anyhow!(error))?;
        seed.close().await;
        let mut peer = Peer::start_at(Kind::Parlance, home.clone(), people)?;
        for _ in 0..table.rounds {
            let start = peer.restart().await?.as_secs_f64() * 1e3;
            let (page, list) = ask(&peer, size).await?;
            if size == GOAL {
                table.note("cold start to /health, 1,000,000 messages, ms", peer.kind, start);
                table.note("a page of history, 1,000,000 messages, p99, ms", peer.kind, page);
                table.note("the list of 200 conversations, 1,000,000 messages, p99, ms", peer.kind, list);
                table.note(
                    "catching up with 10,000 missed messages, ms",
                    peer.kind,
                    catch_up(&peer, size).await?,
                );
            } else {
                println!(
                    "{size} messages: start {start:.1} ms, page p99 {page:.2} ms, list p99 {list:.2} ms"
                );
            }
            for (curve, figure) in [(&mut pages, page), (&mut lists, list), (&mut starts, start)] {
                curve.push((size, figure));
            }
        }
    }
    plot::draw(
        "sizes",
        "messages in a conversation",
        "milliseconds",
        &[
            Curve { name: "cold start to /health", points: starts },
            Curve { name: "list of 200 conversations, p99", points: lists },
            Curve { name: "page of 50 messages, p99", points: pages },
        ],
    )
}

/// The 99th percentiles of pages anywhere in the history, and of the list, in milliseconds.
async fn ask(peer: &Peer, size: u64) -> Result<(f64, f64)> {
    let mut socket = peer.connect(0).await?;
    let with = peer.people[1].id;
    let (mut pages, mut lists) = (Vec::new(), Vec::new());
    for number in 0..REQUESTS {
        // Spread over the whole history, yet the same in every round: step and size have no common divisor.
        let before = 51 + number * 7_919_317 % (size - 51);
        let page = json!({ "conversation": { "user": with }, "before": before, "limit": 50 });
        pages.push(timed(&mut socket, "fetchHistory", &page).await?);
        lists.push(timed(&mut socket, "listConversations", &json!({})).await?);
    }
    Ok((quantile(&pages, 0.99), quantile(&lists, 0.99)))
}

async fn timed(socket: &mut Socket, name: &str, payload: &Value) -> Result<f64> {
    let start = Instant::now();
    socket.call::<serde::de::IgnoredAny>(name, payload).await?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// What a page does after a break in which others wrote: it asks what changed, then fetches the pages.
async fn catch_up(peer: &Peer, size: u64) -> Result<f64> {
    #[derive(Deserialize)]
    struct Page {
        messages: Vec<serde::de::IgnoredAny>,
    }

    let mut socket = peer.connect(0).await?;
    let with = peer.people[1].id;
    let start = Instant::now();
    socket.call::<serde::de::IgnoredAny>("sync", &json!({})).await?;
    let mut have = size - MISSED;
    while have < size {
        let page = json!({ "conversation": { "user": with }, "after": have, "limit": PAGE });
        let page: Page = socket.call("fetchHistory", &page).await?;
        anyhow::ensure!(!page.messages.is_empty(), "nothing after {have}");
        have += page.messages.len() as u64;
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}
