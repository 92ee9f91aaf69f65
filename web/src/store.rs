//! The only connection between the components and the chat.
//!
//! Components read through [`Store::select`] and [`Store::with`], act through [`Store::act`], and
//! ask through the functions in [`queries`]. They see neither the connection nor the storage: those
//! belong to the chat's [`Runtime`], which is given what it needs in [`environment`].

mod environment;
mod on_screen;
mod queries;
mod topics;

use std::{collections::HashSet, rc::Rc};

use chat::{Action, Cause, Changes, ChatState, Command, Connection, Environment, Opening, Runtime, Topic};
use client::{
    Options,
    browser::{self, shared::connect_shared},
};
use gloo::events::EventListener;
use leptos::{ev, prelude::*, task::spawn_local};
use leptos_use_event_listener::use_event_listener;
use protocol::{ClientId, ConversationId, User, UserId};
use wasm_bindgen::UnwrapThrowExt as _;
use web_sys::VisibilityState;

pub(crate) use self::topics::of_name;
use self::{
    environment::{BrowserClock, OtherTabs},
    on_screen::OnScreen,
    topics::Triggers,
};
use crate::{
    browser::{Drafts, Kept, OutboxRows, Part, can_keep},
    intl::calendar,
    session::Session,
};

/// The chat of the person who is logged in. A handle, in context: copies are the same chat.
#[derive(Clone, Copy)]
pub(crate) struct Store {
    me: UserId,
    runtime: StoredValue<Runtime, LocalStorage>,
    triggers: StoredValue<Triggers>,
    drafts: StoredValue<Drafts, LocalStorage>,
    /// Where there are some.
    drafted: RwSignal<HashSet<ConversationId>>,
    on_screen: StoredValue<OnScreen>,
    /// Whether anything could be kept when the page began.
    can_keep: RwSignal<bool>,
}

impl Store {
    /// The chat of the part of the page that is being built.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Connects somebody who has just been logged in, for as long as the owner lives.
    pub(crate) fn start(me: User, session: Session) -> Self {
        let id = me.id;
        let name = format!("parlance/{id}");
        let token = session.token();
        let opening = Opening::default();
        let next = opening.clone();
        let options = Options::new(browser::origin()).auth(move || next.auth(token.text()));
        let (client, notices, leading) = connect_shared(&name, options);
        let tabs = Rc::new(OtherTabs::open(&name, leading));
        let environment = Environment {
            disk: Rc::new(OutboxRows::open(id)),
            clock: Rc::new(BrowserClock),
            login: Rc::new(session),
            tabs: tabs.clone(),
            seed: js_sys::Math::random().to_bits(),
        };
        let triggers = StoredValue::new(Triggers::default());
        let show = move |changes, cause| show(triggers, changes, cause);
        let connection = Connection { client, notices, opening };
        let (runtime, run) = Runtime::start(me, connection, environment, show);
        browser::spawn(run);

        let this = Self {
            me: id,
            runtime: StoredValue::new_local(runtime.clone()),
            triggers,
            drafts: StoredValue::new_local(Drafts::open(id)),
            drafted: RwSignal::new(HashSet::new()),
            on_screen: StoredValue::new(OnScreen::default()),
            can_keep: RwSignal::new(true),
        };
        spawn_local(async move {
            // If the page is gone, nobody listens any more.
            let _ = this.can_keep.try_set(can_keep().await);
        });
        this.look_for_drafts();
        StoredValue::new_local(this.hear_of_drafts(move |_| this.look_for_drafts()));
        // The listener lives as long as the owner, too.
        StoredValue::new_local(tabs.listen(move |news| runtime.hear_tab(news)));
        this.listen_to_the_browser();
        on_cleanup(move || {
            this.runtime.try_with_value(Runtime::end);
        });
        this
    }

    /// Reacts at once when the machine has slept or the network is back, because timers are slow in a
    /// tab that nobody sees.
    fn listen_to_the_browser(self) {
        let _ = use_event_listener(window(), ev::online, move |_| {
            self.try_now();
            self.runtime.with_value(Runtime::check);
        });
        // The browser may be wrong: the server is asked.
        let _ = use_event_listener(window(), ev::offline, move |_| self.runtime.with_value(Runtime::probe));
        // A page that is shown again is told of the connection anew, and then says whom it shows.
        let put_away = move || {
            self.runtime.try_with_value(Runtime::put_away);
        };
        let _ = use_event_listener(window(), ev::pagehide, move |_| put_away());
        let freeze = ev::Custom::<web_sys::Event>::new("freeze");
        let _ = use_event_listener(document(), freeze, move |_| put_away());
        let _ = use_event_listener(document(), ev::visibilitychange, move |_| {
            show_waiting(self.triggers);
            if document().visibility_state() == VisibilityState::Visible {
                self.look_for_drafts();
                self.runtime.with_value(Runtime::check);
            }
        });
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
        self.runtime.with_value(|runtime| runtime.with(part))
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
        self.runtime.with_value(|runtime| runtime.act(action));
    }

    /// The server is to do this, as soon as it can.
    pub(crate) fn write(self, conversation: ConversationId, command: Command) {
        self.act(Action::Write { conversation, client_id: new_client_id(), command, now: calendar::now() });
    }

    /// Tries to connect now instead of later.
    pub(crate) fn try_now(self) {
        self.runtime.with_value(Runtime::try_now);
    }

    /// Whether what the person writes survives the page: storage worked when the page began, and has
    /// kept everything since.
    pub(crate) fn can_keep(self) -> bool {
        self.track(Topic::Outbox);
        self.can_keep.get() && !self.with(|state| state.outbox.is_at_risk())
    }

    /// What somebody began to write in a conversation; `None` if it cannot be read now.
    pub(crate) async fn draft(self, id: ConversationId) -> Option<Kept> {
        self.drafts.try_with_value(|drafts| drafts.load(id))?.await
    }

    /// Somebody changed a part of it; whether anything is left at all. The text is asked for when it is written,
    /// soon.
    pub(crate) fn keep_draft(
        self,
        id: ConversationId,
        part: Part,
        is_there: bool,
        text: impl Fn() -> String + 'static,
    ) {
        if self.drafted.try_with_untracked(|drafted| drafted.contains(&id)) == Some(!is_there) {
            self.drafted.update(|drafted| {
                let _ = if is_there { drafted.insert(id) } else { drafted.remove(&id) };
            });
        }
        self.drafts.try_with_value(|drafts| drafts.save(id, part, text));
    }

    /// Whether what somebody changed here is not kept yet.
    pub(crate) fn is_draft_changing(self, id: ConversationId) -> bool {
        self.drafts.try_with_value(|drafts| drafts.is_changing(id)) == Some(true)
    }

    /// Calls back when what was begun in a conversation was changed in another tab, until the listener is dropped.
    pub(crate) fn hear_of_drafts(self, hear: impl Fn(ConversationId) + 'static) -> Option<EventListener> {
        self.drafts.try_with_value(|drafts| drafts.listen(hear)).flatten()
    }

    /// Whether somebody began to write something in a conversation.
    pub(crate) fn has_draft(self, id: ConversationId) -> bool {
        self.drafted.with(|drafted| drafted.contains(&id))
    }

    /// Another tab may have begun some, and sent others.
    fn look_for_drafts(self) {
        spawn_local(async move {
            if let Some(all) = self.drafts.try_with_value(Drafts::all) {
                self.drafted.try_set(all.await);
            }
        });
    }

    /// The field is about to show something else.
    pub(crate) fn flush_drafts(self) {
        self.drafts.try_with_value(Drafts::flush);
    }
}

/// An id for what is about to be sent.
pub(crate) fn new_client_id() -> ClientId {
    let mut random = [0; 10];
    // A browser without it would not have come this far: it makes the ids of tabs, too.
    window().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut random)).unwrap_throw();
    ClientId::new(calendar::now(), random)
}

/// Something changed. The person's own change is shown at once; everything else that happens before the
/// next frame is shown together.
fn show(triggers: StoredValue<Triggers>, changes: Changes, cause: Cause) {
    let is_first = triggers.try_update_value(|triggers| triggers.wait(changes));
    // There are no frames where nobody looks, but a title that says how much is unread.
    if cause == Cause::Person || document().hidden() {
        show_waiting(triggers);
    } else if is_first == Some(true) {
        request_animation_frame(move || show_waiting(triggers));
    }
}

fn show_waiting(triggers: StoredValue<Triggers>) {
    let waiting = triggers.try_update_value(Triggers::take_waiting).unwrap_or_default();
    waiting.iter().for_each(Notify::notify);
}
