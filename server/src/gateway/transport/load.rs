//! How much waits on a connection, and whether it is read.

use std::{
    sync::atomic::Ordering::{Relaxed, SeqCst},
    time::Duration,
};

use protocol::limits;

use super::{Transport, wait};

/// What a packet counts for besides its bytes, so that many small packets reach the limit before
/// socketioxide's queue is full.
const PACKET: usize = 160;
/// Bytes that may wait before the sockets get a turn to write. The buffer of a WebSocket takes what is handed over in
/// between, up to 128 KB, and stays as large as it once was.
const UNWRITTEN: i64 = 32 * 1024;
/// Answers are sent while less than this waits. The rest is left for what others say.
const ANSWERS: i64 = limits::OUTGOING_BYTES as i64 / 2;
/// The limit is multiplied by this for a client that would read, if the machine is so busy that the server
/// does not get to write.
const OWN_FAULT: i64 = 4;
/// Packets that can wait at most: before one more is taken, the limit in bytes is reached, whoever is slow.
pub(in crate::gateway) const MOST_PACKETS: usize = limits::OUTGOING_BYTES * OWN_FAULT as usize / PACKET;
/// For how long a client may read nothing while something waits for it.
const STALLED: Duration = Duration::from_secs(30);

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Charge {
    Taken,
    /// It is taken, but the sockets should get a turn to write before there is more.
    Behind,
    /// More waits than is allowed.
    TooMuch,
}

impl Transport {
    /// Counts a packet that is about to be handed over. A large one is taken when nothing else waits.
    pub(in crate::gateway) fn charge(&self, bytes: usize) -> Charge {
        let cost = cost(bytes, 1);
        let before = self.queued.fetch_add(cost, SeqCst);
        if before <= 0 {
            self.progressed();
            return Charge::Taken;
        }
        let most = limits::OUTGOING_BYTES as i64;
        match before + cost {
            waiting if waiting <= UNWRITTEN => Charge::Taken,
            // It is the server that is slow, and not the client.
            waiting if waiting <= most * OWN_FAULT && !self.is_blocked() => Charge::Behind,
            waiting if waiting <= most => Charge::Taken,
            _ => Charge::TooMuch,
        }
    }

    /// Whether the network takes no more, or nobody polls.
    pub(in crate::gateway) fn block(&self, blocked: bool) {
        self.blocked.store(blocked, Relaxed);
    }

    pub(in crate::gateway) fn is_blocked(&self) -> bool {
        self.blocked.load(Relaxed) || self.is_upgrading()
    }

    /// So much of what was handed over has left. The caller calls [`progressed`](Self::progressed) as well.
    pub(in crate::gateway) fn left(&self, bytes: usize, packets: usize) {
        if packets == 0 {
            return;
        }
        let cost = cost(bytes, packets);
        let after = self.queued.fetch_sub(cost, SeqCst) - cost;
        if after < 0 {
            // Something left before it was counted.
            self.queued.fetch_max(0, SeqCst);
        }
        // Whoever waits came when there was no room.
        if after < ANSWERS && after + cost >= ANSWERS {
            self.room.notify_waiters();
        }
    }

    /// Bytes were written, whatever they are. [`is_stalled`](Self::is_stalled) reads the clock, once a second, because
    /// this is called with every packet.
    pub(in crate::gateway) fn progressed(&self) {
        self.progressed.store(true, Relaxed);
    }

    /// Bytes that wait, with what packets count for besides.
    pub(in crate::gateway) fn queued_bytes(&self) -> u64 {
        u64::try_from(self.queued.load(Relaxed)).unwrap_or(0)
    }

    /// Whether nothing waits.
    pub(in crate::gateway) fn is_drained(&self) -> bool {
        self.queued.load(SeqCst) <= 0
    }

    /// Whether something is about to be written to a client that reads.
    pub(in crate::gateway) fn is_going_out(&self) -> bool {
        !self.is_drained() && !self.is_blocked()
    }

    /// Whether something waits for a client that has read nothing for long. To be asked again and again: what has
    /// progressed since it was last asked has done so now.
    pub(in crate::gateway) fn is_stalled(&self) -> bool {
        let now = self.started.elapsed();
        if self.progressed.swap(false, Relaxed) {
            self.progress.store(u64::try_from(now.as_millis()).unwrap_or(u64::MAX), Relaxed);
        }
        let since = Duration::from_millis(self.progress.load(Relaxed));
        !self.is_drained() && now.saturating_sub(since) >= STALLED
    }

    /// Waits until there is room for an answer, or nobody to be answered.
    pub(in crate::gateway) async fn room(&self) {
        if !self.has_room_for(0) {
            wait(&self.room, || self.has_room_for(0) || !self.is_used() || self.is_cut()).await;
        }
    }

    /// Whether there is room for answers of so many bytes, and for one more.
    pub(in crate::gateway) fn has_room_for(&self, bytes: usize) -> bool {
        self.queued.load(SeqCst).saturating_add(cost(bytes, 0)) < ANSWERS
    }
}

fn cost(bytes: usize, packets: usize) -> i64 {
    i64::try_from(bytes + packets * PACKET).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const HALF: usize = limits::OUTGOING_BYTES / 2;

    fn blocked() -> Arc<Transport> {
        let transport = Transport::new();
        transport.block(true);
        transport
    }

    #[test]
    fn a_packet_too_many_is_told_and_a_large_one_passes_alone() {
        let transport = blocked();
        assert_eq!(transport.charge(10 * HALF), Charge::Taken);
        assert_eq!(transport.charge(1), Charge::TooMuch);
        transport.left(10 * HALF, 1);
        transport.left(1, 1);
        assert!(transport.is_drained());
        assert_eq!(transport.charge(HALF / 2), Charge::Taken);
        assert_eq!(transport.charge(HALF), Charge::Taken);
        assert_eq!(transport.charge(HALF), Charge::TooMuch);
    }

    #[test]
    fn a_socket_gets_a_turn_to_write_unless_it_could_not() {
        let charges = |transport: &Transport| [(); 50].map(|()| transport.charge(1_000));
        assert_eq!(charges(&blocked()), [Charge::Taken; 50]);
        let charges = charges(&Transport::new());
        assert_eq!(charges.iter().position(|charge| *charge == Charge::Behind), Some(28), "after 32 KB");
    }

    #[test]
    fn many_small_packets_are_too_many_before_their_queue_is_full() {
        for transport in [blocked(), Transport::new()] {
            let taken = (0..).take_while(|_| transport.charge(1) != Charge::TooMuch).count();
            assert!(taken > 1_000 && taken <= MOST_PACKETS, "{taken}");
            assert!(taken < crate::gateway::OUTGOING, "{taken}");
        }
    }

    #[test]
    fn until_an_upgrade_is_finished_nothing_is_about_to_be_written() {
        let transport = Transport::new();
        transport.wired();
        transport.charge(1);
        assert!(transport.is_blocked() && !transport.is_going_out());
        while transport.charge(1_000) != Charge::TooMuch {}
        assert!(transport.queued_bytes() < 2 * limits::OUTGOING_BYTES as u64);
        transport.upgraded();
        assert!(!transport.is_blocked() && transport.is_going_out());
    }

    #[test]
    fn a_client_is_not_given_up_because_the_server_is_slow() {
        let transport = Transport::new();
        let taken = (0..).take_while(|_| transport.charge(1_000) != Charge::TooMuch).count();
        assert!(taken > 1_500 && taken < 2_000, "{taken}");
    }

    #[tokio::test]
    async fn answers_wait_for_room_and_the_end_releases_them() {
        use futures::FutureExt;

        let transport = Transport::new();
        transport.charge(HALF);
        assert!(transport.room().now_or_never().is_none());
        transport.left(HALF, 1);
        transport.room().await;
        let cut = |transport: &Transport| {
            transport.cut();
        };
        for release in [|transport: &Transport| transport.left(1, 1), cut] {
            transport.charge(HALF);
            let waiting = transport.clone();
            let waiting = tokio::spawn(async move { waiting.room().await });
            tokio::task::yield_now().await;
            release(&transport);
            waiting.await.unwrap();
        }
    }
}
