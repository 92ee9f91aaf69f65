//! A connection's way to its client: how much waits on it, whether it is read, and how it ends.
//!
//! socketioxide limits what waits for a slow client by a number of packets, silently drops what is beyond it,
//! and cannot close a connection whose writer waits for the network. So the gateway counts itself. It knows
//! what it hands over ([`Transport::charge`]). What has left is counted by [`Wire`](super::wire::Wire) for a
//! WebSocket and by [`Engine`](super::engine::Engine) for polling.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed, Ordering::SeqCst},
    },
    task::Waker,
    time::{Duration, Instant},
};

use futures::task::AtomicWaker;
use protocol::limits;
use tokio::sync::Notify;

use super::on_drop::OnDrop;

/// The event that is handed to engineioxide in the place of a long packet, and the packet that it becomes.
///
/// A WebSocket keeps a buffer as large as the largest packet that it ever wrote: a list of ten thousand
/// people would cost a connection 400 KB for as long as it lives. So a long packet does not go through that
/// buffer. It waits beside it, shared by all who receive it, and is written when its placeholder's turn
/// comes. No event of a catalogue has this name, which is the control character for "substitute".
pub(super) const PLACEHOLDER_EVENT: &str = "\u{1a}";
pub(super) const PLACEHOLDER: &str = r#"42["\u001a",0]"#;
/// A packet of at least so many bytes is long.
pub(super) const LONG: usize = 16 * 1024;

/// What a packet counts for besides its bytes, so that many small packets reach the limit before
/// socketioxide's queue is full.
const PACKET: usize = 160;
/// Answers are sent while less than this waits. The rest is left for what others say.
const ANSWERS: i64 = limits::OUTGOING_BYTES as i64 / 2;
/// The limit is multiplied by this for a client that would read, if the machine is so busy that the server
/// does not get to write.
const OWN_FAULT: i64 = 4;
/// For how long a client may read nothing while something waits for it.
pub(super) const STALLED: Duration = Duration::from_secs(30);
/// The first ping of engineioxide comes earlier than this.
const AT_ONCE: Duration = Duration::from_secs(5);

pub(super) struct Transport {
    started: Instant,
    /// What was handed over and has not left, in bytes and [`PACKET`]s.
    queued: AtomicI64,
    /// The network takes no more, or nobody polls.
    blocked: AtomicBool,
    /// When something last left or began to wait, in milliseconds after `started`.
    progress: AtomicU64,
    /// Long packets that wait, each for its turn in the place of a [`PLACEHOLDER`].
    shared: Mutex<VecDeque<Arc<str>>>,
    /// Notified when there is room for answers, or when the connection ends.
    room: Notify,
    /// Enough events wait to be carried out: nothing more is read.
    full: AtomicBool,
    emptied: Notify,
    /// An [`Ending`].
    ending: AtomicU8,
    /// An [`Upgrade`].
    upgrade: AtomicU8,
    upgraded: Notify,
    /// The first ping was removed.
    pinged: AtomicBool,
    /// Somebody is connected over it.
    used: AtomicBool,
    /// A POST is being read; a second one would overtake it.
    pub(super) posting: AtomicBool,
    reader: AtomicWaker,
    writer: AtomicWaker,
    /// Takes it off the list in which requests find a polling session.
    gone: OnceLock<OnDrop>,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charge {
    Taken,
    /// It is taken, but the sockets should get a turn to write.
    Behind,
    /// More waits than is allowed.
    TooMuch,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Open,
    /// To be closed when everything that waits is written.
    Leaving,
    /// The closing is under way.
    Left,
    /// Nothing more is read or written.
    Cut,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Upgrade {
    /// Polling, as far as we know.
    None,
    /// There is a WebSocket, and perhaps polling still.
    Wire,
    /// A WebSocket and nothing else.
    Done,
}

impl Transport {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            started: Instant::now(),
            queued: AtomicI64::new(0),
            blocked: AtomicBool::new(false),
            progress: AtomicU64::new(0),
            shared: Mutex::default(),
            room: Notify::new(),
            full: AtomicBool::new(false),
            emptied: Notify::new(),
            ending: AtomicU8::new(Ending::Open as u8),
            upgrade: AtomicU8::new(Upgrade::None as u8),
            upgraded: Notify::new(),
            pinged: AtomicBool::new(false),
            used: AtomicBool::new(true),
            posting: AtomicBool::new(false),
            reader: AtomicWaker::new(),
            writer: AtomicWaker::new(),
            gone: OnceLock::new(),
        })
    }

    /// Keeps a packet that is written in the place of its [`PLACEHOLDER`].
    pub(super) fn share(&self, packet: Arc<str>) {
        self.shared().push_back(packet);
    }

    pub(super) fn next_shared(&self) -> Option<Arc<str>> {
        self.shared().pop_front()
    }

    pub(super) fn has_shared(&self) -> bool {
        !self.shared().is_empty()
    }

    fn shared(&self) -> MutexGuard<'_, VecDeque<Arc<str>>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a packet that is about to be handed over. A large one is taken when nothing else waits.
    pub(super) fn charge(&self, bytes: usize) -> Charge {
        let cost = cost(bytes, 1);
        let before = self.queued.fetch_add(cost, SeqCst);
        if before <= 0 {
            self.progressed();
            return Charge::Taken;
        }
        let most = limits::OUTGOING_BYTES as i64;
        match before + cost {
            waiting if waiting <= most / 2 => Charge::Taken,
            waiting if waiting <= most => Charge::Behind,
            // It is the server that is slow, and not the client.
            waiting if waiting <= most * OWN_FAULT && !self.blocked.load(Relaxed) => Charge::Behind,
            _ => Charge::TooMuch,
        }
    }

    /// Whether the network takes no more, or nobody polls.
    pub(super) fn block(&self, blocked: bool) {
        self.blocked.store(blocked, Relaxed);
    }

    /// So much of what was handed over has left. The caller calls [`progressed`](Self::progressed) as well.
    pub(super) fn left(&self, bytes: usize, packets: usize) {
        if packets == 0 {
            return;
        }
        let cost = cost(bytes, packets);
        let after = self.queued.fetch_sub(cost, SeqCst) - cost;
        if after < 0 {
            // Something left before it was counted.
            self.queued.fetch_max(0, SeqCst);
        }
        if after < ANSWERS {
            self.room.notify_waiters();
        }
    }

    /// Bytes were written, whatever they are.
    pub(super) fn progressed(&self) {
        let now = self.started.elapsed().as_millis();
        self.progress.store(u64::try_from(now).unwrap_or(u64::MAX), Relaxed);
    }

    /// Whether nothing waits.
    pub(super) fn is_drained(&self) -> bool {
        self.queued.load(SeqCst) <= 0
    }

    /// Whether something is about to be written to a client that reads.
    pub(super) fn is_going_out(&self) -> bool {
        !self.is_drained() && !self.blocked.load(Relaxed)
    }

    /// Whether something waits for a client that has read nothing for long.
    pub(super) fn is_stalled(&self) -> bool {
        let since = Duration::from_millis(self.progress.load(Relaxed));
        !self.is_drained() && self.started.elapsed().saturating_sub(since) >= STALLED
    }

    /// Waits until there is room for an answer, or nobody to be answered.
    pub(super) async fn room(&self) {
        wait(&self.room, || self.queued.load(SeqCst) < ANSWERS || !self.is_used() || self.is_cut()).await;
    }

    /// Reads no more until [`empty`](Self::empty).
    pub(super) fn full(&self) {
        self.full.store(true, SeqCst);
    }

    pub(super) fn empty(&self) {
        if self.full.swap(false, SeqCst) {
            self.emptied.notify_waiters();
            self.reader.wake();
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.full.load(SeqCst)
    }

    /// Waits until what is read can be taken.
    pub(super) async fn emptied(&self) {
        wait(&self.emptied, || !self.is_full() || self.is_cut()).await;
    }

    /// Asks for the connection to be closed when everything is written.
    pub(super) fn leave(&self) {
        self.ending.fetch_max(Ending::Leaving as u8, SeqCst);
        self.reader.wake();
    }

    /// Closes the connection now, whatever waits. Returns whether it was not closed before.
    pub(super) fn cut(&self) -> bool {
        let before = self.ending.swap(Ending::Cut as u8, SeqCst);
        self.reader.wake();
        self.writer.wake();
        self.room.notify_waiters();
        self.emptied.notify_waiters();
        before != Ending::Cut as u8
    }

    /// Sets whether somebody is connected over it.
    pub(super) fn used(&self, used: bool) {
        self.used.store(used, SeqCst);
        self.room.notify_waiters();
        if !used {
            self.empty();
        }
    }

    pub(super) fn is_used(&self) -> bool {
        self.used.load(SeqCst)
    }

    /// Whether the connection is to be closed. True only once.
    pub(super) fn take_leave(&self) -> bool {
        let (leaving, left) = (Ending::Leaving as u8, Ending::Left as u8);
        self.ending.load(Relaxed) == leaving
            && self.ending.compare_exchange(leaving, left, SeqCst, SeqCst).is_ok()
    }

    pub(super) fn is_cut(&self) -> bool {
        self.ending.load(SeqCst) == Ending::Cut as u8
    }

    /// There is a WebSocket now. Returns whether it is the first.
    pub(super) fn wired(&self) -> bool {
        let (none, wire) = (Upgrade::None as u8, Upgrade::Wire as u8);
        self.upgrade.compare_exchange(none, wire, SeqCst, SeqCst).is_ok()
    }

    pub(super) fn is_wired(&self) -> bool {
        self.upgrade.load(SeqCst) >= Upgrade::Wire as u8
    }

    /// The client has sent its last packet over polling.
    pub(super) fn upgraded(&self) {
        self.upgrade.store(Upgrade::Done as u8, SeqCst);
        self.upgraded.notify_waiters();
    }

    pub(super) fn is_upgraded(&self) -> bool {
        self.upgrade.load(SeqCst) == Upgrade::Done as u8
    }

    /// Waits until it is upgraded.
    pub(super) async fn upgrade(&self) {
        wait(&self.upgraded, || self.is_upgraded()).await;
    }

    /// Whether this ping is the one that engineioxide sends at the beginning, although the protocol wants the
    /// first one after an interval. It is removed once, and answered in the client's place.
    pub(super) fn is_first_ping(&self) -> bool {
        !self.pinged.swap(true, Relaxed) && self.started.elapsed() < AT_ONCE
    }

    pub(super) fn may_be_first_ping(&self) -> bool {
        !self.pinged.load(Relaxed)
    }

    /// Registers the reader, which is woken when it may read again or has to end.
    pub(super) fn reads(&self, waker: &Waker) {
        self.reader.register(waker);
    }

    pub(super) fn wake_reader(&self) {
        self.reader.wake();
    }

    pub(super) fn writes(&self, waker: &Waker) {
        self.writer.register(waker);
    }

    /// Says what is to be done when nobody holds it any more.
    pub(super) fn when_gone(&self, call: OnDrop) {
        self.gone.set(call).ok();
    }
}

fn cost(bytes: usize, packets: usize) -> i64 {
    i64::try_from(bytes + packets * PACKET).unwrap_or(i64::MAX)
}

async fn wait(notify: &Notify, done: impl Fn() -> bool) {
    loop {
        let mut told = pin!(notify.notified());
        told.as_mut().enable();
        if done() {
            return;
        }
        told.await;
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(transport.charge(HALF), Charge::Behind);
        assert_eq!(transport.charge(HALF), Charge::TooMuch);
    }

    #[test]
    fn many_small_packets_are_too_many_before_their_queue_is_full() {
        let transport = blocked();
        let taken = (0..).take_while(|_| transport.charge(1) != Charge::TooMuch).count();
        assert!(taken > 1_000 && taken < super::super::OUTGOING, "{taken}");
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
        transport.charge(HALF);
        let waiting = transport.clone();
        let waiting = tokio::spawn(async move { waiting.room().await });
        tokio::task::yield_now().await;
        transport.cut();
        waiting.await.unwrap();
    }
}
