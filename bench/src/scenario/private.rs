//! Private messages in a closed loop: 50 pairs. Each sends the next message when one is acknowledged.

use std::{cell::Cell, rc::Rc};

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use super::{TEXT, connect, rate, start};
use crate::{
    peer::{Kind, Peer},
    socket::{Packet, Socket},
    table::Table,
};

const PAIRS: usize = 50;

pub(super) async fn run(table: &mut Table) -> Result<()> {
    let kinds =
        [Kind::Parlance, Kind::NodeMemory, Kind::NodeSqlite, Kind::BunMemory, Kind::BunSqlite, Kind::Bare];
    let peers = start(table, &kinds, 2 * PAIRS).await?;
    for _ in 0..table.rounds {
        for in_flight in [1, 8] {
            for peer in &peers {
                measure(table, peer, in_flight).await?;
            }
        }
    }
    Ok(())
}

async fn measure(table: &mut Table, peer: &Peer, in_flight: usize) -> Result<()> {
    let acknowledged = Rc::new(Cell::new(0));
    let mut talking = JoinSet::new();
    let sockets = connect(peer, 0..2 * PAIRS).await?;
    for (person, socket) in sockets.into_iter().enumerate() {
        if person < PAIRS {
            let to = peer.people[PAIRS + person].id.to_string();
            talking.spawn_local(send(socket, to, in_flight, acknowledged.clone()));
        } else {
            talking.spawn_local(listen(socket));
        }
    }
    let rate = rate(peer, &acknowledged).await?;
    if let Some(ended) = talking.try_join_next() {
        ended??;
    }
    let work = |what: &str| format!("{what}, 50 pairs, {in_flight} in flight");
    table.note(&work("private messages a second"), peer.kind, rate.a_second);
    table.note(&work("server µs a private message"), peer.kind, rate.processor);
    table.note(&work("load on its core"), peer.kind, rate.load);
    Ok(())
}

async fn send(mut socket: Socket, to: String, in_flight: usize, acknowledged: Rc<Cell<u64>>) -> Result<()> {
    let payload = format!(r#"{{"recipientId":"{to}","content":"{TEXT}"}}"#);
    for _ in 0..in_flight {
        socket.ask("privateMessage", &payload);
    }
    loop {
        if let Packet::Ack { reply, .. } = socket.next().await? {
            ensure!(reply.starts_with(r#"[{"data""#), "a message was answered {reply}");
            acknowledged.set(acknowledged.get() + 1);
            socket.ask("privateMessage", &payload);
        }
    }
}

async fn listen(mut socket: Socket) -> Result<()> {
    loop {
        socket.next().await?;
    }
}
