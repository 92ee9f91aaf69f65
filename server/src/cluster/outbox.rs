//! What this server has to tell the others, until Redis has it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::{
    news::{Frame, News},
    wait::until_there_is,
};
use crate::ids::NodeId;

/// Bytes that may wait. What comes then is not told; the others see by the numbers that they missed it.
const WAITING: usize = 16 * 1024 * 1024;
/// Bytes that go out together, and the most news.
const FRAME: usize = 256 * 1024;
const AT_ONCE: usize = 1_024;

pub(super) struct Outbox {
    me: NodeId,
    queue: Mutex<Queue>,
    /// Notified when something waits.
    filled: Notify,
}

struct Queue {
    lines: VecDeque<(u64, Vec<u8>)>,
    bytes: usize,
    /// The number of the next news.
    next: u64,
    dropped: u64,
    /// [`News::Bye`] was said, and nothing is said after that: the others would take this server for there again.
    is_over: bool,
    /// A frame is on its way.
    is_sending: bool,
    /// The number of the last [`News::Alive`] and when it was said.
    alive: Option<(u64, Instant)>,
}

impl Outbox {
    pub(super) fn new(me: NodeId) -> Self {
        let queue = Queue {
            lines: VecDeque::new(),
            bytes: 0,
            next: 1,
            dropped: 0,
            is_over: false,
            is_sending: false,
            alive: None,
        };
        Self { me, queue: Mutex::new(queue), filled: Notify::new() }
    }

    pub(super) fn push(&self, news: &News) {
        let line = match serde_json::to_vec(news) {
            Ok(line) => line,
            Err(error) => {
                tracing::error!(%error, "the other servers are not told something that could not be written");
                Vec::new()
            }
        };
        let mut queue = self.queue();
        if queue.is_over {
            return;
        }
        queue.is_over = matches!(news, News::Bye);
        let number = queue.next;
        queue.next += 1;
        if matches!(news, News::Alive) {
            queue.alive = Some((number, Instant::now()));
        }
        if line.is_empty() || queue.bytes + line.len() > WAITING {
            queue.dropped += 1;
            return;
        }
        queue.bytes += line.len();
        queue.lines.push_back((number, line));
        drop(queue);
        self.filled.notify_one();
    }

    /// Takes a number for what cannot be told.
    pub(super) fn leave_out(&self) {
        self.queue().next += 1;
    }

    /// The next frame, as soon as there is something to tell.
    pub(super) async fn next(&self) -> Vec<u8> {
        until_there_is(&self.filled, || self.take()).await
    }

    /// Consecutive news that go out together.
    fn take(&self) -> Option<Vec<u8>> {
        let mut queue = self.queue();
        let (first, _) = *queue.lines.front()?;
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while let Some((number, line)) = queue.lines.front()
            && *number == first + lines.len() as u64
            && lines.len() < AT_ONCE
            && (lines.is_empty() || bytes + line.len() <= FRAME)
        {
            bytes += line.len();
            lines.extend(queue.lines.pop_front().map(|(_, line)| line));
        }
        queue.bytes -= bytes;
        queue.is_sending = true;
        Some(Frame::write(self.me, first, &lines))
    }

    /// The last frame was sent, or is lost.
    pub(super) fn sent(&self) {
        self.queue().is_sending = false;
    }

    /// Whether everything was sent.
    pub(super) fn is_empty(&self) -> bool {
        let queue = self.queue();
        queue.lines.is_empty() && !queue.is_sending
    }

    /// How long ago this server said that it is there, if this is the frame in which it did so last.
    pub(super) fn said(&self, frame: &Frame<'_>) -> Option<Duration> {
        let (number, at) = self.queue().alive?;
        (frame.first..frame.first + frame.count).contains(&number).then(|| at.elapsed())
    }

    /// Bytes that wait, and how much news there was no room for.
    pub(super) fn load(&self) -> (usize, u64) {
        let queue = self.queue();
        (queue.bytes, queue.dropped)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use protocol::UserId;

    use super::*;

    fn numbers(frame: &[u8]) -> (u64, u64) {
        let frame = Frame::read(frame).unwrap();
        (frame.first, frame.count)
    }

    #[tokio::test]
    async fn what_waits_goes_out_together_and_in_order() {
        let outbox = Outbox::new(NodeId(1));
        outbox.push(&News::Alive);
        assert_eq!(numbers(&outbox.next().await), (1, 1));
        outbox.push(&News::Alive);
        outbox.push(&News::Bye);
        outbox.push(&News::Alive);
        assert_eq!(numbers(&outbox.next().await), (2, 2), "nothing is said after goodbye");
        assert_eq!(outbox.load(), (0, 0));
    }

    #[tokio::test]
    async fn a_frame_has_its_most_bytes_and_its_most_news() {
        let outbox = Outbox::new(NodeId(1));
        let many = News::Came(vec![UserId::from_bytes([1; 16]); 4_096]);
        (0..2).for_each(|_| outbox.push(&many));
        (0..AT_ONCE + 1).for_each(|_| outbox.push(&News::Alive));
        let rest = outbox.next().await;
        assert_eq!(numbers(&rest), (1, 1));
        assert!(rest.len() <= FRAME);
        assert_eq!(numbers(&outbox.next().await), (2, AT_ONCE as u64));
        assert_eq!(numbers(&outbox.next().await), (2 + AT_ONCE as u64, 2));
    }

    #[tokio::test]
    async fn what_there_is_no_room_for_leaves_a_hole_in_the_numbers() {
        let outbox = Outbox::new(NodeId(1));
        let many = News::Came(vec![UserId::from_bytes([1; 16]); 100_000]);
        let line = serde_json::to_vec(&many).unwrap().len();
        let fit = (WAITING / line) as u64;
        (0..fit + 2).for_each(|_| outbox.push(&many));
        outbox.push(&News::Alive);
        assert_eq!(outbox.load().1, 2);
        for number in 1..=fit {
            assert_eq!(numbers(&outbox.next().await), (number, 1));
        }
        assert_eq!(numbers(&outbox.next().await), (fit + 3, 1));
        outbox.leave_out();
        outbox.push(&News::Alive);
        assert_eq!(numbers(&outbox.next().await), (fit + 5, 1));
    }
}
