//! One message to many: groups of 1,000 with four who write or one, and of 100 with one.
//!
//! A writer sends the next message when the last one has reached everybody, so that a server gains nothing if
//! it lets some run ahead of the others.

use std::{cell::Cell, rc::Rc};

use anyhow::{Context as _, Result};
use tokio::{sync::Notify, task::JoinSet};

use super::{TEXT, connect, group, rate, start};
use crate::{
    peer::{Kind, Peer},
    socket::{Packet, Reader, Socket, Writer},
    table::Table,
};

pub(super) async fn run(table: &mut Table) -> Result<()> {
    let kinds = [Kind::Parlance, Kind::NodeMemory, Kind::BunMemory, Kind::Bare];
    for (members, senders) in [(1_000, 4), (1_000, 1), (100, 1)] {
        let peers = start(table, &kinds, members).await?;
        for _ in 0..table.rounds {
            for peer in &peers {
                measure(table, peer, members, senders).await?;
            }
        }
    }
    Ok(())
}

/// For each writer: how many have received the message, and a notice when all have.
#[derive(Default)]
struct Message {
    delivered: Cell<usize>,
    everywhere: Notify,
}

async fn measure(table: &mut Table, peer: &Peer, members: usize, senders: usize) -> Result<()> {
    let mut sockets = connect(peer, 0..members).await?;
    let group = group(&mut sockets).await?;
    let all = Rc::new(Cell::new(0));
    let messages: Rc<[Message]> = (0..senders).map(|_| Message::default()).collect();
    let mut talking = JoinSet::new();
    for (person, socket) in sockets.into_iter().enumerate() {
        let Socket { reader, writer, .. } = socket;
        talking.spawn_local(listen(reader, members, messages.clone(), all.clone()));
        talking.spawn_local(write(writer, person, group.clone(), messages.clone()));
    }
    let rate = rate(peer, &all).await?;
    if let Some(ended) = talking.try_join_next() {
        ended??;
    }
    let work = |what: &str| format!("{what}, group of {members}, {senders} writing");
    table.note(&work("deliveries a second"), peer.kind, rate.a_second);
    table.note(&work("server µs a delivery"), peer.kind, rate.processor);
    table.note(&work("load on its core"), peer.kind, rate.load);
    Ok(())
}

/// Writes, if this person is one of the writers; otherwise only keeps the connection open.
async fn write(mut writer: Writer, person: usize, group: String, messages: Rc<[Message]>) -> Result<()> {
    let Some(message) = messages.get(person) else { return std::future::pending().await };
    let payload = format!(r#"{{"groupId":"{group}","content":"{person}{TEXT}"}}"#);
    loop {
        writer.ask(1, "groupMessage", &payload);
        writer.flush().await?;
        message.everywhere.notified().await;
    }
}

async fn listen(
    mut reader: Reader,
    members: usize,
    messages: Rc<[Message]>,
    all: Rc<Cell<u64>>,
) -> Result<()> {
    loop {
        let packet = reader.next().await?;
        if packet.is("groupMessage")
            && let Packet::Event(json) = packet
        {
            let (_, content) = json.split_once(r#""content":""#).context("a message without content")?;
            let writer = usize::from(content.as_bytes()[0] - b'0');
            let message = messages.get(writer).context("a message of nobody")?;
            all.set(all.get() + 1);
            message.delivered.set(message.delivered.get() + 1);
            if message.delivered.get() == members {
                message.delivered.set(0);
                message.everywhere.notify_one();
            }
        }
    }
}
