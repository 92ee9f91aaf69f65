//! What somebody began to write: for each conversation a row for the text of a new message, and one for what
//! else the field is used for.
//!
//! A keystroke costs nothing here but a timer: the text is asked for once the typing has paused, and
//! written by one write at a time, the latest text only. Where IndexedDB does not work a draft is in
//! `localStorage`, as it was in earlier versions. Each write is told to the other tabs.

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
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BroadcastChannel, MessageEvent};

use super::{
    database::{Rows, Store, Unreadable},
    local,
};

/// How long nobody types before a draft is written. Somebody who kills the browser a tenth of a
/// second after the last key finds everything again.
const PAUSE: Duration = Duration::from_millis(25);

/// A long text takes a while to be read and written, so this much is added for each KiB …
const PAUSE_FOR_A_KIB: Duration = Duration::from_millis(1);

/// … up to here. Somebody who types without a pause does not wait longer for the writing either.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Begins the name of an item in `localStorage`.
const ITEM: &str = "parlance.draft.";

/// Ends the key of a mode. An earlier version, in another tab, takes such a row for none of its own.
const MODE: &str = "/mode";

/// What is kept of a conversation's field, each in a row of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// The text of a new message.
    Text,
    /// That the field is used for a reply or a correction, as its owner writes it down.
    Mode,
}

type DraftKey = (ConversationId, Part);

/// What was kept of a conversation's field; empty where there is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) text: String,
    pub(crate) mode: String,
}

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
    /// What nobody has asked for yet.
    unsaved: RefCell<HashMap<DraftKey, Box<dyn Fn() -> String>>>,
    /// What is being written.
    writing: RefCell<Option<(DraftKey, Rc<str>)>>,
    /// What no storage took the last time: it is nowhere else.
    lost: RefCell<HashMap<DraftKey, Rc<str>>>,
    /// How many bytes the last round wrote.
    size: Cell<usize>,
    /// The other tabs of this person; `None` where the browser has no channels.
    channel: Option<BroadcastChannel>,
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
            lost: RefCell::default(),
            size: Cell::default(),
            channel: BroadcastChannel::new(&format!("parlance/{me}/drafts")).ok(),
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

    /// What stands in a conversation, written by this tab or by another one; `None` if it cannot be read now.
    pub(crate) fn load(&self, conversation: ConversationId) -> LocalBoxFuture<'static, Option<Kept>> {
        let shared = self.shared.clone();
        async move {
            shared.rows.open().await;
            let text = shared.newest((conversation, Part::Text)).await.ok()?;
            Some(Kept { text, mode: shared.newest((conversation, Part::Mode)).await.ok()? })
        }
        .boxed_local()
    }

    /// Where somebody began to write something, in this tab or in another one.
    pub(crate) fn all(&self) -> LocalBoxFuture<'static, HashSet<ConversationId>> {
        let shared = self.shared.clone();
        async move {
            shared.rows.open().await;
            let keys = shared.rows.keys(&shared.me.to_string()).await;
            let mut all: HashSet<DraftKey> = keys.iter().filter_map(|key| place(key)).collect();
            let local = shared.local();
            let local = local.iter().map(|(place, text)| (*place, text.is_empty()));
            let lost = shared.lost.borrow();
            let lost = lost.iter().map(|(place, text)| (*place, text.is_empty()));
            // What is on its way to the disk.
            let writing = shared.writing.borrow();
            let writing = writing.iter().map(|(place, text)| (*place, text.is_empty()));
            let unsaved = shared.unsaved.borrow();
            let unsaved = unsaved.iter().map(|(place, text)| (*place, text().is_empty()));
            for (place, is_empty) in local.chain(lost).chain(writing).chain(unsaved) {
                let _ = if is_empty { all.remove(&place) } else { all.insert(place) };
            }
            all.into_iter().map(|(conversation, _)| conversation).collect()
        }
        .boxed_local()
    }

    /// Somebody changed a part of what is kept of a conversation. `text` is asked for when it is written, soon
    /// and at most once, unless another change comes before that; an empty text is forgotten.
    pub(crate) fn save(&self, conversation: ConversationId, part: Part, text: impl Fn() -> String + 'static) {
        self.shared.unsaved.borrow_mut().insert((conversation, part), Box::new(text));
        let _ = self.changes.unbounded_send(Change::Typed);
    }

    /// Whether something that this tab changed in a conversation is not written yet.
    pub(crate) fn is_changing(&self, conversation: ConversationId) -> bool {
        let writing = self.shared.writing.borrow().as_ref().is_some_and(|((id, _), _)| *id == conversation);
        writing || self.shared.unsaved.borrow().keys().any(|(id, _)| *id == conversation)
    }

    /// Calls back when another tab has written what stands in a conversation, until the listener is dropped.
    pub(crate) fn listen(&self, hear: impl Fn(ConversationId) + 'static) -> Option<EventListener> {
        let channel = self.shared.channel.as_ref()?;
        Some(EventListener::new(channel, "message", move |event| {
            let event: &MessageEvent = event.unchecked_ref();
            if let Ok(conversation) = serde_wasm_bindgen::from_value(event.data()) {
                hear(conversation);
            }
        }))
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
        while let Some((place, text)) = self.next_text() {
            size += text.len();
            *self.writing.borrow_mut() = Some((place, text.clone()));
            self.write(place, &text).await;
            *self.writing.borrow_mut() = None;
            self.tell(place.0);
        }
        self.size.set(size);
    }

    fn next_text(&self) -> Option<(DraftKey, Rc<str>)> {
        let mut unsaved = self.unsaved.borrow_mut();
        let place = *unsaved.keys().next()?;
        let text = unsaved.remove(&place)?;
        Some((place, text().into()))
    }

    async fn write(&self, place: DraftKey, text: &str) {
        let row = Some(text).filter(|text| !text.is_empty());
        let item = self.item(place);
        let is_kept = if self.rows.write(&self.key(place), row).await {
            local::remove(&item);
            true
        } else {
            // An empty text says that it is forgotten, whatever is still in the database.
            local::put(&item, text)
        };
        let mut lost = self.lost.borrow_mut();
        let _ = if is_kept { lost.remove(&place) } else { lost.insert(place, text.into()) };
    }

    fn tell(&self, conversation: ConversationId) {
        if let (Some(channel), Ok(changed)) = (&self.channel, serde_wasm_bindgen::to_value(&conversation)) {
            // It fails on a channel that is closed, and this one is not before it is dropped.
            let _ = channel.post_message(&changed);
        }
    }

    /// What this tab is about to write or could not write, or what is kept.
    async fn newest(&self, place: DraftKey) -> Result<String, Unreadable> {
        if let Some(text) = self.unsaved.borrow().get(&place) {
            return Ok(text());
        }
        if let Some((being_written, text)) = &*self.writing.borrow()
            && *being_written == place
        {
            return Ok(text.to_string());
        }
        if let Some(text) = self.lost.borrow().get(&place) {
            return Ok(text.to_string());
        }
        // It is there only if the database did not take it, or if an earlier version wrote it.
        if let Some(text) = local::text(&self.item(place)) {
            return Ok(text);
        }
        Ok(self.rows.read(&self.key(place)).await?.unwrap_or_default())
    }

    fn key(&self, (conversation, part): DraftKey) -> String {
        let mode = if part == Part::Mode { MODE } else { "" };
        match conversation {
            ConversationId::User(id) => format!("{}/people/{id}{mode}", self.me),
            ConversationId::Group(id) => format!("{}/groups/{id}{mode}", self.me),
        }
    }

    fn item(&self, place: DraftKey) -> String {
        format!("{ITEM}{}", self.key(place))
    }

    /// What the database did not take.
    fn local(&self) -> Vec<(DraftKey, String)> {
        let mine = format!("{ITEM}{}/", self.me);
        let items = local::items(&mine).into_iter();
        items.filter_map(|(key, text)| Some((place(&key)?, text))).collect()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.close();
        }
    }
}

/// What this is the key of, without the person's own id.
fn place(key: &str) -> Option<DraftKey> {
    let (key, part) = key.strip_suffix(MODE).map_or((key, Part::Text), |key| (key, Part::Mode));
    let conversation = match key.split_once('/')? {
        ("people", id) => ConversationId::User(id.parse().ok()?),
        ("groups", id) => ConversationId::Group(id.parse().ok()?),
        _ => return None,
    };
    Some((conversation, part))
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
