//! One namespace: whether we are in, what waits for it, and who waits for an answer.

use std::collections::VecDeque;

use super::{Name, Payload};
use crate::{
    connection::{AckId, Answer, Event, OVERHEAD, Output, Received},
    engine::{Time, earlier},
    reason::CallFailure,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nobody wants to be in.
    Left,
    /// To be joined as soon as there is a connection.
    Wanted,
    /// The driver was asked for auth.
    Asked,
    /// CONNECT was sent.
    Joining,
    Joined,
}

/// An event to be sent.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) name: Name,
    pub(super) payload: Payload,
    pub(super) call: Option<u64>,
}

#[derive(Debug)]
struct Pending<A> {
    call: u64,
    asker: A,
    deadline: Time,
    /// It went out on the present connection.
    sent: bool,
}

/// What the server sent before it let us in.
#[derive(Debug, Default)]
pub(super) struct Early {
    pub(super) events: Vec<Event>,
    bytes: usize,
}

impl Early {
    /// `false` if these were more bytes than may wait.
    #[must_use]
    pub(super) fn push(&mut self, event: Received, ack: Option<AckId>, max_bytes: usize) -> bool {
        self.bytes += event.bytes() + OVERHEAD;
        self.events.push(Event::Received { event, ack });
        self.bytes <= max_bytes
    }
}

#[derive(Debug)]
pub(super) struct Namespace<A> {
    pub(super) name: Name,
    pub(super) stage: Stage,
    /// Which of the program's joins the last one of this namespace was.
    pub(super) joined: u32,
    pub(super) buffer: Vec<Outgoing>,
    pub(super) early: Early,
    /// In the order of their numbers.
    calls: Vec<Pending<A>>,
    next_call: u64,
}

impl<A> Namespace<A> {
    pub(super) fn new(name: Name) -> Self {
        Self {
            name,
            stage: Stage::Left,
            joined: 0,
            buffer: Vec::new(),
            early: Early::default(),
            calls: Vec::new(),
            next_call: 0,
        }
    }

    /// How much memory what waits for the namespace takes.
    pub(super) fn buffered_bytes(&self) -> usize {
        self.buffer.iter().map(|outgoing| outgoing.payload.bytes()).sum()
    }

    /// Whether a call went out on the present connection and has no answer yet.
    pub(super) fn awaits_answer(&self) -> bool {
        self.calls.iter().any(|pending| pending.sent)
    }

    /// A new call; its number goes over the wire.
    pub(super) fn ask(&mut self, asker: A, deadline: Time) -> u64 {
        let call = self.next_call;
        self.next_call += 1;
        self.calls.push(Pending { call, asker, deadline, sent: false });
        call
    }

    pub(super) fn sent(&mut self, call: u64) {
        if let Some(index) = self.find(call) {
            self.calls[index].sent = true;
        }
    }

    /// An answer from the server. One that comes after its time-out, or twice, is dropped.
    pub(super) fn answered(&mut self, call: u64, answer: Answer, outputs: &mut VecDeque<Output<A>>) {
        if self.find(call).is_some_and(|index| self.calls[index].sent) {
            self.answer(call, answer, outputs);
        }
    }

    pub(super) fn answer(&mut self, call: u64, answer: Answer, outputs: &mut VecDeque<Output<A>>) {
        if let Some(index) = self.find(call) {
            let asker = self.calls.remove(index).asker;
            outputs.push_back(Output::Answer { asker, answer });
        }
    }

    /// Calls that went out have lost their answer; those that still wait go out later.
    pub(super) fn fail_sent(&mut self, outputs: &mut VecDeque<Output<A>>) {
        self.fail(CallFailure::Disconnected, Time::ZERO, outputs, |pending, _| pending.sent);
    }

    /// Forgets everything that waits; all calls fail.
    pub(super) fn fail_all(&mut self, outputs: &mut VecDeque<Output<A>>) {
        self.buffer.clear();
        self.fail(CallFailure::Disconnected, Time::ZERO, outputs, |_, _| true);
    }

    pub(super) fn fail_late(&mut self, now: Time, outputs: &mut VecDeque<Output<A>>) {
        self.fail(CallFailure::TimedOut, now, outputs, |pending, now| pending.deadline <= now);
    }

    /// Looking at every call is cheap: the browser has only a few in flight.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        self.calls.iter().fold(None, |first, pending| earlier(first, Some(pending.deadline)))
    }

    fn fail(
        &mut self,
        failure: CallFailure,
        now: Time,
        outputs: &mut VecDeque<Output<A>>,
        choose: fn(&Pending<A>, Time) -> bool,
    ) {
        let mut index = 0;
        while index < self.calls.len() {
            if choose(&self.calls[index], now) {
                let Pending { call, asker, .. } = self.calls.remove(index);
                self.buffer.retain(|waiting| waiting.call != Some(call));
                outputs.push_back(Output::Answer { asker, answer: Err(failure) });
            } else {
                index += 1;
            }
        }
    }

    fn find(&self, call: u64) -> Option<usize> {
        self.calls.binary_search_by_key(&call, |pending| pending.call).ok()
    }
}
