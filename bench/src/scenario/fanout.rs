//! One message to many: groups of 1,000 with four who write, and of 100 with one.
//!
//! Who writes sends the next message when the last one is acknowledged and came back to them.

use std::{cell::Cell, rc::Rc};

use anyhow::Result;
use tokio::task::JoinSet;

use super::{TEXT, connect, group, rate};
use crate::{
    peer::{Kind, Peer},
    socket::{Packet, Socket},
    table::Table,
};

pub(super) async fn run(table: &mut Table) -> Result<()> {
    let kinds = table.of(&[Kind::Parlance, Kind::NodeMemory, Kind::Bare]);
    for (members, senders) in [(1_000, 4), (100, 1)] {
        let mut peers = Vec::new();
        for kind in &kinds {
            peers.push(Peer::start(*kind, members).await?);
        }
        for _ in 0..table.rounds {
            for peer in &peers {
                measure(table, peer, members, senders).await?;
            }
        }
    }
    Ok(())
}

async fn measure(table: &mut Table, peer: &Peer, members: usize, senders: usize) -> Result<()> {
    let mut sockets = connect(peer, 0..members).await?;
    let group = group(&mut sockets).await?;
    let delivered = Rc::new(Cell::new(0));
    let mut talking = JoinSet::new();
    for (person, socket) in sockets.into_iter().enumerate() {
        if person < senders {
            talking.spawn_local(send(socket, group.clone(), delivered.clone()));
        } else {
            talking.spawn_local(listen(socket, delivered.clone()));
        }
    }
    let rate = rate(peer, &delivered).await?;
    if let Some(ended) = talking.try_join_next() {
        ended??;
    }
    let work = |what: &str| format!("{what}, group of {members}, {senders} writing");
    table.note(&work("deliveries a second"), peer.kind, rate.a_second);
    table.note(&work("server µs a delivery"), peer.kind, rate.processor);
    table.note(&work("load on its core"), peer.kind, rate.load);
    Ok(())
}

async fn send(mut socket: Socket, group: String, delivered: Rc<Cell<u64>>) -> Result<()> {
    let payload = format!(r#"{{"groupId":"{group}","content":"{TEXT}"}}"#);
    // Echoes of all who write arrive here; one's own is as good as another's.
    loop {
        let asked = socket.ask("groupMessage", &payload);
        let (mut acknowledged, mut heard) = (false, false);
        while !(acknowledged && heard) {
            match socket.next().await? {
                Packet::Ack { id, .. } if id == asked => acknowledged = true,
                packet if packet.is("groupMessage") => {
                    delivered.set(delivered.get() + 1);
                    heard = true;
                }
                _ => {}
            }
        }
    }
}

async fn listen(mut socket: Socket, delivered: Rc<Cell<u64>>) -> Result<()> {
    loop {
        socket.hear("groupMessage").await?;
        delivered.set(delivered.get() + 1);
    }
}
