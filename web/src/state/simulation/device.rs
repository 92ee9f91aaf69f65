//! A page: what it knows, its connection, and how the two are joined.

use std::{collections::BTreeSet, time::Duration};

use client::{
    connection::{self, Command, Config, Connection, Event, Output, Time},
    engine::{Action as Network, Frame, Input, Transports},
};
use protocol::{
    Call, ClientId, ConversationId, EventEnum, GetUsers, Group, GroupId, JoinGroup, LeaveGroup, Peer, Reply,
    SendGroupMessage, SendPrivateMessage, ServerEvent,
};
use serde_json::value::{RawValue, to_raw_value};

use super::{
    disk::{Request, Requests},
    server::{TransportId, user},
};
use crate::state::{Action, Answer, ChatState, Effect, Link};

pub(super) struct Device {
    pub(super) person: u8,
    /// Which browser it is a tab of.
    pub(super) disk: usize,
    /// How often it was started.
    pub(super) life: u32,
    pub(super) state: ChatState,
    connection: Connection<Asked>,
    pub(super) transport: Option<TransportId>,
    /// When its timer fires, if it is armed.
    pub(super) timer: Option<Time>,
    pub(super) requests: Requests,
    /// Tries to connect that failed, since the last one that did not.
    failures: u32,
    admitted_at: Option<Time>,
    /// What may be shown: the disk has answered.
    pub(super) answered: BTreeSet<ClientId>,
    /// What it was told that the server has.
    pub(super) acknowledged: Vec<ClientId>,
}

/// What the server was asked for.
#[derive(Debug)]
pub(super) enum Asked {
    Effect(Effect),
    Join,
    Leave(GroupId),
}

/// What a device wants of the world.
pub(super) enum Wish {
    Open,
    Send(String),
    Close,
}

impl Device {
    pub(super) fn start(person: u8, disk: usize, life: u32, seed: u64) -> Self {
        Self {
            person,
            disk,
            life,
            state: ChatState::new(user(person)),
            // Transports have tests of their own; a model of a server for polling would be
            // another server.
            connection: Connection::new(
                Config { transports: Transports::WebSocket, ..Config::default() },
                seed,
            ),
            transport: None,
            timer: None,
            requests: Requests::new(),
            failures: 0,
            admitted_at: None,
            answered: BTreeSet::new(),
            acknowledged: Vec::new(),
        }
    }

    // What the driver does: all that knows how a connection is handled is here.

    pub(super) fn connect(&mut self, now: Time) {
        self.connection.command(now, Command::Connect { namespace: "/".into() });
    }

    pub(super) fn opened(&mut self, now: Time) {
        self.connection.handle(now, Input::Opened);
    }

    pub(super) fn closed(&mut self, now: Time) {
        self.connection.handle(now, Input::Closed("cut".into()));
    }

    pub(super) fn text(&mut self, now: Time, frame: &str) {
        self.connection.handle(now, Input::Frame(Frame::Text(frame.to_owned())));
    }

    pub(super) fn time(&mut self, now: Time) {
        self.connection.handle_timeout(now);
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.connection.next_timeout()
    }

    /// What the connection wants next, and what the disk is asked for meanwhile.
    pub(super) fn poll(&mut self, now: Time) -> (Option<Wish>, Vec<Request>, bool) {
        let mut requests = Vec::new();
        let Some(output) = self.connection.poll_output() else { return (None, requests, false) };
        let wish = match output {
            Output::Action(Network::Open { .. }) => Some(Wish::Open),
            Output::Action(Network::Send(Frame::Text(frame))) => Some(Wish::Send(frame)),
            Output::Action(Network::Close) => Some(Wish::Close),
            Output::Action(other) => panic!("{other:?} over a WebSocket"),
            Output::Authenticate { namespace } => {
                self.connection.handle_auth(now, &namespace, None);
                None
            }
            Output::Event { event, .. } => {
                let effects = self.hear(now, event);
                requests = self.perform(now, effects);
                None
            }
            Output::Answer { asker, answer } => {
                let effects = self.answer(asker, answer);
                requests = self.perform(now, effects);
                None
            }
        };
        (wish, requests, true)
    }

    /// Carries out what concerns the connection; returns what concerns the disk.
    pub(super) fn perform(&mut self, now: Time, effects: Vec<Effect>) -> Vec<Request> {
        let mut requests = Vec::new();
        for effect in effects {
            let (name, payload) = match &effect {
                Effect::Keep(unsent) => {
                    requests.push(Request::Keep(unsent.clone()));
                    continue;
                }
                Effect::Forget(client_id) => {
                    requests.push(Request::Forget(client_id.clone()));
                    continue;
                }
                Effect::ReadOutbox => {
                    requests.push(Request::Read);
                    continue;
                }
                Effect::ListOnline => continue,
                Effect::Synchronise(request) => encode(request),
                Effect::GetUsers(ids) => encode(&GetUsers { user_ids: ids.clone() }),
                Effect::Fetch(fetch) => encode(fetch),
                Effect::MarkRead(mark) => encode(mark),
                Effect::Send(unsent) => {
                    assert!(self.answered.contains(&unsent.client_id), "sent before it was kept");
                    let (content, client_id) = (unsent.content.clone(), Some(unsent.client_id.clone()));
                    match unsent.conversation {
                        ConversationId::Group(group_id) => {
                            encode(&SendGroupMessage { group_id, content, client_id })
                        }
                        ConversationId::User(recipient_id) => {
                            encode(&SendPrivateMessage { recipient_id, content, client_id })
                        }
                    }
                }
            };
            self.call(now, name, payload, Asked::Effect(effect));
        }
        requests
    }

    pub(super) fn join(&mut self, now: Time, group_id: GroupId) {
        let (name, payload) = encode(&JoinGroup { group_id });
        self.call(now, name, payload, Asked::Join);
    }

    pub(super) fn leave(&mut self, now: Time, group_id: GroupId) {
        let (name, payload) = encode(&LeaveGroup { group_id });
        self.call(now, name, payload, Asked::Leave(group_id));
    }

    fn call(&mut self, now: Time, name: &'static str, payload: Box<RawValue>, asked: Asked) {
        let (name, payload, timeout) = (name.into(), payload.into(), Duration::from_secs(20));
        let call = Command::Call { namespace: "/".into(), name, payload, timeout, asker: asked };
        self.connection.command(now, call);
    }

    fn hear(&mut self, now: Time, event: Event) -> Vec<Effect> {
        match event {
            Event::Connected => {
                self.admitted_at = Some(now);
                self.state.link(Link::Online)
            }
            Event::Disconnected { reason, retry_at } => {
                let wait = retry_at.expect("nobody ended it on purpose").saturating_sub(now);
                // Only a connection that lasted makes the waits begin anew; after one that did not
                // they may be longer.
                let lasted = self.admitted_at.take().map(|at| now.saturating_sub(at));
                let short = lasted.is_some_and(|lasted| lasted < Duration::from_secs(10));
                if lasted.is_some() && !short {
                    self.failures = 0;
                }
                let limit = if short { 15 } else { 5 };
                let longest = Duration::from_secs((1 << self.failures.min(4)).min(limit));
                assert!(wait <= longest, "try {} waits {wait:?}", self.failures);
                self.failures += 1;
                self.state.link(Link::Offline { reason: reason.to_string(), retry_in: None })
            }
            Event::Joined => self.state.joined(),
            Event::Refused { message, .. } => panic!("refused: {message}"),
            Event::Received { name, payload, .. } => {
                let event = ServerEvent::decode(&name, &payload.json).unwrap();
                if let ServerEvent::MessageSent(message) | ServerEvent::GroupMessage(message) = &event
                    && message.sender_id == self.state.me.id
                {
                    self.acknowledged.extend(message.client_id.clone());
                }
                self.state.apply(event)
            }
        }
    }

    fn answer(&mut self, asked: Asked, answer: connection::Answer) -> Vec<Effect> {
        let state = &mut self.state;
        let answer = answer.map(|payload| payload.json).map_err(|failure| failure.to_string());
        match asked {
            Asked::Effect(Effect::Synchronise(request)) => {
                state.answer(Answer::Synced(request, read(answer)))
            }
            Asked::Effect(Effect::GetUsers(ids)) => state.answer(Answer::Users(ids, read(answer))),
            Asked::Effect(Effect::Fetch(fetch)) => state.answer(Answer::Fetched(fetch, read(answer))),
            Asked::Effect(Effect::Send(unsent)) => {
                let sent = match answer {
                    Err(_) => Err(None),
                    Ok(json) => serde_json::from_str::<Reply<_>>(json.get())
                        .map(|reply| Result::from(reply).map_err(Some))
                        .unwrap(),
                };
                if sent.is_ok() {
                    self.acknowledged.push(unsent.client_id.clone());
                }
                state.answer(Answer::Sent(unsent.client_id, sent))
            }
            Asked::Join => match read::<Group>(answer) {
                Ok(group) => state.act(Action::Meet(Peer::Group(group))),
                Err(_) => vec![],
            },
            Asked::Leave(group) => match answer {
                Ok(_) => state.act(Action::Left(ConversationId::Group(group))),
                Err(_) => vec![],
            },
            Asked::Effect(_) => vec![],
        }
    }
}

fn encode<E: Call>(event: &E) -> (&'static str, Box<RawValue>) {
    (E::NAME, to_raw_value(event).unwrap())
}

fn read<T: serde::de::DeserializeOwned>(answer: Result<Box<RawValue>, String>) -> Result<T, String> {
    let reply: Reply<T> = serde_json::from_str(answer?.get()).unwrap();
    Result::from(reply).map_err(|error| error.message)
}
