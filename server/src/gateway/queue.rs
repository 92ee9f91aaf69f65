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
    capacity: usize,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// Somebody works, or will when the socket is connected.
    worked: bool,
}

/// What became of an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed<T> {
    /// Whoever pushed it has to work through the queue.
    First,
    /// The worker gets to it.
    Behind,
    Full(T),
}

impl<T> Queue<T> {
    /// A queue whose first worker is yet to come; until then everything waits.
    pub(super) fn held(capacity: usize) -> Self {
        Self { state: Mutex::new(State { waiting: VecDeque::new(), worked: true }), capacity }
    }

    pub(super) fn push(&self, item: T) -> Pushed<T> {
        let mut state = self.lock();
        if state.waiting.len() >= self.capacity {
            return Pushed::Full(item);
        }
        state.waiting.push_back(item);
        if std::mem::replace(&mut state.worked, true) { Pushed::Behind } else { Pushed::First }
    }

    /// The worker's next item.
    pub(super) fn pop(&self) -> Option<T> {
        self.lock().waiting.pop_front()
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

    #[test]
    fn items_wait_until_the_first_worker_comes_and_keep_their_order() {
        let queue = Queue::held(8);
        assert_eq!(queue.push(1), Pushed::Behind);
        assert_eq!(queue.push(2), Pushed::Behind);
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some(1), Some(2), None]);
    }

    #[test]
    fn there_is_one_worker_at_a_time() {
        let queue = Queue::held(8);
        assert!(queue.rest());
        assert_eq!(queue.push(1), Pushed::First);
        assert_eq!(queue.push(2), Pushed::Behind);
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some(1), Some(2), None]);
        assert_eq!(queue.push(3), Pushed::Behind);
        assert!(!queue.rest());
        assert_eq!(queue.pop(), Some(3));
        assert!(queue.rest());
        assert_eq!(queue.push(4), Pushed::First);
    }

    #[test]
    fn a_full_queue_gives_the_item_back() {
        let queue = Queue::held(2);
        queue.push(1);
        queue.push(2);
        assert_eq!(queue.push(3), Pushed::Full(3));
    }
}
