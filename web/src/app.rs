//! What the components share: the state, the connection behind it, and what they may ask for.
//!
//! Components read through [`App::select`] and act through [`App::act`] and the functions in
//! [`requests`]. They never see the connection or the storage.

mod effects;
mod link;
mod requests;

use std::fmt::Display;

use crate::reactive::*;
use client::{
    CallError, Client, Options,
    browser::{
        self,
        shared::{Leading, connect_shared},
    },
};
use protocol::{Call, Chat, ErrorBody, ServerEvent, User, UserId};
use web_sys::VisibilityState;

use crate::{
    announcer::Announcer,
    browser::{Drafts, OutboxRows, can_keep},
    calendar::Calendar,
    dom::{listen, next_frame},
    live::{self, Kept, Live, Var, keep, var},
    pause::Pause,
    place::Navigation,
    session::Session,
    state::{Action, Answer, ChatState, Effect, Link},
};

/// Everything that is there while somebody is logged in. A handle: copies are the same app.
#[derive(Clone, Copy)]
pub(crate) struct App {
    pub(crate) me: UserId,
    pub(crate) calendar: Calendar,
    pub(crate) navigation: Navigation,
    pub(crate) announcer: Announcer,
    /// Whether somebody looks at the page: what is on the screen then counts as read.
    pub(crate) attention: Var<bool>,
    /// Whether the details of the open conversation are shown.
    pub(crate) details: Var<bool>,
    /// Whether the sidebar is unfolded, where it is a rail.
    pub(crate) sidebar: Var<bool>,
    /// Whether the dialog for making a group is open.
    pub(crate) new_group: Var<bool>,
    /// Whether the dialog for finding a group is open.
    pub(crate) find_group: Var<bool>,
    /// What is said of the connection, whatever pane is open.
    pub(crate) spoken: Var<Spoken>,
    /// Something that went wrong and concerns no place on the page.
    pub(crate) problem: Var<Option<String>>,
    /// How many people are known by name; a name never changes.
    pub(crate) names: Live<usize>,
    session: Session,
    state: RwSignal<ChatState>,
    /// Whether the page shows all of it, or will only with the next frame.
    shown: Kept<bool>,
    /// The connection, which all tabs share in which the same person is logged in.
    client: Kept<Client<Chat>>,
    leading: Kept<Leading>,
    /// Our own wait before the next try, where the connection does not try by itself.
    pause: Pause,
    /// What survives the page of what was not sent.
    outbox: Kept<Option<OutboxRows>>,
    drafts: Kept<Drafts>,
    /// Whether what one writes survives the page.
    pub(crate) can_keep: Var<bool>,
}

/// What is said of the connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spoken {
    Nothing,
    Broken,
    BackOnline,
}

impl App {
    /// The app of the part of the page that is being built.
    #[expect(clippy::expect_used, reason = "whatever is built in it finds it")]
    pub(crate) fn here() -> Self {
        use_context().expect("an app around")
    }

    /// Connects somebody who has just been logged in, for as long as the owner lives.
    pub(crate) fn start(me: User, session: Session, navigation: Navigation, calendar: Calendar) -> Self {
        let id = me.id;
        let token = session.token();
        let options = Options::new(browser::origin()).token(move || token.text());
        let (client, notices, leading) = connect_shared(&format!("parlance/{id}"), options);

        let state = RwSignal::new(ChatState::new(me));
        let outbox = keep(None);
        let this = Self {
            me: id,
            calendar,
            navigation,
            announcer: Announcer::new(),
            attention: watch_attention(),
            details: var(false),
            sidebar: var(false),
            new_group: var(false),
            find_group: var(false),
            spoken: var(Spoken::Nothing),
            problem: var(None),
            names: live::memo(move || state.read().people.known()),
            session,
            state,
            shown: keep(true),
            client: keep(client),
            leading: keep(leading),
            pause: Pause::new(),
            outbox,
            drafts: keep(Drafts::open(id)),
            can_keep: var(true),
        };
        spawn_local(async move { this.can_keep.set(can_keep().await) });
        outbox.set(Some(OutboxRows::open(id)));
        this.change(ChatState::read_outbox);
        spawn_local(this.listen(notices));
        spawn_local(this.renew());
        // A machine that slept and a network that is back do not wait for a timer, and timers are
        // slow in a tab that nobody sees.
        let look = move |_: web_sys::Event| {
            this.show();
            if document().visibility_state() == VisibilityState::Visible {
                this.client.update(|client| client.check());
            }
        };
        listen(&window(), "online", move |_| this.try_now());
        listen(&window(), "online", look);
        listen(&document(), "visibilitychange", look);
        on_cleanup(move || {
            this.client.update(|client| client.disconnect());
        });
        this
    }

    /// A part of the state. What depends on it runs again only when that part has changed.
    pub(crate) fn select<T>(self, part: impl Fn(&ChatState) -> T + Send + Sync + 'static) -> Live<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        live::memo(move || part(&self.state.read()))
    }

    /// A look at the state that nothing depends on.
    pub(crate) fn look<T>(self, part: impl FnOnce(&ChatState) -> T) -> T {
        part(&self.state.read_untracked())
    }

    /// A person did something.
    pub(crate) fn act(self, action: Action) {
        self.change(|state| state.act(action));
    }

    /// Changes the state and does what follows from it.
    fn change(self, change: impl FnOnce(&mut ChatState) -> Vec<Effect>) {
        /// Compiled once.
        fn one(app: App, change: &mut dyn FnMut(&mut ChatState)) {
            // None once the app is gone: an answer came too late.
            if let Some(mut state) = app.state.try_write() {
                change(&mut state);
            }
        }
        let (mut change, mut effects) = (Some(change), vec![]);
        one(self, &mut |state| effects = change.take().map(|change| change(state)).unwrap_or_default());
        self.perform(effects);
    }

    /// The server sent an event. The state has it at once, and the page before the next frame:
    /// however many come in between, it is looked through once.
    pub(crate) fn hear(self, event: ServerEvent) {
        let effects = self.state.try_update_untracked(|state| state.apply(event));
        self.perform(effects.unwrap_or_default());
        if document().hidden() {
            // There are no frames, but a title that says how much is unread.
            self.show();
        } else if self.shown.update(std::mem::take) == Some(true) {
            next_frame(move || self.show());
        }
    }

    /// Brings the page up to date with the state.
    fn show(self) {
        self.shown.set(true);
        self.state.notify();
    }

    /// Something that the server was asked for was answered.
    pub(crate) fn answered(self, answer: Answer) {
        self.change(|state| state.answer(answer));
    }

    pub(crate) fn link(self, link: Link) {
        self.change(|state| state.link(link));
    }

    /// Leaves the connection, which has nobody at its other end in a test of components.
    #[cfg(test)]
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn hang_up(self) {
        self.client.update(|client| client.disconnect());
    }

    pub(crate) fn session(self) -> Session {
        self.session
    }

    /// Asks the server; `None` once the app is gone.
    fn call<E: Call<Catalogue = Chat>>(
        self,
        event: E,
    ) -> Option<impl Future<Output = Answered<E::Ack>> + use<E>> {
        let client = self.client.get()?;
        Some(client.call(event))
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
    web_sys::console::warn_1(&format!("parlance: {what}").into());
}

fn watch_attention() -> Var<bool> {
    fn paid() -> bool {
        let document = document();
        document.visibility_state() == VisibilityState::Visible && document.has_focus().unwrap_or(true)
    }
    let attention = var(paid());
    let look = move |_: web_sys::Event| attention.set(paid());
    listen(&window(), "focus", look);
    listen(&window(), "blur", look);
    listen(&document(), "visibilitychange", look);
    attention
}
