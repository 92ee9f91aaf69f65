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

use std::{collections::VecDeque, time::Duration};

use serde_json::value::RawValue;

use crate::connection::{CallFailure, DisconnectReason, Event, Time};

/// Names a tab for as long as it lives. Below 2⁵³, as every number that scripts exchange.
pub(crate) type TabId = u64;

/// How long a leader may say nothing, where it should have, before another tab takes its place.
const LEADER_GRACE: Duration = Duration::from_secs(3);

/// What tabs say to each other. Everybody hears everything.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Letter {
    pub(crate) from: TabId,
    /// Whom it is for; everybody, if nobody is named.
    pub(crate) to: Option<TabId>,
    pub(crate) body: Body,
}

/// What a letter says. Payloads are JSON as text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    /// A tab that is new, or back, asks who leads.
    Hello,
    /// The sender leads. Letters may arrive late: who leads with a higher term leads.
    Leads { term: u32 },
    /// To the leader: connect now.
    Connect,
    /// To the leader: an event that asks for no answer.
    Emit { name: String, payload: String },
    /// To the leader: an event whose answer goes back under this number, and the milliseconds
    /// that it may take.
    Call { call: u32, timeout: u32, name: String, payload: String },
    /// The answer.
    Answer { call: u32, result: Result<String, CallFailure> },
    /// The leader's connection received an event.
    Received { name: String, payload: String },
    /// How the leader's connection stands now; to a newcomer, how it stood already.
    Stands(Standing),
}

/// How a connection stands, as far as one has heard.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    Connected,
    /// With the milliseconds until the next try.
    Disconnected {
        reason: DisconnectReason,
        retry_in: Option<u32>,
    },
    Refused {
        message: String,
    },
}

/// What a program asks of its tab. `A` is whoever waits for the answer.
#[derive(Debug)]
pub(crate) enum Wish<A> {
    Connect,
    Emit { name: String, payload: Box<RawValue> },
    Call { name: String, payload: Box<RawValue>, timeout: Duration, asker: A },
}

/// Who asked the leader's connection for something.
#[derive(Debug, PartialEq)]
pub(crate) enum Asker<A> {
    /// This tab's own program.
    Here(A),
    /// Another tab: [`Tab::answered`] sends the answer there.
    There { tab: TabId, call: u32 },
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Output<A> {
    /// Ask for the lock; [`Tab::elected`] when it is ours. Takes the place of an earlier request.
    Elect {
        /// Take it from a tab that holds it and says nothing: it is frozen, or stuck.
        by_force: bool,
    },
    /// Give the lock back, or withdraw the request for it; end the connection, if there is one.
    Resign,
    /// Make a connection, and connect it.
    Start,
    /// Hand this to our connection.
    Forward(Wish<Asker<A>>),
    /// Tell the other tabs.
    Post(Letter),
    /// Tell our program.
    Notify(Event),
    /// Answer our program.
    Answer(A, Result<Box<RawValue>, CallFailure>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Takes no part: not started, left, or frozen.
    Away,
    /// Waits to hear who leads, or to lead.
    Seeking,
    Following(TabId),
    Leading,
}

/// A call that the leader has.
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
    /// The highest term that was heard of; our own while we lead.
    term: u32,
    /// How the connection stands, as far as this tab has heard.
    stands: Option<Standing>,
    /// What was asked for before anybody led; calls with the time when they fail.
    waiting: Vec<(Option<Time>, Wish<A>)>,
    /// When a leader must have been heard of.
    silence_ends: Option<Time>,
    asked: Vec<Asked<A>>,
    next_call: u32,
    /// No other tab was ever heard of, so that none needs to be told.
    alone: bool,
    /// When a leader that should have tried to connect is reminded of it: the browser slows the
    /// clocks of tabs that nobody looks at.
    remind_at: Option<Time>,
    outputs: VecDeque<Output<A>>,
}

impl<A> Tab<A> {
    pub(crate) fn new(id: TabId) -> Self {
        Self {
            id,
            role: Role::Away,
            term: 0,
            stands: None,
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

    pub(crate) fn poll_output(&mut self) -> Option<Output<A>> {
        self.outputs.pop_front()
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        let waiting = self.waiting.iter().filter_map(|(deadline, _)| *deadline);
        let asked = self.asked.iter().map(|asked| asked.deadline);
        waiting.chain(asked).chain(self.remind_at).chain(self.silence_ends).min()
    }

    /// The tab takes part: at the start, and after [`Self::leave`].
    pub(crate) fn enter(&mut self, now: Time) {
        if self.role == Role::Away {
            self.seek(now);
        }
    }

    fn seek(&mut self, now: Time) {
        self.role = Role::Seeking;
        self.silence_ends = Some(now + LEADER_GRACE);
        self.post(None, Body::Hello);
        self.outputs.push_back(Output::Elect { by_force: false });
    }

    /// The tab takes no part any more: it is being frozen, or its program is done.
    pub(crate) fn leave(&mut self) {
        if self.role != Role::Away {
            self.role = Role::Away;
            self.stands = None;
            self.remind_at = None;
            self.silence_ends = None;
            self.outputs.push_back(Output::Resign);
            self.fail_asked();
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
        for (_, wish) in std::mem::take(&mut self.waiting) {
            self.forward(wish);
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

    /// Our program wants something.
    pub(crate) fn wish(&mut self, now: Time, wish: Wish<A>) {
        match self.role {
            Role::Leading => self.forward(wish),
            Role::Following(leader) => self.send(now, leader, wish),
            Role::Away | Role::Seeking => {
                let deadline = match &wish {
                    Wish::Call { timeout, .. } => Some(now + *timeout),
                    Wish::Connect | Wish::Emit { .. } => None,
                };
                self.waiting.push((deadline, wish));
            }
        }
    }

    /// Another tab says something.
    pub(crate) fn letter(&mut self, now: Time, letter: Letter) {
        let Letter { from, to, body } = letter;
        if self.role == Role::Away || to.is_some_and(|to| to != self.id) {
            return;
        }
        self.alone = false;
        match body {
            Body::Hello if self.leads() => self.introduce(Some(from)),
            // We have the lock, so the other one has not learned yet that it is deposed.
            Body::Leads { term } if self.leads() => {
                if term >= self.term {
                    self.claim(term);
                }
            }
            Body::Leads { term } => self.follow(now, from, term),
            Body::Received { name, payload } if self.role == Role::Following(from) => {
                self.notify(Event::Received { name, payload: json(payload), ack: None });
            }
            Body::Stands(standing) if self.role == Role::Following(from) => {
                self.hear(now, standing, to.is_some());
            }
            Body::Answer { call, result } => {
                if let Some(index) = self.asked.iter().position(|asked| asked.call == call) {
                    let asker = self.asked.swap_remove(index).asker;
                    self.outputs.push_back(Output::Answer(asker, result.map(json)));
                }
            }
            Body::Connect if self.leads() => self.outputs.push_back(Output::Forward(Wish::Connect)),
            Body::Emit { name, payload } if self.leads() => {
                self.outputs.push_back(Output::Forward(Wish::Emit { name, payload: json(payload) }));
            }
            Body::Call { call, timeout, name, payload } if self.leads() => {
                let timeout = Duration::from_millis(timeout.into());
                let asker = Asker::There { tab: from, call };
                let wish = Wish::Call { name, payload: json(payload), timeout, asker };
                self.outputs.push_back(Output::Forward(wish));
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
        let stands = match &event {
            Event::Connected => Some(Standing::Connected),
            Event::Disconnected { reason, retry_at } => Some(Standing::Disconnected {
                reason: reason.clone(),
                retry_in: retry_at.map(|at| milliseconds(at.saturating_sub(now))),
            }),
            Event::Refused { message } => Some(Standing::Refused { message: message.clone() }),
            Event::Received { .. } | Event::Joined => None,
        };
        if stands.is_some() {
            self.stands.clone_from(&stands);
        }
        if !self.alone {
            match (stands, &event) {
                (Some(standing), _) => self.post(None, Body::Stands(standing)),
                (None, Event::Received { name, payload, .. }) => {
                    let (name, payload) = (name.clone(), payload.get().to_owned());
                    self.post(None, Body::Received { name, payload });
                }
                _ => {}
            }
        }
        self.notify(event);
    }

    /// Our connection has an answer for another tab.
    pub(crate) fn answered(&mut self, tab: TabId, call: u32, result: Result<Box<RawValue>, CallFailure>) {
        let result = result.map(|payload| Box::<str>::from(payload).into());
        self.post(Some(tab), Body::Answer { call, result });
    }

    /// Some time passed; to be called when [`Self::next_timeout`] is reached.
    pub(crate) fn handle_timeout(&mut self, now: Time) {
        for (deadline, wish) in std::mem::take(&mut self.waiting) {
            match wish {
                Wish::Call { asker, .. } if deadline.is_some_and(|at| at <= now) => self.time_out(asker),
                wish => self.waiting.push((deadline, wish)),
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
                self.post(Some(leader), Body::Connect);
            }
        }
    }

    fn time_out(&mut self, asker: A) {
        self.outputs.push_back(Output::Answer(asker, Err(CallFailure::TimedOut)));
    }

    fn claim(&mut self, above: u32) {
        self.term = above + 1;
        self.introduce(None);
    }

    fn introduce(&mut self, to: Option<TabId>) {
        self.post(to, Body::Leads { term: self.term });
        if let Some(standing) = self.stands.clone() {
            self.post(to, Body::Stands(standing));
        }
    }

    fn follow(&mut self, now: Time, leader: TabId, term: u32) {
        let newer = term > self.term || (term == self.term && self.role == Role::Seeking);
        self.term = self.term.max(term);
        if !newer || self.role == Role::Following(leader) {
            return;
        }
        self.lose_leader(now);
        self.role = Role::Following(leader);
        for (_, wish) in std::mem::take(&mut self.waiting) {
            self.send(now, leader, wish);
        }
    }

    /// Whoever led does so no more, and its connection is gone with it.
    fn lose_leader(&mut self, now: Time) {
        self.fail_asked();
        self.remind_at = None;
        self.silence_ends = None;
        if self.stands.take() == Some(Standing::Connected) {
            let reason = DisconnectReason::Transport("the tab that held it is gone".to_owned());
            self.notify(Event::Disconnected { reason, retry_at: Some(now) });
        }
    }

    /// The leader's connection stands so, now or `already` when we came.
    fn hear(&mut self, now: Time, standing: Standing, already: bool) {
        self.remind_at = None;
        self.stands = Some(standing.clone());
        let event = match standing {
            // What the server says at the start of a connection was said before we came.
            Standing::Connected if already => Event::Joined,
            Standing::Connected => Event::Connected,
            Standing::Disconnected { reason, retry_in } => {
                let retry_at = retry_in.map(|wait| now + Duration::from_millis(wait.into()));
                self.remind_at = retry_at.map(|at| at + LEADER_GRACE);
                Event::Disconnected { reason, retry_at }
            }
            Standing::Refused { message } => Event::Refused { message },
        };
        self.notify(event);
    }

    fn notify(&mut self, event: Event) {
        self.outputs.push_back(Output::Notify(event));
    }

    fn forward(&mut self, wish: Wish<A>) {
        self.outputs.push_back(Output::Forward(match wish {
            Wish::Connect => Wish::Connect,
            Wish::Emit { name, payload } => Wish::Emit { name, payload },
            Wish::Call { name, payload, timeout, asker } => {
                Wish::Call { name, payload, timeout, asker: Asker::Here(asker) }
            }
        }));
    }

    fn send(&mut self, now: Time, leader: TabId, wish: Wish<A>) {
        let body = match wish {
            Wish::Connect => Body::Connect,
            Wish::Emit { name, payload } => Body::Emit { name, payload: Box::<str>::from(payload).into() },
            Wish::Call { name, payload, timeout, asker } => {
                let call = self.next_call;
                self.next_call += 1;
                self.asked.push(Asked { call, asker, deadline: now + timeout + LEADER_GRACE });
                let payload = Box::<str>::from(payload).into();
                Body::Call { call, timeout: milliseconds(timeout), name, payload }
            }
        };
        self.post(Some(leader), body);
    }

    fn fail_asked(&mut self) {
        for asked in std::mem::take(&mut self.asked) {
            self.outputs.push_back(Output::Answer(asked.asker, Err(CallFailure::Disconnected)));
        }
    }

    fn post(&mut self, to: Option<TabId>, body: Body) {
        self.outputs.push_back(Output::Post(Letter { from: self.id, to, body }));
    }
}

/// A letter as it travels: from, to (or 0), kind, two numbers, two texts.
pub(crate) type Wire = (TabId, TabId, u8, u32, u32, String, String);

/// Stands for "none" where a number may be missing.
const NONE: u32 = u32::MAX;

impl From<Letter> for Wire {
    fn from(Letter { from, to, body }: Letter) -> Self {
        let none = String::new;
        let (kind, a, b, name, text) = match body {
            Body::Hello => (0, 0, 0, none(), none()),
            Body::Leads { term } => (1, term, 0, none(), none()),
            Body::Connect => (2, 0, 0, none(), none()),
            Body::Emit { name, payload } => (3, 0, 0, name, payload),
            Body::Call { call, timeout, name, payload } => (4, call, timeout, name, payload),
            Body::Answer { call, result: Ok(payload) } => (5, call, 0, none(), payload),
            Body::Answer { call, result: Err(CallFailure::TimedOut) } => (5, call, 1, none(), none()),
            Body::Answer { call, result: Err(CallFailure::Disconnected) } => (5, call, 2, none(), none()),
            Body::Answer { call, result: Err(CallFailure::BufferFull) } => (5, call, 3, none(), none()),
            Body::Received { name, payload } => (6, 0, 0, name, payload),
            Body::Stands(Standing::Connected) => (7, 0, 0, none(), none()),
            Body::Stands(Standing::Refused { message }) => (8, 0, 0, none(), message),
            Body::Stands(Standing::Disconnected { reason, retry_in }) => {
                let (reason, text) = match reason {
                    DisconnectReason::Client => (0, none()),
                    DisconnectReason::Server => (1, none()),
                    DisconnectReason::PingTimeout => (2, none()),
                    DisconnectReason::ConnectTimeout => (3, none()),
                    DisconnectReason::Transport(text) => (4, text),
                    DisconnectReason::Protocol(text) => (5, text),
                };
                (9, retry_in.unwrap_or(NONE), reason, none(), text)
            }
        };
        (from, to.unwrap_or(0), kind, a, b, name, text)
    }
}

impl TryFrom<Wire> for Letter {
    type Error = ();

    fn try_from((from, to, kind, a, b, name, text): Wire) -> Result<Self, ()> {
        let body = match (kind, b) {
            (0, _) => Body::Hello,
            (1, _) => Body::Leads { term: a },
            (2, _) => Body::Connect,
            (3, _) => Body::Emit { name, payload: text },
            (4, timeout) => Body::Call { call: a, timeout, name, payload: text },
            (5, 0) => Body::Answer { call: a, result: Ok(text) },
            (5, 1) => Body::Answer { call: a, result: Err(CallFailure::TimedOut) },
            (5, 2) => Body::Answer { call: a, result: Err(CallFailure::Disconnected) },
            (5, _) => Body::Answer { call: a, result: Err(CallFailure::BufferFull) },
            (6, _) => Body::Received { name, payload: text },
            (7, _) => Body::Stands(Standing::Connected),
            (8, _) => Body::Stands(Standing::Refused { message: text }),
            (9, reason) => {
                let reason = match reason {
                    0 => DisconnectReason::Client,
                    1 => DisconnectReason::Server,
                    2 => DisconnectReason::PingTimeout,
                    3 => DisconnectReason::ConnectTimeout,
                    4 => DisconnectReason::Transport(text),
                    _ => DisconnectReason::Protocol(text),
                };
                Body::Stands(Standing::Disconnected { reason, retry_in: (a != NONE).then_some(a) })
            }
            _ => return Err(()),
        };
        Ok(Self { from, to: (to != 0).then_some(to), body })
    }
}

/// Text that was JSON when another tab of the same program sent it.
fn json(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
