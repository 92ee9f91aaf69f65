//! Virtual time, and the tasks of one page in it.

use std::{
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::BinaryHeap,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use chat::runtime::LOOK_AGAIN;
use client::connection::Time;
use futures::future::LocalBoxFuture;

/// The time of a whole world, and who waits for it.
#[derive(Default)]
pub(super) struct Clock {
    now: Cell<Time>,
    /// While it is set, the looks of every minute do not come: browsers slow the clocks of pages
    /// that nobody sees.
    pub(super) slowed: Cell<bool>,
    count: Cell<u64>,
    sleepers: RefCell<BinaryHeap<Reverse<Sleeper>>>,
}

struct Sleeper {
    until: Time,
    order: u64,
    device: usize,
    waker: Waker,
}

impl PartialEq for Sleeper {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sleeper {}

impl PartialOrd for Sleeper {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sleeper {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.until, self.order).cmp(&(other.until, other.order))
    }
}

impl Clock {
    pub(super) fn now(&self) -> Time {
        self.now.get()
    }

    pub(super) fn advance(&self, to: Time) {
        assert!(to >= self.now.get(), "time goes back");
        self.now.set(to);
    }

    /// When somebody is to be woken next.
    pub(super) fn next(&self) -> Option<Time> {
        self.sleepers.borrow().peek().map(|Reverse(sleeper)| sleeper.until)
    }

    /// Wakes the task that waits for the next moment; returns which page it belongs to.
    pub(super) fn wake_next(&self) -> Option<usize> {
        let Reverse(sleeper) = self.sleepers.borrow_mut().pop()?;
        sleeper.waker.wake();
        Some(sleeper.device)
    }

    pub(super) fn sleep(
        self: &Rc<Self>,
        device: usize,
        duration: Duration,
    ) -> impl Future<Output = ()> + use<> {
        let until = self.now() + duration;
        Sleep { clock: self.clone(), device, until, is_look: duration == LOOK_AGAIN, waker: None }
    }
}

struct Sleep {
    clock: Rc<Clock>,
    device: usize,
    until: Time,
    is_look: bool,
    /// The task to wake, once it waits.
    waker: Option<Waker>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let now = self.clock.now();
        if self.until <= now {
            if !(self.is_look && self.clock.slowed.get()) {
                return Poll::Ready(());
            }
            self.until = now + Duration::from_secs(5);
            self.waker = None;
        }
        if self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            return Poll::Pending;
        }
        self.waker = Some(context.waker().clone());
        let order = self.clock.count.get();
        self.clock.count.set(order + 1);
        let sleeper =
            Sleeper { until: self.until, order, device: self.device, waker: context.waker().clone() };
        self.clock.sleepers.borrow_mut().push(Reverse(sleeper));
        Poll::Pending
    }
}

/// What runs in a page, one task after the other and in the same order each time.
#[derive(Default)]
pub(super) struct Tasks(Vec<Task>);

struct Task {
    future: LocalBoxFuture<'static, ()>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Tasks {
    pub(super) fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        self.0.push(Task { future: Box::pin(future), woken: Arc::new(Woken(AtomicBool::new(true))) });
    }

    /// Runs until everybody waits. Says whether there was anything to do.
    pub(super) fn run(&mut self) -> bool {
        let mut ran = false;
        loop {
            let mut quiet = true;
            self.0.retain_mut(|task| {
                if !task.woken.0.swap(false, Ordering::Relaxed) {
                    return true;
                }
                quiet = false;
                let waker = Waker::from(task.woken.clone());
                task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending()
            });
            if quiet {
                return ran;
            }
            ran = true;
        }
    }
}
