//! What somebody began to write, one row for each conversation.
//!
//! A keystroke costs nothing here but a timer: the text is asked for once the typing has paused, and
//! written by one write at a time, the latest text only. Where IndexedDB does not work a draft is in
//! `localStorage`, as it was in earlier versions.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
    time::Duration,
};

use futures::{
    FutureExt as _, StreamExt as _,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
    future::{Either, LocalBoxFuture, select},
};
use gloo::events::EventListener;
use gloo_timers::future::sleep;
use js_sys::Date;
use protocol::{ConversationId, UserId};
use wasm_bindgen_futures::spawn_local;

use super::{
    database::{Rows, Store},
    local,
};

/// How long nobody types before a draft is written. Somebody who kills the browser a tenth of a
/// second after the last key finds everything again.
const PAUSE: Duration = Duration::from_millis(25);

/// A long text takes a while to be read and written, so this much is added for each KiB …
const PAUSE_FOR_A_KIB: Duration = Duration::from_millis(1);

/// … up to here. Somebody who types without a pause does not wait longer for the writing either.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The drafts of one person.
#[derive(Clone)]
pub(crate) struct Drafts {
    shared: Rc<Shared>,
    changes: UnboundedSender<Change>,
    /// The page may not come back from being hidden.
    _hidden: Rc<Option<EventListener>>,
}

struct Shared {
    me: UserId,
    rows: Rows,
    /// What nobody has asked for yet, by conversation.
    unsaved: RefCell<HashMap<ConversationId, Box<dyn Fn() -> String>>>,
    /// What is being written.
    writing: RefCell<Option<(ConversationId, Rc<str>)>>,
    /// How many bytes the last round wrote.
    size: Cell<usize>,
}

enum Change {
    Typed,
    Flush,
}

impl Drafts {
    /// Opens the drafts of `me`.
    pub(crate) fn open(me: UserId) -> Self {
        let (changes, changed) = unbounded();
        let shared = Rc::new(Shared {
            me,
            rows: Rows::of(Store::Drafts),
            unsaved: RefCell::default(),
            writing: RefCell::default(),
            size: Cell::default(),
        });
        spawn_local(work(shared.clone(), changed));
        let document = web_sys::window().and_then(|window| window.document());
        let flush = changes.clone();
        let hidden = document.map(|document| {
            EventListener::new(&document, "visibilitychange", move |_| {
                let _ = flush.unbounded_send(Change::Flush);
            })
        });
        Self { shared, changes, _hidden: Rc::new(hidden) }
    }

    /// What stands in a conversation, written by this tab or by another one; empty if there is nothing.
    pub(crate) fn load(&self, conversation: ConversationId) -> LocalBoxFuture<'static, String> {
        let shared = self.shared.clone();
        async move {
            shared.rows.open().await;
            if let Some(text) = shared.unsaved.borrow().get(&conversation) {
                return text();
            }
            if let Some((being_written, text)) = &*shared.writing.borrow()
                && *being_written == conversation
            {
                return text.to_string();
            }
            shared.read(conversation).await
        }
        .boxed_local()
    }

    /// Where somebody began to write something, in this tab or in another one.
    pub(crate) fn all(&self) -> LocalBoxFuture<'static, HashSet<ConversationId>> {
        let shared = self.shared.clone();
        async move {
            shared.rows.open().await;
            let keys = shared.rows.keys(&shared.me.to_string()).await;
            let mut all: HashSet<_> = keys.iter().filter_map(|key| conversation(key)).collect();
            // What is on its way to the disk.
            let writing = shared.writing.borrow();
            let writing = writing.iter().map(|(id, text)| (*id, text.is_empty()));
            let unsaved = shared.unsaved.borrow();
            for (id, is_empty) in writing.chain(unsaved.iter().map(|(id, text)| (*id, text().is_empty()))) {
                let _ = if is_empty { all.remove(&id) } else { all.insert(id) };
            }
            all
        }
        .boxed_local()
    }

    /// Somebody changed the draft of a conversation. `text` is asked for when it is written, soon
    /// and at most once, unless another change comes before that; an empty text is forgotten.
    pub(crate) fn save(&self, conversation: ConversationId, text: impl Fn() -> String + 'static) {
        self.shared.unsaved.borrow_mut().insert(conversation, Box::new(text));
        let _ = self.changes.unbounded_send(Change::Typed);
    }

    /// Asks for every text that was changed, now, and writes it: to be called before a field shows
    /// something else.
    pub(crate) fn flush(&self) {
        self.shared.ask_for_texts();
        let _ = self.changes.unbounded_send(Change::Flush);
    }
}

/// Ends with the last [`Drafts`], after everything is written.
async fn work(shared: Rc<Shared>, mut changes: UnboundedReceiver<Change>) {
    shared.rows.open().await;
    while let Some(change) = changes.next().await {
        if matches!(change, Change::Typed) {
            typing_pauses(&shared, &mut changes).await;
        }
        shared.write_all().await;
    }
}

/// Waits until nobody types, the texts are wanted now, or somebody typed for too long.
async fn typing_pauses(shared: &Shared, changes: &mut UnboundedReceiver<Change>) {
    let since = Date::now();
    let kib = u32::try_from(shared.size.get() / 1024).unwrap_or(u32::MAX);
    let pause = (PAUSE + PAUSE_FOR_A_KIB.saturating_mul(kib)).min(LONGEST_PAUSE);
    loop {
        let next = select(changes.next(), sleep(pause)).await;
        let too_long = Date::now() - since > LONGEST_PAUSE.as_secs_f64() * 1_000.0;
        if too_long || !matches!(next, Either::Left((Some(Change::Typed), _))) {
            return;
        }
    }
}

impl Shared {
    /// From here on it does not matter any more what stands in the fields.
    fn ask_for_texts(&self) {
        for text in self.unsaved.borrow_mut().values_mut() {
            let now = text();
            *text = Box::new(move || now.clone());
        }
    }

    async fn write_all(&self) {
        let mut size = 0;
        while let Some((conversation, text)) = self.next_text() {
            size += text.len();
            *self.writing.borrow_mut() = Some((conversation, text.clone()));
            self.write(conversation, &text).await;
            *self.writing.borrow_mut() = None;
        }
        self.size.set(size);
    }

    fn next_text(&self) -> Option<(ConversationId, Rc<str>)> {
        let mut unsaved = self.unsaved.borrow_mut();
        let conversation = *unsaved.keys().next()?;
        let text = unsaved.remove(&conversation)?;
        Some((conversation, text().into()))
    }

    async fn write(&self, conversation: ConversationId, text: &str) {
        let row = Some(text).filter(|text| !text.is_empty());
        let item = self.item(conversation);
        if self.rows.write(&self.key(conversation), row).await {
            local::remove(&item);
        } else if let Some(text) = row {
            local::put(&item, text);
        } else {
            local::remove(&item);
        }
    }

    async fn read(&self, conversation: ConversationId) -> String {
        // It is there only if the database did not take it, or if an earlier version wrote it.
        if let Some(text) = local::text(&self.item(conversation)) {
            return text;
        }
        self.rows.read(&self.key(conversation)).await.unwrap_or_default()
    }

    fn key(&self, conversation: ConversationId) -> String {
        match conversation {
            ConversationId::User(id) => format!("{}/people/{id}", self.me),
            ConversationId::Group(id) => format!("{}/groups/{id}", self.me),
        }
    }

    fn item(&self, conversation: ConversationId) -> String {
        format!("parlance.draft.{}", self.key(conversation))
    }
}

/// Whose key this is, without the person's own id.
fn conversation(key: &str) -> Option<ConversationId> {
    match key.split_once('/')? {
        ("people", id) => id.parse().ok().map(ConversationId::User),
        ("groups", id) => id.parse().ok().map(ConversationId::Group),
        _ => None,
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
