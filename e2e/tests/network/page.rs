//! A page without a browser: the chat's runtime, as it ships, over a real connection.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, time::Duration};

use chat::{
    Action, Command, Connection, Environment, Login, OneTab, Opening, RefreshError, Runtime, Unsent,
    UnsentState,
};
use client::{Notices, Options, backoff::Backoff, connection::Config, native};
use futures::{FutureExt as _, future::LocalBoxFuture};
use protocol::{Chat, ClientId, ConnectAuth, ConversationId, LoggedIn, Message, RenewedToken, Timestamp};

use crate::Client;

pub(crate) struct Page {
    runtime: Runtime,
    conversation: ConversationId,
    /// What it wrote, in this order.
    written: RefCell<Vec<ClientId>>,
}

/// Connects, and tries again sooner than a page would, so that a test has time for many breaks.
pub(crate) fn connect(url: &str, token: &str) -> (Client, Notices<Chat>) {
    let token = token.to_owned();
    connect_as(url, move || ConnectAuth::new(token.clone()))
}

/// The same, showing this.
pub(crate) fn connect_as(
    url: &str,
    auth: impl Fn() -> ConnectAuth + Send + Sync + 'static,
) -> (Client, Notices<Chat>) {
    let backoff = Backoff { min: Duration::from_millis(10), max: Duration::from_millis(80) };
    let options = Options::new(url)
        .auth(auth)
        .call_timeout(Duration::from_secs(5))
        .config(Config { backoff, ..Config::default() });
    native::connect(options)
}

impl Page {
    /// Opens the page and looks at the conversation. To be called on a `LocalSet`.
    pub(crate) fn open(
        url: &str,
        who: &LoggedIn,
        auth: impl Fn() -> ConnectAuth + Send + Sync + 'static,
        conversation: ConversationId,
    ) -> Self {
        let (client, notices) = connect_as(url, auth);
        let connection = Connection { client, notices, opening: Opening::default() };
        let environment = Environment {
            disk: Rc::new(Memory::default()),
            clock: Rc::new(Fast),
            login: Rc::new(Forever),
            tabs: Rc::new(OneTab),
            seed: fastrand::u64(..),
        };
        let (runtime, run) = Runtime::start(who.user.clone(), connection, environment, |_, _| {});
        tokio::task::spawn_local(run);
        runtime.act(Action::Open(conversation));
        Self { runtime, conversation, written: RefCell::default() }
    }

    pub(crate) fn write(&self, text: String) {
        let id = self.give(Command::Send { content: text.parse().expect("a short text"), reply_to: None });
        self.written.borrow_mut().push(id);
    }

    pub(crate) fn written(&self) -> Vec<ClientId> {
        self.written.borrow().clone()
    }

    /// Does something to one of the messages that it shows. Returns whether there was any.
    pub(crate) fn change(&self, random: &mut fastrand::Rng) -> bool {
        let message = self.runtime.with(|state| {
            let shown = state.conversation(self.conversation)?.timeline.messages();
            let me = state.me.id;
            let there = shown.iter().filter(|message| message.deleted_at.is_none());
            random.choice(there.collect::<Vec<_>>()).map(|message| (message.sender_id == me, message.clone()))
        });
        let Some((mine, Message { id: message, content, .. })) = message else { return false };
        let emoji = random.choice(["👍", "🎉"]).unwrap_or("👍").parse().expect("an emoji");
        let on = random.bool();
        self.give(match random.u8(0..8) {
            0 if mine => Command::Delete { message },
            1..=3 if mine => {
                let first: String = content.as_str().chars().take(40).collect();
                Command::Edit { message, content: format!("{first} +").parse().expect("a short text") }
            }
            4 | 5 => Command::Pin { message, on },
            _ => Command::React { message, emoji, on },
        });
        true
    }

    fn give(&self, command: Command) -> ClientId {
        let now = Timestamp(0);
        let id = ClientId::new(now, std::array::from_fn(|_| fastrand::u8(..)));
        let (conversation, client_id) = (self.conversation, id.clone());
        self.runtime.act(Action::Write { conversation, client_id, command, now });
        id
    }

    /// What is still to be done, in words.
    pub(crate) fn differs_from(&self, history: &[Message]) -> Option<String> {
        self.runtime.with(|state| {
            let conversation = state.conversation(self.conversation).expect("it is open");
            let shown = conversation.timeline.messages();
            assert!(shown.windows(2).all(|pair| pair[1].seq == pair[0].seq.next()), "a gap or a double");
            let first = shown.first().map_or(0, |message| message.seq.0 as usize - 1);
            let same = history.get(first..).is_some_and(|rest| rest == shown);
            let unsent: Vec<&Unsent> =
                state.outbox.entries().iter().filter(|unsent| !is_too_late(unsent, history)).collect();
            (!same || !unsent.is_empty())
                .then(|| format!("{} shown, unsent: {unsent:?}, {:?}", shown.len(), state.link))
        })
    }
}

/// Whether somebody deleted the message before it could be changed, so that the change was refused.
fn is_too_late(unsent: &Unsent, history: &[Message]) -> bool {
    let changed = unsent.command.changes();
    let is_deleted = |id| history.iter().any(|message| message.id == id && message.deleted_at.is_some());
    matches!(unsent.state, UnsentState::Failed(_)) && changed.is_some_and(is_deleted)
}

/// A disk that never fails, of a page that is never closed.
#[derive(Default)]
struct Memory(RefCell<BTreeMap<ClientId, Unsent>>);

impl chat::Disk for Memory {
    fn keep(&self, unsent: &Unsent) -> LocalBoxFuture<'static, bool> {
        self.0.borrow_mut().insert(unsent.client_id.clone(), unsent.clone());
        async { true }.boxed_local()
    }

    fn forget(&self, client_id: &ClientId) -> LocalBoxFuture<'static, ()> {
        self.0.borrow_mut().remove(client_id);
        async {}.boxed_local()
    }

    fn read(&self) -> LocalBoxFuture<'static, Vec<Unsent>> {
        let stored = self.0.borrow().values().cloned().collect();
        async { stored }.boxed_local()
    }
}

/// A clock on which waits are shorter than a page's, for the same reason as above.
struct Fast;

impl chat::Clock for Fast {
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        tokio::time::sleep(duration / 30).boxed_local()
    }
}

/// A token that outlives the test.
struct Forever;

impl Login for Forever {
    fn renew_in(&self) -> Duration {
        Duration::from_hours(10)
    }

    fn renewed(&self, _token: RenewedToken) {}

    fn refresh(&self) -> LocalBoxFuture<'static, Result<(), RefreshError>> {
        async { Err(RefreshError::Ended("a token that must not be refused was".to_owned())) }.boxed_local()
    }

    fn end(&self, sentence: String) {
        panic!("the login is over: {sentence}");
    }
}
