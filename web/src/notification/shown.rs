//! The notifications that are there, until what they are about is read.

use std::collections::HashMap;

use chat::{ChatState, Topic};
use gloo::events::EventListener;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use protocol::{ConversationId, Seq};
use serde::Serialize;
use wasm_bindgen::JsCast as _;
use web_sys::{Notification, NotificationOptions};

use super::worker;
use crate::{routes, store::Store};

/// By the address that each leads to, which is its tag.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    of: StoredValue<HashMap<String, One>, LocalStorage>,
    open: Callback<String>,
}

/// What a notification says.
pub(super) struct Content {
    pub(super) title: String,
    pub(super) body: String,
    /// Where it leads.
    pub(super) path: String,
    /// The newest message of each conversation that it is about.
    pub(super) about: Vec<(ConversationId, Seq)>,
}

struct One {
    about: Vec<(ConversationId, Seq)>,
    by: By,
}

/// What shows it.
enum By {
    Page { notification: Notification, _click: EventListener },
    Worker,
}

/// What a browser is told of a notification besides its title.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Options<'a> {
    body: &'a str,
    /// A second one of the same tag takes the place of the first.
    tag: &'a str,
    /// And asks for attention as the first did.
    renotify: bool,
    /// The sound is ours.
    silent: bool,
    /// Where it leads, for the worker.
    data: &'a str,
}

impl Shown {
    pub(super) fn start(store: Store) -> Self {
        let navigate = use_navigate();
        let open = Callback::new(move |path: String| {
            if routes::is_ours(&path) {
                navigate(&path, NavigateOptions::default());
            }
        });
        StoredValue::new_local(worker::on_press(move |path| open.run(path)));
        let this = Self { of: StoredValue::new_local(HashMap::new()), open };
        Effect::new(move |_| {
            store.track(Topic::Unread);
            this.of.update_value(|of| {
                let is_read = |_: &String, one: &mut One| store.with(|state| !one.is_unread(state));
                of.extract_if(is_read).for_each(|(path, one)| one.close(path));
            });
        });
        // Nothing stays of somebody who has logged out.
        on_cleanup(move || {
            this.of.try_update_value(|of| of.drain().for_each(|(path, one)| one.close(path)));
        });
        this
    }

    /// Says whether it is there: a browser may refuse.
    pub(super) async fn show(self, content: Content) -> bool {
        let Content { title, body, path, about } = content;
        let (title, body) = (title.as_str(), body.as_str());
        let options = Options { body, tag: &path, renotify: true, silent: true, data: &path };
        let Ok(options) = serde_wasm_bindgen::to_value(&options) else { return false };
        let options: NotificationOptions = options.unchecked_into();
        let by = match Notification::new_with_options(title, &options) {
            Ok(notification) => {
                let (pressed, open, path) = (notification.clone(), self.open, path.clone());
                let click = EventListener::new(&notification, "click", move |_| {
                    let _ = window().focus();
                    open.run(path.clone());
                    pressed.close();
                });
                By::Page { notification, _click: click }
            }
            Err(_) if worker::show(title, &options).await => By::Worker,
            Err(_) => return false,
        };
        // The browser has put it in the place of the former one, which needs no closing: to some browsers
        // both are the same.
        self.of.try_update_value(|of| of.insert(path, One { about, by }));
        true
    }
}

impl One {
    fn is_unread(&self, state: &ChatState) -> bool {
        let is_unread = |(id, seq): &(ConversationId, Seq)| {
            state.conversation(*id).is_some_and(|it| *seq > it.read_up_to)
        };
        self.about.iter().any(is_unread)
    }

    fn close(self, path: String) {
        match self.by {
            By::Page { notification, .. } => notification.close(),
            By::Worker => spawn_local(async move { drop(worker::close(&path).await) }),
        }
    }
}
