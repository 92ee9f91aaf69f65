//! One socket's events, in the order in which they arrived.
//!
//! The queue has at most one worker at a time, which is started by the first event and ends with
//! the last, so that an idle socket costs no task.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    most: Amount,
}

struct State<T> {
    waiting: VecDeque<(T, usize)>,
    bytes: usize,
    /// A worker runs, or will run when the socket is connected.
    worked: bool,
}

/// How much waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) items: usize,
    pub(super) bytes: usize,
}

/// What follows from an item that was pushed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pushed {
    /// No worker runs: the caller has to work through the queue.
    pub(super) first: bool,
    /// Enough waits: nothing more should be pushed until [`Queue::has_room`].
    pub(super) full: bool,
}

impl<T> Queue<T> {
    /// A queue in which everything waits until its first worker is started.
    pub(super) fn held(most: Amount) -> Self {
        Self { state: Mutex::new(State { waiting: VecDeque::new(), bytes: 0, worked: true }), most }
    }

    pub(super) fn push(&self, item: T, bytes: usize) -> Pushed {
        let mut state = self.lock();
        state.waiting.push_back((item, bytes));
        state.bytes += bytes;
        let full = state.waiting.len() >= self.most.items || state.bytes >= self.most.bytes;
        Pushed { first: !std::mem::replace(&mut state.worked, true), full }
    }

    /// The worker's next item.
    pub(super) fn pop(&self) -> Option<T> {
        let mut state = self.lock();
        let (item, bytes) = state.waiting.pop_front()?;
        state.bytes -= bytes;
        Some(item)
    }

    /// Whether the queue is at most half full, so that more may come.
    pub(super) fn has_room(&self) -> bool {
        let state = self.lock();
        state.waiting.len() <= self.most.items / 2 && state.bytes <= self.most.bytes / 2
    }

    /// Bytes that wait.
    pub(super) fn bytes(&self) -> u64 {
        self.lock().bytes as u64
    }

    /// Forgets what waits.
    pub(super) fn clear(&self) {
        let mut state = self.lock();
        state.bytes = 0;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        drop(waiting);
    }

    /// Whether nothing waits. Then the worker must stop.
    pub(super) fn rest(&self) -> bool {
        let mut state = self.lock();
        let nothing = state.waiting.is_empty();
        if nothing {
            state.worked = false;
            state.waiting = VecDeque::new();
        }
        nothing
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Amount = Amount { items: 4, bytes: 100 };

    fn pushed(first: bool, full: bool) -> Pushed {
        Pushed { first, full }
    }

    #[test]
    fn items_wait_until_the_first_worker_comes_and_keep_their_order() {
        let queue = Queue::held(MOST);
        assert_eq!(queue.push(1, 1), pushed(false, false));
        assert_eq!(queue.push(2, 1), pushed(false, false));
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some(1), Some(2), None]);
    }

    #[test]
    fn there_is_one_worker_at_a_time() {
        let queue = Queue::held(MOST);
        assert!(queue.rest());
        assert_eq!(queue.push(1, 1), pushed(true, false));
        assert_eq!(queue.push(2, 1), pushed(false, false));
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some(1), Some(2), None]);
        assert_eq!(queue.push(3, 1), pushed(false, false));
        assert!(!queue.rest());
        assert_eq!(queue.pop(), Some(3));
        assert!(queue.rest());
        assert_eq!(queue.push(4, 1), pushed(true, false));
    }

    #[test]
    fn a_queue_is_full_of_items_or_of_bytes_and_has_room_when_half_of_them_are_gone() {
        let queue = Queue::held(MOST);
        assert!((0..4).map(|item| queue.push(item, 1).full).eq([false, false, false, true]));
        queue.pop();
        assert!(!queue.has_room());
        queue.pop();
        assert!(queue.has_room());
        assert!(queue.push(0, 98).full);
        queue.clear();
        assert!(queue.has_room() && queue.pop().is_none());
    }
}
