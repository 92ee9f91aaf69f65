//! Runs the connection and the tasks that listen to it. It does so as `spawn_local` does, but what
//! arrives from the network is handled at once, inside the event that brings it. A turn of the queue of
//! microtasks for each message, first for the driver and then for the listener, would cost more than
//! reading the message does (see docs/performance.md).

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake},
};

use futures::{
    FutureExt as _, StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered, task::AtomicWaker,
};
use wasm_bindgen_futures::spawn_local;

thread_local! {
    /// One for the page, as there is one queue of microtasks.
    static TASKS: Tasks = Tasks::default();
}

/// Runs a future in the page as `wasm_bindgen_futures::spawn_local` does. Use it for the task that
/// listens to [`Notices`](crate::Notices): it then hears what the server sent inside the event that
/// brings it, without another turn of the queue of microtasks.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    TASKS.with(|tasks| tasks.add(future.boxed_local()));
}

/// Does something that a task waits for, and then polls the tasks that were woken by it.
pub(super) fn tell(something: impl FnOnce()) {
    TASKS.with(|tasks| tasks.tell(something));
}

#[derive(Default)]
struct Tasks {
    running: RefCell<FuturesUnordered<LocalBoxFuture<'static, ()>>>,
    new: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
    /// Whether the tasks were put into the queue of microtasks.
    started: Cell<bool>,
    signal: Arc<Signal>,
}

/// Wakes the tasks by the queue of microtasks, unless they are polled at once anyway.
#[derive(Default)]
struct Signal {
    at_once: AtomicBool,
    /// A task was woken meanwhile.
    woken: AtomicBool,
    queued: AtomicWaker,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.at_once.load(Ordering::Relaxed) {
            self.woken.store(true, Ordering::Relaxed);
        } else {
            self.queued.wake();
        }
    }
}

impl Tasks {
    fn add(&self, task: LocalBoxFuture<'static, ()>) {
        self.new.borrow_mut().push(task);
        if self.started.replace(true) {
            self.signal.queued.wake();
        } else {
            spawn_local(poll_fn(|context| {
                TASKS.with(|tasks| {
                    tasks.signal.queued.register(context.waker());
                    tasks.tell(|| {});
                });
                Poll::Pending
            }));
        }
    }

    fn tell(&self, something: impl FnOnce()) {
        // Called by a task, it does not poll: the tasks that are woken have their turn after this one.
        if self.running.try_borrow_mut().is_err() {
            return something();
        }
        self.signal.at_once.store(true, Ordering::Relaxed);
        something();
        // What one task tells another is heard in the second round. There is no third one, because
        // tasks that wake each other again and again must not block the page.
        for _ in 0..2 {
            self.signal.woken.store(false, Ordering::Relaxed);
            self.poll();
            if !self.signal.woken.load(Ordering::Relaxed) {
                break;
            }
        }
        self.signal.at_once.store(false, Ordering::Relaxed);
        if self.signal.woken.swap(false, Ordering::Relaxed) {
            self.signal.queued.wake();
        }
    }

    fn poll(&self) {
        let Ok(mut running) = self.running.try_borrow_mut() else { return };
        let waker = self.signal.clone().into();
        let mut context = Context::from_waker(&waker);
        loop {
            running.extend(self.new.take());
            if !matches!(running.poll_next_unpin(&mut context), Poll::Ready(Some(()))) {
                break;
            }
        }
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use std::rc::Rc;

    use futures::channel::mpsc::unbounded;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    async fn pause() {
        gloo_timers::future::sleep(std::time::Duration::from_millis(5)).await;
    }

    #[wasm_bindgen_test]
    async fn what_is_told_is_handled_at_once_and_what_is_sent_otherwise_in_its_turn() {
        let (sender, mut receiver) = unbounded::<u32>();
        let (forward, mut forwarded) = unbounded::<u32>();
        let sum = Rc::new(Cell::new(0));
        // A task that listens to another task.
        spawn({
            let sum = sum.clone();
            async move {
                while let Some(number) = forwarded.next().await {
                    sum.set(sum.get() + number);
                }
                sum.set(sum.get() + 100);
            }
        });
        spawn(async move {
            while let Some(number) = receiver.next().await {
                forward.unbounded_send(number).unwrap();
            }
        });
        assert_eq!(sum.get(), 0);
        pause().await;
        sender.unbounded_send(2).unwrap();
        assert_eq!(sum.get(), 0);
        pause().await;
        assert_eq!(sum.get(), 2);
        for _ in 0..1_000 {
            tell(|| sender.unbounded_send(4).unwrap());
        }
        assert_eq!(sum.get(), 4_002);
        // Tasks may end while they are polled.
        tell(|| sender.close_channel());
        assert_eq!(sum.get(), 4_102);
    }

    #[wasm_bindgen_test]
    async fn what_a_task_tells_itself_or_spawns_is_handled_after_what_it_does() {
        let (sender, mut receiver) = unbounded::<u32>();
        let order = Rc::new(RefCell::new(Vec::new()));
        spawn({
            let (order, sender) = (order.clone(), sender.clone());
            async move {
                while let Some(number) = receiver.next().await {
                    if number == 1 {
                        tell(|| sender.unbounded_send(2).unwrap());
                        let order = order.clone();
                        spawn(async move { order.borrow_mut().push(3) });
                    }
                    order.borrow_mut().push(number);
                }
            }
        });
        pause().await;
        tell(|| sender.unbounded_send(1).unwrap());
        pause().await;
        let mut order = order.borrow().clone();
        assert_eq!(order.remove(0), 1);
        order.sort_unstable();
        assert_eq!(order, [2, 3]);
    }

    #[wasm_bindgen_test]
    async fn a_task_that_wakes_itself_again_and_again_leaves_the_page_its_time() {
        let turns = Rc::new(Cell::new(0));
        spawn({
            let turns = turns.clone();
            poll_fn(move |context| {
                turns.set(turns.get() + 1);
                context.waker().wake_by_ref();
                if turns.get() < 10_000 { Poll::Pending } else { Poll::Ready(()) }
            })
        });
        pause().await;
        tell(|| {});
        pause().await;
        assert_eq!(turns.get(), 10_000);
    }
}
