//! A connection's way to its client: how much waits on it, whether it is read, and how it ends.
//!
//! socketioxide limits what waits for a slow client by a number of packets, silently drops what is beyond it,
//! and cannot close a connection whose writer waits for the network. So the gateway counts itself. It knows
//! what it hands over ([`Transport::charge`]). What has left is counted by [`Wire`](super::wire::Wire) for a
//! WebSocket and by [`Engine`](super::engine::Engine) for polling.

mod load;

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{
            AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst,
        },
    },
    task::Waker,
    time::{Duration, Instant},
};

use futures::task::AtomicWaker;
use protocol::limits;
use tokio::sync::Notify;

use super::on_drop::OnDrop;

pub(super) use load::{Charge, MOST_PACKETS};

/// The event that is handed to engineioxide in the place of a long packet, and the packet that it becomes.
///
/// A WebSocket keeps a buffer as large as the largest packet that it ever wrote: a list of ten thousand
/// people would cost a connection 400 KB for as long as it lives. So a long packet does not go through that
/// buffer. It waits beside it, shared by all who receive it, and is written when its placeholder's turn
/// comes. No event of a catalogue has this name, which is the control character for "substitute".
pub(super) const PLACEHOLDER_EVENT: &str = "\u{1a}";
pub(super) const PLACEHOLDER: &str = r#"42["\u001a",0]"#;
/// A packet of at least so many bytes is long.
pub(super) const LONG: usize = 8 * 1024;

/// The first ping of engineioxide comes earlier than this.
const AT_ONCE: Duration = Duration::from_secs(5);

pub(super) struct Transport {
    started: Instant,
    /// What was handed over and has not left, in bytes and packets; see [`load`].
    queued: AtomicI64,
    /// The network takes no more, or nobody polls.
    blocked: AtomicBool,
    /// When something last left or began to wait, in milliseconds after `started`; and whether something did since
    /// that was noted.
    progress: AtomicU64,
    progressed: AtomicBool,
    /// Long packets that wait, each for its turn in the place of a [`PLACEHOLDER`]; and whether there are any.
    shared: Mutex<VecDeque<Arc<str>>>,
    has_shared: AtomicBool,
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
    /// How often its client asked to be let in since it last was.
    connects: AtomicU32,
    /// A POST is being read; a second one would overtake it.
    pub(super) posting: AtomicBool,
    reader: AtomicWaker,
    writer: AtomicWaker,
    /// Takes it off the list in which requests find a polling session.
    gone: OnceLock<OnDrop>,
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
    /// There is a WebSocket, and perhaps polling still. The WebSocket writes nothing until the client has finished the
    /// upgrade.
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
            progressed: AtomicBool::new(false),
            shared: Mutex::default(),
            has_shared: AtomicBool::new(false),
            room: Notify::new(),
            full: AtomicBool::new(false),
            emptied: Notify::new(),
            ending: AtomicU8::new(Ending::Open as u8),
            upgrade: AtomicU8::new(Upgrade::None as u8),
            upgraded: Notify::new(),
            pinged: AtomicBool::new(false),
            used: AtomicBool::new(true),
            connects: AtomicU32::new(0),
            posting: AtomicBool::new(false),
            reader: AtomicWaker::new(),
            writer: AtomicWaker::new(),
            gone: OnceLock::new(),
        })
    }

    /// Keeps a packet that is written in the place of its [`PLACEHOLDER`], which `emit` hands over. Meanwhile nobody else
    /// keeps one: placeholders have the order of their packets. `emit` waits for nothing.
    pub(super) fn share<T>(&self, packet: Arc<str>, emit: impl FnOnce() -> T) -> T {
        let mut shared = self.shared();
        shared.push_back(packet);
        self.has_shared.store(true, SeqCst);
        emit()
    }

    pub(super) fn next_shared(&self) -> Option<Arc<str>> {
        let mut shared = self.shared();
        let next = shared.pop_front();
        self.has_shared.store(!shared.is_empty(), SeqCst);
        next
    }

    pub(super) fn has_shared(&self) -> bool {
        self.has_shared.load(SeqCst)
    }

    fn shared(&self) -> MutexGuard<'_, VecDeque<Arc<str>>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// The client asks to be let in. False if it did so too often in vain.
    pub(super) fn asks_to_connect(&self) -> bool {
        self.connects.fetch_add(1, SeqCst) < limits::CONNECTS_A_CONNECTION
    }

    /// Its client was let in.
    pub(super) fn is_let_in(&self) {
        self.connects.store(0, SeqCst);
    }

    /// Its client may not ask once more.
    pub(super) fn has_asked_enough(&self) {
        self.connects.store(limits::CONNECTS_A_CONNECTION, SeqCst);
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

    /// There is a WebSocket and nothing else: the client began with it, or has sent its last packet over polling.
    pub(super) fn upgraded(&self) {
        self.upgrade.store(Upgrade::Done as u8, SeqCst);
        self.upgraded.notify_waiters();
    }

    pub(super) fn is_upgraded(&self) -> bool {
        self.upgrade.load(SeqCst) == Upgrade::Done as u8
    }

    /// Whether there is a WebSocket that writes nothing yet.
    pub(super) fn is_upgrading(&self) -> bool {
        self.upgrade.load(SeqCst) == Upgrade::Wire as u8
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
    use std::thread;

    use super::*;

    #[test]
    fn placeholders_have_the_order_of_their_packets() {
        let (transport, placeholders) = (Transport::new(), Mutex::new(Vec::new()));
        let emitted = |packet| placeholders.lock().unwrap().push(packet);
        thread::scope(|scope| {
            transport.share("answer".into(), || {
                scope.spawn(|| transport.share("message".into(), || emitted("message")));
                thread::sleep(Duration::from_millis(50));
                emitted("answer");
            });
        });
        let placeholders = placeholders.into_inner().unwrap();
        assert_eq!(placeholders.len(), 2);
        assert!(placeholders.iter().all(|packet| transport.next_shared().as_deref() == Some(packet)));
    }
}
