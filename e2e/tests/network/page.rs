//! A page without a browser: the real state, outbox and client.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use client::{CallError, Notice, Notices, Options, backoff::Backoff, connection::Config, native};
use futures::StreamExt as _;
use protocol::{
    Chat, ClientId, ConversationId, ErrorBody, ErrorCode, GetUsers, LoggedIn, Message, SendGroupMessage,
    Timestamp,
};
use web::state::{Action, Answer, ChatState, Effect, Link};

use crate::Client;

#[derive(Clone)]
pub(crate) struct Page {
    state: Arc<Mutex<ChatState>>,
    client: Client,
    conversation: ConversationId,
}

/// Connects, and tries again sooner than a page would, so that a test has time for many breaks.
pub(crate) fn connect(url: &str, token: &str) -> (Client, Notices<Chat>) {
    let backoff = Backoff { min: Duration::from_millis(10), max: Duration::from_millis(80) };
    let token = token.to_owned();
    let options = Options::new(url)
        .token(move || token.clone())
        .call_timeout(Duration::from_secs(5))
        .config(Config { backoff, ..Config::default() });
    native::connect(options)
}

impl Page {
    /// Opens the page and looks at the conversation.
    pub(crate) fn open(url: &str, who: &LoggedIn, conversation: ConversationId) -> Self {
        let (client, mut notices) = connect(url, &who.token);
        let state = Arc::new(Mutex::new(ChatState::new(who.user.clone())));
        let page = Self { state, client, conversation };
        page.change(ChatState::read_outbox);
        page.change(|state| state.act(Action::Open(conversation)));
        let listener = page.clone();
        tokio::spawn(async move {
            while let Some(notice) = notices.next().await {
                listener.change(|state| match notice {
                    Notice::Connected => state.link(Link::Online),
                    Notice::Joined => state.joined(),
                    Notice::Event(event) => state.apply(event),
                    Notice::Disconnected { reason, .. } => {
                        state.link(Link::Offline { reason: reason.to_string(), retry_in: None })
                    }
                    Notice::Refused { message, .. } => panic!("refused: {message}"),
                    Notice::Unreadable { event, error } => panic!("{event}: {error}"),
                });
            }
        });
        let clock = page.clone();
        tokio::spawn(async move {
            loop {
                // Sooner than a page would, for the same reason.
                tokio::time::sleep(Duration::from_secs(2)).await;
                clock.change(ChatState::look_again);
            }
        });
        page
    }

    pub(crate) fn write(&self, text: String) {
        let client_id = ClientId::from_random(fastrand::u128(..).to_be_bytes());
        let content = text.parse().expect("a short text");
        let conversation = self.conversation;
        self.change(|state| state.act(Action::Write { conversation, client_id, content, now: Timestamp(0) }));
    }

    /// What is still to be done, in words.
    pub(crate) fn differs_from(&self, history: &[Message]) -> Option<String> {
        let state = self.state();
        let timeline = &state.conversations[&self.conversation].timeline;
        let shown = timeline.messages();
        assert!(shown.windows(2).all(|pair| pair[1].seq == pair[0].seq.next()), "a gap or a double");
        let first = shown.first().map_or(0, |message| message.seq.0 as usize - 1);
        let same = history.get(first..).is_some_and(|rest| rest == shown);
        (!same || !state.outbox.is_empty()).then(|| {
            format!("{} shown, {} unsent, {:?}", shown.len(), state.outbox.entries().len(), state.link)
        })
    }

    fn state(&self) -> MutexGuard<'_, ChatState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut ChatState) -> Vec<Effect>) {
        let effects = change(&mut self.state());
        self.perform(effects);
    }

    fn answer(&self, answer: Answer) {
        let effects = self.state().answer(answer);
        self.perform(effects);
    }

    fn perform(&self, effects: Vec<Effect>) {
        for effect in effects {
            let page = self.clone();
            let client = &self.client;
            match effect {
                Effect::Keep(unsent) => page.answer(Answer::Kept(unsent.client_id, true)),
                Effect::ReadOutbox => page.answer(Answer::Outbox(vec![])),
                Effect::Forget(_) => {}
                Effect::Synchronise(request) => {
                    let call = client.call(request.clone());
                    tokio::spawn(async move {
                        let answer = call.await.map_err(|error| error.to_string());
                        page.answer(Answer::Synced(request, answer));
                    });
                }
                Effect::ListOnline => {}
                Effect::GetUsers(user_ids) => {
                    let call = client.call(GetUsers { user_ids: user_ids.clone() });
                    tokio::spawn(async move {
                        let answer = call.await.map_err(|error| error.to_string());
                        page.answer(Answer::Users(user_ids, answer));
                    });
                }
                Effect::Fetch(fetch) => {
                    let call = client.call(fetch.clone());
                    tokio::spawn(async move {
                        let answer = call.await.map_err(|error| error.to_string());
                        page.answer(Answer::Fetched(fetch, answer));
                    });
                }
                Effect::MarkRead(read) => {
                    tokio::spawn(client.call(read));
                }
                Effect::Send(unsent) => {
                    let ConversationId::Group(group_id) = unsent.conversation else {
                        panic!("this page writes to a group")
                    };
                    let client_id = Some(unsent.client_id.clone());
                    let call = client.call(SendGroupMessage { group_id, content: unsent.content, client_id });
                    tokio::spawn(async move {
                        let answer = sent(call.await).await;
                        page.answer(Answer::Sent(unsent.client_id, answer));
                    });
                }
            }
        }
    }
}

async fn sent(answer: Result<Message, CallError<ErrorBody>>) -> Result<Message, Option<ErrorBody>> {
    match answer {
        Ok(message) => Ok(message),
        Err(CallError::Refused(error)) if error.code != ErrorCode::RateLimited => Err(Some(error)),
        Err(CallError::Refused(_)) => {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Err(None)
        }
        Err(_) => Err(None),
    }
}
