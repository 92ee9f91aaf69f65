//! The other servers, as the rest of this one sees them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use protocol::EventEnum as _;

use super::{inbox::Inbox, news::News, outbox::Outbox};
use crate::{delivery::Delivery, ids::NodeId};

/// The other servers, as the rest of this one sees them. Cheap to clone. Alone, there is nobody to tell.
#[derive(Clone, Default)]
pub(crate) struct Peers(pub(super) Option<Arc<Shared>>);

/// What the tasks of the cluster share.
pub(super) struct Shared {
    pub(super) me: NodeId,
    pub(super) outbox: Outbox,
    pub(super) inbox: Inbox,
    /// How many servers there are, this one included.
    pub(super) nodes: AtomicUsize,
    /// Something may be missed all the time.
    pub(super) is_apart: AtomicBool,
    /// How long the last that this server said took to come back to it, in microseconds.
    pub(super) lag: AtomicU64,
    pub(super) heard: AtomicU64,
    pub(super) missed: AtomicU64,
    pub(super) catch_ups: AtomicU64,
    /// This server could not tell something that it may have committed itself.
    pub(super) has_left_out: AtomicBool,
    /// The server stops, and does not say any more that it is there.
    pub(super) is_leaving: AtomicBool,
    /// Everything that this server committed is in the outbox.
    pub(super) is_over: AtomicBool,
}

/// How the cluster looks from this server, at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) nodes: u64,
    /// Redis does not answer, or somebody is not heard who writes to the database.
    pub(crate) is_apart: bool,
    pub(crate) lag: Duration,
    /// Bytes that wait for Redis, and bytes that were heard and wait for this server.
    pub(crate) outgoing_bytes: u64,
    pub(crate) incoming_bytes: u64,
    /// News heard; times that something was missed; times that clients were told to ask; news that there was no room
    /// for.
    pub(crate) heard: u64,
    pub(crate) missed: u64,
    pub(crate) catch_ups: u64,
    pub(crate) dropped: u64,
}

impl Peers {
    /// Whether there may be others.
    pub(crate) fn are_there(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn tell(&self, news: &News) {
        if let Some(shared) = &self.0 {
            shared.outbox.push(news);
        }
    }

    /// Something was committed, or may have been, that this server cannot tell. The others see by the numbers that they
    /// missed something; this one takes it as missed, too. False if there is nobody else.
    pub(crate) fn leave_out(&self) -> bool {
        let Some(shared) = &self.0 else { return false };
        shared.outbox.leave_out();
        shared.has_left_out.store(true, Ordering::SeqCst);
        true
    }

    /// What is told to one server's own sockets is not told to the others.
    pub(crate) fn tell_volatile(&self, delivery: &Delivery) {
        if self.are_there()
            && delivery.to.is_known_elsewhere()
            && let Ok(payload) = delivery.event.payload()
        {
            let event = delivery.event.name().to_owned();
            self.tell(&News::Volatile { to: delivery.to.clone(), event, payload });
        }
    }

    pub(crate) fn status(&self) -> Option<Status> {
        let shared = self.0.as_ref()?;
        let (outgoing, dropped) = shared.outbox.load();
        Some(Status {
            nodes: shared.nodes.load(Ordering::Relaxed) as u64,
            is_apart: shared.is_apart.load(Ordering::Relaxed),
            lag: Duration::from_micros(shared.lag.load(Ordering::Relaxed)),
            outgoing_bytes: outgoing as u64,
            incoming_bytes: shared.inbox.bytes() as u64,
            heard: shared.heard.load(Ordering::Relaxed),
            missed: shared.missed.load(Ordering::Relaxed),
            catch_ups: shared.catch_ups.load(Ordering::Relaxed),
            dropped,
        })
    }
}
