//! A page without a browser: the chat's runtime, as it ships, over a real connection.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, time::Duration};

use chat::{Action, Command, Connection, Environment, Login, OneTab, Opening, RefreshError, Runtime, Unsent};
use client::{Notices, Options, backoff::Backoff, connection::Config, native};
use futures::{FutureExt as _, future::LocalBoxFuture};
use protocol::{Chat, ClientId, ConversationId, LoggedIn, Message, RenewedToken, Timestamp};

use crate::Client;

pub(crate) struct Page {
    runtime: Runtime,
    conversation: ConversationId,
}

/// Connects, and tries again sooner than a page would, so that a test has time for many breaks.
pub(crate) fn connect(url: &str, token: &str) -> (Client, Notices<Chat>) {
    let backoff = Backoff { min: Duration::from_millis(10), max: Duration::from_millis(80) };
    let token = token.to_owned();
    let options = Options::new(url)
        .auth(move || protocol::ConnectAuth::new(token.clone()))
        .call_timeout(Duration::from_secs(5))
        .config(Config { backoff, ..Config::default() });
    native::connect(options)
}

impl Page {
    /// Opens the page and looks at the conversation. To be called on a `LocalSet`.
    pub(crate) fn open(url: &str, who: &LoggedIn, conversation: ConversationId) -> Self {
        let (client, notices) = connect(url, &who.token);
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
        Self { runtime, conversation }
    }

    pub(crate) fn write(&self, text: String) {
        self.give(Command::Send { content: text.parse().expect("a short text"), reply_to: None });
    }

    /// Does something to one of the messages that it shows. Returns whether there was any.
    pub(crate) fn change(&self, random: &mut fastrand::Rng) -> bool {
        let message = self.runtime.with(|state| {
            let shown = state.conversation(self.conversation)?.timeline.messages();
            let me = state.me.id;
            random.choice(shown).map(|message| (message.sender_id == me, message.clone()))
        });
        let Some((mine, Message { id: message, content, .. })) = message else { return false };
        let emoji = random.choice(["👍", "🎉"]).unwrap_or("👍").parse().expect("an emoji");
        let on = random.bool();
        self.give(match random.u8(0..4) {
            // The beginning of a text says who wrote it, and as which of theirs.
            0 | 1 if mine => {
                let first: String = content.as_str().chars().take(40).collect();
                Command::Edit { message, content: format!("{first} +").parse().expect("a short text") }
            }
            2 => Command::Pin { message, on },
            _ => Command::React { message, emoji, on },
        });
        true
    }

    fn give(&self, command: Command) {
        let client_id = ClientId::from_random(fastrand::u128(..).to_be_bytes());
        let conversation = self.conversation;
        self.runtime.act(Action::Write { conversation, client_id, command, now: Timestamp(0) });
    }

    /// What is still to be done, in words.
    pub(crate) fn differs_from(&self, history: &[Message]) -> Option<String> {
        self.runtime.with(|state| {
            let conversation = state.conversation(self.conversation).expect("it is open");
            let shown = conversation.timeline.messages();
            assert!(shown.windows(2).all(|pair| pair[1].seq == pair[0].seq.next()), "a gap or a double");
            let first = shown.first().map_or(0, |message| message.seq.0 as usize - 1);
            let same = history.get(first..).is_some_and(|rest| rest == shown);
            (!same || !state.outbox.is_empty()).then(|| {
                format!("{} shown, {} unsent, {:?}", shown.len(), state.outbox.entries().len(), state.link)
            })
        })
    }
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
