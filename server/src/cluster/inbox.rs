//! What the other servers said, until this one has looked at it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::wait::until_there_is;

/// Bytes that may wait. What comes then is dropped, and missed by its numbers.
const WAITING: usize = 32 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Inbox {
    queue: Mutex<Queue>,
    filled: Notify,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Inbox {
    pub(super) fn put(&self, frame: Vec<u8>) {
        let mut queue = self.queue();
        if queue.bytes + frame.len() <= WAITING {
            queue.bytes += frame.len();
            queue.frames.push_back(frame);
            drop(queue);
            self.filled.notify_one();
        }
    }

    pub(super) async fn next(&self) -> Vec<u8> {
        until_there_is(&self.filled, || self.take()).await
    }

    fn take(&self) -> Option<Vec<u8>> {
        let mut queue = self.queue();
        let frame = queue.frames.pop_front()?;
        queue.bytes -= frame.len();
        Some(frame)
    }

    /// Bytes that wait.
    pub(super) fn bytes(&self) -> usize {
        self.queue().bytes
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_has_a_limit_and_goes_on_when_there_is_room() {
        let inbox = Inbox::default();
        for number in 0..4 {
            inbox.put(vec![number; WAITING / 3]);
        }
        assert!(inbox.bytes() <= WAITING);
        for number in 0..3 {
            assert_eq!(inbox.next().await[0], number);
        }
        inbox.put(vec![9]);
        assert_eq!((inbox.next().await, inbox.bytes()), (vec![9], 0));
    }
}
