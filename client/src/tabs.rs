//! Several tabs of one browser on one connection, without I/O.
//!
//! One tab *leads*: it holds the connection. The others *follow*: what their programs ask for goes
//! to the leader, and what the leader's connection says comes back to all. Who leads is decided
//! outside, by a lock that the browser gives to one tab at a time and takes back when the tab is
//! gone; [`Tab`] decides what follows from it.
//!
//! To its program every tab looks like a client of its own. When the leader goes, the programs of
//! the others are told that the connection is lost and what they asked for fails, as it does when
//! a connection breaks; then the next leader connects. So whatever survives a broken connection
//! survives a closed tab.

mod follower;
mod message;
mod output;

use std::{collections::VecDeque, mem::discriminant, time::Duration};

use crate::{
    connection::{Answer, CallFailure, Command, DisconnectReason, Event, Name, Time},
    packet::MAIN_NAMESPACE,
};

pub(crate) use message::{Body, FORM, LinkState, TabId, TabMessage};
pub(crate) use output::{Asker, Output};

/// How long a leader that should say something may be silent before another tab takes its place.
const LEADER_GRACE: Duration = Duration::from_secs(3);

/// How long after a try was due a leader without a connection is asked again whether it lives. A try
/// takes less.
const NEXT_REMINDER: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Takes no part: not started, left, or frozen.
    Away,
    /// Waits to hear who leads, or to lead.
    Seeking,
    Following(TabId),
    Leading,
}

/// A call that was handed to the leader.
#[derive(Debug)]
struct Asked<A> {
    call: u32,
    asker: A,
    deadline: Time,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Tab<A> {
    id: TabId,
    role: Role,
    /// The program wants a connection: it has not disconnected.
    wanted: bool,
    /// The highest term that was heard of; our own while we lead.
    term: u32,
    /// The state of the connection, as far as this tab has heard.
    link: Option<LinkState>,
    /// What was asked for while nobody leads; for calls also the time when they fail.
    waiting: Vec<(Option<Time>, Command<A>)>,
    /// When something must have been heard from a leader.
    silence_ends: Option<Time>,
    asked: Vec<Asked<A>>,
    next_call: u32,
    /// No other tab was ever heard, so nothing needs to be posted.
    alone: bool,
    /// When to remind the leader of a connection that it should have tried to make by now: the browser
    /// slows the clocks of tabs that nobody looks at. A leader that does not answer hangs.
    remind_at: Option<Time>,
    outputs: VecDeque<Output<A>>,
}

impl<A> Tab<A> {
    pub(crate) fn new(id: TabId) -> Self {
        Self {
            id,
            role: Role::Away,
            wanted: true,
            term: 0,
            link: None,
            waiting: Vec::new(),
            silence_ends: None,
            asked: Vec::new(),
            next_call: 0,
            alone: true,
            remind_at: None,
            outputs: VecDeque::new(),
        }
    }

    pub(crate) fn leads(&self) -> bool {
        self.role == Role::Leading
    }

    /// Whether it is to hear and be heard by the others.
    pub(crate) fn takes_part(&self) -> bool {
        self.role != Role::Away
    }

    /// How many events wait until somebody leads, `None` where somebody does, and how many bytes they
    /// take.
    pub(crate) fn waiting(&self) -> (Option<usize>, usize) {
        let waits = matches!(self.role, Role::Away | Role::Seeking);
        let events = self.waiting.iter().filter(|(_, command)| command.is_event());
        let (count, bytes) =
            events.fold((0, 0), |(count, bytes), (_, command)| (count + 1, bytes + command.bytes()));
        (waits.then_some(count), bytes)
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output<A>> {
        self.outputs.pop_front()
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        let waiting = self.waiting.iter().filter_map(|(deadline, _)| *deadline);
        let asked = self.asked.iter().map(|asked| asked.deadline);
        waiting.chain(asked).chain(self.remind_at).chain(self.silence_ends).min()
    }

    /// The page is there, or back after [`Self::leave`]: the tab takes part if its program wants that.
    pub(crate) fn enter(&mut self, now: Time) {
        if self.role == Role::Away && self.wanted {
            self.seek(now);
        }
    }

    fn seek(&mut self, now: Time) {
        self.role = Role::Seeking;
        self.silence_ends = Some(now + LEADER_GRACE);
        self.post(None, Body::Hello);
        self.outputs.push_back(Output::Elect { by_force: false });
    }

    /// The tab takes no part any more, because it is being frozen.
    pub(crate) fn leave(&mut self) {
        if self.role != Role::Away {
            self.role = Role::Away;
            self.link = None;
            self.outputs.push_back(Output::Resign);
            self.forget_leader();
        }
    }

    /// The lock is ours.
    pub(crate) fn elected(&mut self, now: Time) {
        if !matches!(self.role, Role::Seeking | Role::Following(_)) {
            return;
        }
        self.lose_leader(now);
        self.role = Role::Leading;
        self.claim(self.term);
        self.outputs.push_back(Output::Start);
        for (_, command) in std::mem::take(&mut self.waiting) {
            self.command(now, command);
        }
    }

    /// The lock was taken from us: this tab was frozen or stuck, and another one leads.
    pub(crate) fn deposed(&mut self, now: Time) {
        if self.leads() {
            self.outputs.push_back(Output::Resign);
            self.lose_leader(now);
            self.seek(now);
        }
    }

    /// Our program wants something of the main namespace.
    pub(crate) fn command(&mut self, now: Time, command: Command<A>) {
        match (self.role, command) {
            (_, Command::Disconnect { .. }) => self.disconnect(),
            (Role::Leading, command) => self.forward(command.asked_by(Asker::Here)),
            (Role::Following(leader), command) => self.send(now, leader, command),
            (Role::Away, Command::Connect { .. }) => {
                self.wanted = true;
                self.enter(now);
            }
            (Role::Away | Role::Seeking, command) => self.keep(now, command),
        }
    }

    /// Keeps what our program wants until somebody leads. How much that may be is for the caller to
    /// say, who knows it by [`Self::waiting`].
    fn keep(&mut self, now: Time, command: Command<A>) {
        let deadline = match &command {
            // These are about a connection, or for this moment only, and there is none.
            Command::Probe { .. }
            | Command::Acknowledge { .. }
            | Command::Reject { .. }
            | Command::Refresh
            | Command::Emit { volatile: true, .. } => return,
            // Once is enough.
            Command::Connect { .. } | Command::Check
                if self.waiting.iter().any(|(_, other)| discriminant(other) == discriminant(&command)) =>
            {
                return;
            }
            Command::Call { timeout, .. } => Some(now.saturating_add(*timeout)),
            _ => None,
        };
        self.waiting.push((deadline, command));
    }

    /// Our program is done, until it connects again.
    fn disconnect(&mut self) {
        self.leave();
        for (_, command) in std::mem::take(&mut self.waiting) {
            if let Command::Call { asker, .. } = command {
                self.outputs.push_back(Output::Answer(asker, Err(CallFailure::Disconnected)));
            }
        }
        if std::mem::replace(&mut self.wanted, false) {
            self.notify(Event::Disconnected { reason: DisconnectReason::Client, retry_at: None });
        }
    }

    /// Another tab says something.
    pub(crate) fn receive(&mut self, now: Time, message: TabMessage) {
        let TabMessage { from, to, body } = message;
        if self.role == Role::Away {
            return;
        }
        self.alone = false;
        if self.role == Role::Following(from) {
            self.silence_ends = None;
        }
        if to.is_some_and(|to| to != self.id) {
            return;
        }
        match body {
            Body::Hello if self.leads() => self.introduce(Some(from)),
            // We have the lock, so the other one has not learned yet that it is deposed.
            Body::Leads { term, .. } if self.leads() && term >= self.term => self.claim(term),
            Body::Leads { term, link } if !self.leads() => {
                self.follow(now, from, term, to.is_some());
                if self.role == Role::Following(from) {
                    self.hear_already(now, link);
                }
            }
            // Terms end somewhere: two leaders at their end must not answer each other for ever.
            Body::Behind { term } if self.leads() && term >= self.term && term < u32::MAX => {
                self.claim(term);
            }
            Body::Received { event } if self.role == Role::Following(from) => {
                // The tab that has the connection acks for all.
                self.notify(Event::Received { event, ack: None });
            }
            Body::State(state) if self.role == Role::Following(from) => {
                self.hear(now, state, false);
            }
            Body::Answered { call, payload } => self.answer(call, Ok(payload)),
            Body::Failed { call, failure } => self.answer(call, Err(failure)),
            Body::Connect if self.leads() => self.forward(Command::Connect { namespace: main() }),
            Body::Check if self.leads() => self.forward(Command::Check),
            Body::Probe { within } if self.leads() => {
                self.forward(Command::Probe { within: Duration::from_millis(within.into()) });
            }
            Body::Emit { name, payload, volatile } if self.leads() => {
                self.forward(Command::Emit { namespace: main(), name: name.into(), payload, volatile });
            }
            Body::Call { call, timeout, name, payload } if self.leads() => {
                self.forward(Command::Call {
                    namespace: main(),
                    name: name.into(),
                    payload,
                    timeout: Duration::from_millis(timeout.into()),
                    asker: Asker::There { tab: from, call },
                });
            }
            // Meant for another role than the one that we have by now.
            _ => {}
        }
    }

    /// Our connection says something.
    pub(crate) fn event(&mut self, now: Time, event: Event) {
        if !self.leads() {
            return;
        }
        let state = match &event {
            Event::Connected { id } => Some(LinkState::Connected { id: id.clone() }),
            Event::Disconnected { reason, retry_at } => Some(LinkState::Disconnected {
                reason: reason.clone(),
                retry_in: retry_at.map(|at| milliseconds(at.saturating_sub(now))),
            }),
            Event::Refused { message, data } => {
                let data = data.as_ref().map(|data| data.get().to_owned());
                Some(LinkState::Refused { message: message.clone(), data })
            }
            Event::Received { .. } | Event::Joined { .. } => None,
        };
        if state.is_some() {
            self.link.clone_from(&state);
        }
        if !self.alone {
            match (state, &event) {
                (Some(state), _) => self.post(None, Body::State(state)),
                (None, Event::Received { event, .. }) => {
                    self.post(None, Body::Received { event: event.clone() });
                }
                _ => {}
            }
        }
        self.notify(event);
    }

    /// Our connection has an answer for another tab.
    pub(crate) fn answered(&mut self, tab: TabId, call: u32, answer: Answer) {
        let body = match answer {
            Ok(payload) => Body::Answered { call, payload },
            Err(failure) => Body::Failed { call, failure },
        };
        self.post(Some(tab), body);
    }

    /// Some time passed; to be called when [`Self::next_timeout`] is reached.
    pub(crate) fn handle_timeout(&mut self, now: Time) {
        for (deadline, command) in std::mem::take(&mut self.waiting) {
            match command {
                Command::Call { asker, .. } if deadline.is_some_and(|at| at <= now) => self.time_out(asker),
                command => self.waiting.push((deadline, command)),
            }
        }
        let mut leader_is_silent = false;
        for asked in std::mem::take(&mut self.asked) {
            if asked.deadline <= now {
                // The leader's connection would have said so long before.
                leader_is_silent = true;
                self.time_out(asked.asker);
            } else {
                self.asked.push(asked);
            }
        }
        if self.silence_ends.is_some_and(|at| at <= now) {
            self.silence_ends = None;
            leader_is_silent = true;
        }
        if leader_is_silent && !self.leads() {
            self.outputs.push_back(Output::Elect { by_force: true });
        }
        if self.remind_at.is_some_and(|at| at <= now) {
            self.remind_at = None;
            if let Role::Following(leader) = self.role {
                self.urge(now, leader);
            }
        }
    }

    fn time_out(&mut self, asker: A) {
        self.outputs.push_back(Output::Answer(asker, Err(CallFailure::TimedOut)));
    }

    fn claim(&mut self, above: u32) {
        self.term = above.saturating_add(1);
        self.introduce(None);
    }

    fn introduce(&mut self, to: Option<TabId>) {
        self.post(to, Body::Leads { term: self.term, link: self.link.clone() });
    }

    fn notify(&mut self, event: Event) {
        self.outputs.push_back(Output::Notify(event));
    }

    fn forward(&mut self, command: Command<Asker<A>>) {
        self.outputs.push_back(Output::Forward(command));
    }

    fn post(&mut self, to: Option<TabId>, body: Body) {
        self.outputs.push_back(Output::Post(TabMessage { from: self.id, to, body }));
    }
}

/// The namespace that tabs share.
fn main() -> Name {
    MAIN_NAMESPACE.into()
}

fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
