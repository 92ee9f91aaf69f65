//! The one door between the components and the chat.
//!
//! Components read through [`Store::select`] and [`Store::with`], act through [`Store::act`], and
//! ask through the functions in [`requests`]. They see neither the connection nor the storage.

mod effects;
mod link;
mod requests;
mod topic;

use std::fmt::Display;

use client::{
    CallError, Client, Options,
    browser::{
        self,
        shared::{Leading, connect_shared},
    },
};
use gloo::events::EventListener;
use leptos::{prelude::*, task::spawn_local};
use protocol::{Call, Chat, ConversationId, ErrorBody, ServerEvent, User, UserId};
use web_sys::VisibilityState;

use crate::{
    pause::Pause,
    session::Session,
    state::{Action, Answer, ChatState, Effect, Link},
    storage::{self, outbox::OutboxRows},
};
pub(crate) use topic::Topic;
use topic::Triggers;

/// The chat of who is logged in. A handle, in context: copies are the same chat.
#[derive(Clone, Copy)]
pub(crate) struct Store {
    me: UserId,
    session: Session,
    state: StoredValue<ChatState>,
    triggers: StoredValue<Triggers>,
    /// Whether the page shows all of it, or will only with the next frame.
    shown: StoredValue<bool>,
    /// The connection, which all tabs share in which the same person is logged in.
    client: StoredValue<Client<Chat>, LocalStorage>,
    leading: StoredValue<Leading, LocalStorage>,
    /// Our own wait before the next try, where the connection does not try by itself.
    pause: Pause,
    /// What survives the page of what was not sent.
    outbox: StoredValue<Option<OutboxRows>, LocalStorage>,
}

impl Store {
    /// The chat of the part of the page that is being built.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Connects somebody who has just been logged in, for as long as the owner lives.
    pub(crate) fn start(me: User, session: Session) -> Self {
        let id = me.id;
        let token = session.token();
        let options = Options::new(browser::origin()).token(move || token.text());
        let (client, notices, leading) = connect_shared(&format!("parlance/{id}"), options);
        let this = Self {
            me: id,
            session,
            state: StoredValue::new(ChatState::new(me)),
            triggers: StoredValue::new(Triggers::default()),
            shown: StoredValue::new(true),
            client: StoredValue::new_local(client),
            leading: StoredValue::new_local(leading),
            pause: Pause::new(),
            outbox: StoredValue::new_local(None),
        };
        this.outbox.set_value(Some(OutboxRows::open(id, move |answer| this.answered(answer))));
        this.change(ChatState::read_outbox);
        spawn_local(this.listen(notices));
        spawn_local(this.renew());
        // A machine that slept and a network that is back do not wait for a timer, and timers are
        // slow in a tab that nobody sees.
        let look = move || {
            this.show();
            if document().visibility_state() == VisibilityState::Visible {
                this.client.with_value(Client::check);
            }
        };
        StoredValue::new_local([
            EventListener::new(&window(), "online", move |_| {
                this.try_now();
                look();
            }),
            EventListener::new(&document(), "visibilitychange", move |_| look()),
        ]);
        on_cleanup(move || {
            this.client.try_with_value(Client::disconnect);
        });
        this
    }

    pub(crate) fn me(self) -> UserId {
        self.me
    }

    /// Inside a reactive closure: runs again when this part of the state changed.
    pub(crate) fn track(self, topic: Topic) {
        if let Some(trigger) = self.triggers.try_update_value(|triggers| triggers.of(topic)) {
            trigger.track();
        }
    }

    /// A look at the state that nothing depends on.
    pub(crate) fn with<T>(self, part: impl FnOnce(&ChatState) -> T) -> T {
        self.state.with_value(part)
    }

    /// A memo of a part of the state, recomputed only when one of the topics changed.
    pub(crate) fn select<T, I>(
        self,
        topics: impl Fn() -> I + Send + Sync + 'static,
        part: impl Fn(&ChatState) -> T + Send + Sync + 'static,
    ) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
        I: IntoIterator<Item = Topic>,
    {
        Memo::new(move |_| {
            topics().into_iter().for_each(|topic| self.track(topic));
            self.with(&part)
        })
    }

    /// A person did something.
    pub(crate) fn act(self, action: Action) {
        self.change(|state| state.act(action));
    }

    /// What somebody began to write in a conversation. It survives a reload.
    pub(crate) async fn draft(self, id: ConversationId) -> String {
        storage::load_draft(self.me, id)
    }

    pub(crate) fn keep_draft(self, id: ConversationId, text: &str) {
        storage::save_draft(self.me, id, text);
    }

    /// Changes the state and does what follows from it.
    fn change(self, change: impl FnOnce(&mut ChatState) -> Vec<Effect>) {
        // None once the chat is gone: an answer came too late.
        if let Some(effects) = self.state.try_update_value(change) {
            self.notify();
            self.perform(effects);
        }
    }

    /// The server sent an event. The state has it at once, and the page before the next frame:
    /// however many come in between, it is looked through once.
    fn hear(self, event: ServerEvent) {
        let Some(effects) = self.state.try_update_value(|state| state.apply(event)) else { return };
        self.perform(effects);
        if document().hidden() {
            // There are no frames, but a title that says how much is unread.
            self.show();
        } else if self.shown.try_update_value(std::mem::take) == Some(true) {
            request_animation_frame(move || self.show());
        }
    }

    /// Brings the page up to date with the state.
    fn show(self) {
        self.shown.try_set_value(true);
        self.notify();
    }

    /// Tells everybody, as long as the state does not say what of it changed.
    fn notify(self) {
        let triggers = self.triggers.try_with_value(Triggers::all).unwrap_or_default();
        triggers.iter().for_each(Notify::notify);
    }

    /// Something that the server was asked for was answered.
    fn answered(self, answer: Answer) {
        self.change(|state| state.answer(answer));
    }

    fn link(self, link: Link) {
        self.change(|state| state.link(link));
    }

    /// Asks the server; `None` once the chat is gone.
    fn call<E: Call<Catalogue = Chat>>(
        self,
        event: E,
    ) -> Option<impl Future<Output = Answered<E::Ack>> + use<E>> {
        self.client.try_with_value(|client| client.call(event))
    }
}

/// What a test of components says in the place of a server, which there is none of.
#[cfg(test)]
#[cfg(target_arch = "wasm32")]
impl Store {
    pub(crate) fn hang_up(self) {
        self.client.with_value(Client::disconnect);
    }

    pub(crate) fn server_sends(self, event: ServerEvent) {
        self.hear(event);
    }

    pub(crate) fn server_answers(self, answer: Answer) {
        self.answered(answer);
    }

    pub(crate) fn link_is(self, link: Link) {
        self.link(link);
    }
}

type Answered<T> = Result<T, CallError<ErrorBody>>;

/// What went wrong with a call, and what to do, for people.
fn sentence(error: CallError<ErrorBody>) -> String {
    match error {
        CallError::Refused(error) => error.message,
        CallError::Failed(_) => "The server did not answer. Check the connection, then try again.".to_owned(),
        CallError::Unreadable(error) => {
            complain(error);
            "The server answered something that this page does not understand. Reload the page.".to_owned()
        }
    }
}

/// A line in the browser's console, for whoever looks there.
fn complain(what: impl Display) {
    leptos::logging::warn!("parlance: {what}");
}
