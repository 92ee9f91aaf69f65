//! Runs a connection in the page: in the queue of tasks as any other future, except that what the
//! network says is handled at once, inside the event that brings it. A turn of the queue for each
//! message would cost more than reading the message does (see docs/performance.md).

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::Pin,
    rc::{Rc, Weak},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures::task::AtomicWaker;
use wasm_bindgen_futures::spawn_local;

/// Where a connection runs; empty before it does and after it has ended.
#[derive(Clone, Default)]
pub(super) struct Task(Rc<RefCell<Weak<Running>>>);

struct Running {
    /// `None` when it has ended.
    future: RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>,
    signal: Arc<Signal>,
    waker: Waker,
}

/// Wakes the task in the queue, unless it is about to be polled in any case.
#[derive(Default)]
struct Signal {
    at_once: AtomicBool,
    queued: AtomicWaker,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.at_once.load(Ordering::Relaxed) {
            self.queued.wake();
        }
    }
}

impl Task {
    /// Runs it until it ends.
    pub(super) fn run(&self, future: impl Future<Output = ()> + 'static) {
        let signal = Arc::new(Signal::default());
        let running = Rc::new(Running {
            future: RefCell::new(Some(Box::pin(future))),
            waker: signal.clone().into(),
            signal,
        });
        *self.0.borrow_mut() = Rc::downgrade(&running);
        let task = self.clone();
        spawn_local(async move {
            poll_fn(|context| {
                running.signal.queued.register(context.waker());
                running.poll()
            })
            .await;
            *task.0.borrow_mut() = Weak::new();
        });
    }

    /// Does something that the task waits for, and then what follows from it.
    pub(super) fn tell(&self, something: impl FnOnce()) {
        let running = self.0.borrow().upgrade();
        let Some(running) = running else { return something() };
        running.signal.at_once.store(true, Ordering::Relaxed);
        something();
        running.signal.at_once.store(false, Ordering::Relaxed);
        if running.poll().is_ready() {
            running.signal.queued.wake();
        }
    }
}

impl Running {
    fn poll(&self) -> Poll<()> {
        let Ok(mut slot) = self.future.try_borrow_mut() else {
            // It is being polled, further up; then it is to be polled once more.
            self.signal.queued.wake();
            return Poll::Pending;
        };
        let Some(future) = slot.as_mut() else { return Poll::Ready(()) };
        let polled = future.as_mut().poll(&mut Context::from_waker(&self.waker));
        if polled.is_ready() {
            *slot = None;
        }
        polled
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use std::cell::Cell;

    use futures::{StreamExt as _, channel::mpsc::unbounded};
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    async fn pause() {
        gloo_timers::future::sleep(std::time::Duration::from_millis(5)).await;
    }

    #[wasm_bindgen_test]
    async fn what_is_told_is_handled_at_once_and_what_is_sent_otherwise_in_its_turn() {
        let (sender, mut receiver) = unbounded::<u32>();
        let sum = Rc::new(Cell::new(0));
        let task = Task::default();
        task.run({
            let sum = sum.clone();
            async move {
                while let Some(number) = receiver.next().await {
                    sum.set(sum.get() + number);
                }
                sum.set(sum.get() + 100);
            }
        });
        // Before it was ever polled it has nothing to wait for, and is polled now.
        task.tell(|| sender.unbounded_send(1).unwrap());
        assert_eq!(sum.get(), 1);
        sender.unbounded_send(2).unwrap();
        assert_eq!(sum.get(), 1);
        pause().await;
        assert_eq!(sum.get(), 3);
        for _ in 0..3 {
            task.tell(|| sender.unbounded_send(4).unwrap());
        }
        assert_eq!(sum.get(), 15);
        // It may end inside, and then nothing is told any more.
        task.tell(|| sender.close_channel());
        assert_eq!(sum.get(), 115);
        pause().await;
        assert!(task.0.borrow().upgrade().is_none());
        task.tell(|| sum.set(0));
        assert_eq!(sum.get(), 0);
    }

    #[wasm_bindgen_test]
    async fn what_a_task_tells_itself_is_handled_after_what_it_does() {
        let (sender, mut receiver) = unbounded::<u32>();
        let order = Rc::new(RefCell::new(Vec::new()));
        let task = Task::default();
        task.run({
            let (task, order, sender) = (task.clone(), order.clone(), sender.clone());
            async move {
                while let Some(number) = receiver.next().await {
                    if number == 1 {
                        task.tell(|| sender.unbounded_send(2).unwrap());
                    }
                    order.borrow_mut().push(number);
                }
            }
        });
        pause().await;
        task.tell(|| sender.unbounded_send(1).unwrap());
        pause().await;
        assert_eq!(*order.borrow(), [1, 2]);
    }
}
