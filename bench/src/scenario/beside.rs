//! How others slow down private messages: the latency at 1,000 a second while nothing else happens, while a
//! group of 1,000 is told twenty messages a second, and while somebody asks for pages and does not read them.

use std::time::Duration;

use anyhow::Result;
use tokio::{task::JoinSet, time::interval};

use super::{connect, group, open_loop, start};
use crate::{
    peer::{Kind, Peer},
    socket::Socket,
    table::{Table, quantile},
};

const MEMBERS: usize = 1_000;
const GROUP_MESSAGES_A_SECOND: u32 = 20;
/// So many that their answers do not fit into any buffer.
const REQUESTS: usize = 250;
const PAGE: usize = 100;

pub(super) async fn run(table: &mut Table) -> Result<()> {
    let first_member = 2 * open_loop::PAIRS;
    let people = first_member + MEMBERS;
    for peer in &start(table, &[Kind::Parlance, Kind::NodeMemory, Kind::Bare], people).await? {
        let mut members = connect(peer, first_member..people).await?;
        let group = group(&mut members).await?;
        let mut reading = JoinSet::new();
        for mut member in members {
            reading.spawn_local(async move { while member.next().await.is_ok() {} });
        }
        for _ in 0..table.rounds {
            note(table, peer, "alone").await?;
            let mut busy = JoinSet::new();
            busy.spawn_local(write(connect(peer, first_member..first_member + 1).await?, group.clone()));
            note(table, peer, "beside a group of 1000").await?;
        }
        // The peers have no history to ask for.
        if peer.kind == Kind::Parlance {
            for _ in 0..table.rounds {
                let slow = ask_and_read_nothing(peer, first_member, &group).await?;
                note(table, peer, "beside a slow reader").await?;
                drop(slow);
            }
        }
    }
    Ok(())
}

async fn note(table: &mut Table, peer: &Peer, beside: &str) -> Result<()> {
    let took = open_loop::measure(peer).await?;
    for (name, part) in [("p50", 0.5), ("p99", 0.99)] {
        let work = format!("latency of 1,000 private messages a second, {beside}, {name}, ms");
        table.note(&work, peer.kind, quantile(&took, part));
    }
    Ok(())
}

async fn write(mut sockets: Vec<Socket>, group: String) -> Result<()> {
    let payload = serde_json::json!({ "groupId": group, "content": super::TEXT });
    let mut ticks = interval(Duration::from_secs(1) / GROUP_MESSAGES_A_SECOND);
    loop {
        ticks.tick().await;
        sockets[0].call::<super::Named>("groupMessage", &payload).await?;
    }
}

async fn ask_and_read_nothing(peer: &Peer, person: usize, group: &str) -> Result<Socket> {
    let mut socket = peer.connect(person).await?;
    let content = super::TEXT.repeat(50);
    let payload = serde_json::json!({ "groupId": group, "content": content });
    for _ in 0..PAGE {
        socket.call::<super::Named>("groupMessage", &payload).await?;
    }
    let page = serde_json::json!({ "conversation": { "group": group }, "limit": PAGE }).to_string();
    for id in 0..REQUESTS {
        socket.writer.ask(id as u64, "fetchHistory", &page);
    }
    socket.writer.flush().await?;
    Ok(socket)
}
