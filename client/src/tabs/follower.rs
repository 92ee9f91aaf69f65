//! A tab that follows: what it asks of the leader, and what it hears.

use std::time::Duration;

use serde_json::value::RawValue;

use super::{Asked, Body, LEADER_GRACE, LinkState, NEXT_REMINDER, Output, Role, Tab, TabId, milliseconds};
use crate::connection::{Answer, CallFailure, Command, DisconnectReason, Event, Time};

impl<A> Tab<A> {
    /// Another tab says that it leads: to us, because we asked, or to everybody.
    pub(super) fn follow(&mut self, now: Time, leader: TabId, term: u32, asked: bool) {
        if self.role != Role::Following(leader) {
            if term < self.term || (term == self.term && self.role != Role::Seeking) {
                return self.post(Some(leader), Body::Behind { term: self.term });
            }
            self.lose_leader(now);
            self.role = Role::Following(leader);
            self.remind_at = Some(now + LEADER_GRACE);
            if !asked {
                // It may not know yet that anybody listens.
                self.post(Some(leader), Body::Hello);
            }
            for (_, command) in std::mem::take(&mut self.waiting) {
                self.command(now, command);
            }
        }
        self.term = self.term.max(term);
    }

    /// The leader does not lead any more, and its connection is gone with it.
    pub(super) fn lose_leader(&mut self, now: Time) {
        self.forget_leader();
        if let Some(LinkState::Connected { .. }) = self.link.take() {
            let reason = DisconnectReason::Transport("the tab that held it is gone".to_owned());
            self.notify(Event::Disconnected { reason, retry_at: Some(now) });
        }
    }

    /// The leader's connection is in this state since we last heard of it, or longer.
    pub(super) fn hear_already(&mut self, now: Time, state: Option<LinkState>) {
        if let Some(state) = state
            && self.link.as_ref() != Some(&state)
        {
            self.hear(now, state, true);
        }
    }

    /// The leader's connection is in this state: from now on, or `already` when this tab came.
    pub(super) fn hear(&mut self, now: Time, state: LinkState, already: bool) {
        self.remind_at = None;
        self.link = Some(state.clone());
        let event = match state {
            // What the server says at the start of a connection was said before we came.
            LinkState::Connected { id } if already => Event::Joined { id },
            LinkState::Connected { id } => Event::Connected { id },
            LinkState::Disconnected { reason, retry_in } => {
                let retry_at = retry_in.map(|wait| now + Duration::from_millis(wait.into()));
                self.remind_at = retry_at.map(|at| at + LEADER_GRACE);
                Event::Disconnected { reason, retry_at }
            }
            LinkState::Refused { message, data } => {
                Event::Refused { message, data: data.and_then(|data| RawValue::from_string(data).ok()) }
            }
        };
        self.notify(event);
    }

    /// The leader has an answer for us.
    pub(super) fn answer(&mut self, call: u32, answer: Answer) {
        if let Some(index) = self.asked.iter().position(|asked| asked.call == call) {
            let asker = self.asked.swap_remove(index).asker;
            self.outputs.push_back(Output::Answer(asker, answer));
        }
    }

    pub(super) fn send(&mut self, now: Time, leader: TabId, command: Command<A>) {
        let body = match command {
            Command::Connect { .. } => return self.urge(now, leader),
            Command::Check => Body::Check,
            Command::Probe { within } => Body::Probe { within: milliseconds(within) },
            Command::Emit { name, payload, volatile, .. } => {
                Body::Emit { name: name.into(), payload, volatile }
            }
            Command::Call { name, payload, timeout, asker, .. } => {
                let call = self.next_call;
                self.next_call += 1;
                self.asked.push(Asked {
                    call,
                    asker,
                    deadline: now.saturating_add(timeout).saturating_add(LEADER_GRACE),
                });
                Body::Call { call, timeout: milliseconds(timeout), name: name.into(), payload }
            }
            // A tab leaves without a word. Only the leader's program is asked for acks. The leader itself
            // finds out what is no packet.
            Command::Disconnect { .. }
            | Command::Acknowledge { .. }
            | Command::Reject { .. }
            | Command::Refresh => return,
        };
        self.post(Some(leader), body);
    }

    /// Asks the leader to connect now. One that has no connection must show that it lives.
    pub(super) fn urge(&mut self, now: Time, leader: TabId) {
        self.post(Some(leader), Body::Connect);
        if !matches!(self.link, Some(LinkState::Connected { .. })) {
            self.post(Some(leader), Body::Hello);
            self.silence_ends.get_or_insert(now + LEADER_GRACE);
            self.remind_at = Some(now + NEXT_REMINDER);
        }
    }

    /// Expects nothing of the earlier leader any more.
    pub(super) fn forget_leader(&mut self) {
        self.remind_at = None;
        self.silence_ends = None;
        for asked in std::mem::take(&mut self.asked) {
            self.outputs.push_back(Output::Answer(asked.asker, Err(CallFailure::Disconnected)));
        }
    }
}
