//! The notifications that are there: one for a conversation, until it is read.

use std::collections::HashMap;

use chat::Topic;
use gloo::events::EventListener;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use protocol::{ConversationId, Seq};
use serde::Serialize;
use wasm_bindgen::JsCast as _;
use web_sys::Notification;

use crate::{routes::conversation_path, store::Store};

#[derive(Clone, Copy)]
pub(super) struct Shown {
    of: StoredValue<HashMap<ConversationId, One>, LocalStorage>,
    open: Callback<ConversationId>,
}

struct One {
    notification: Notification,
    /// The message that it is about.
    seq: Seq,
    _click: EventListener,
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
}

impl Shown {
    pub(super) fn start(store: Store) -> Self {
        let navigate = use_navigate();
        let open = Callback::new(move |id| navigate(&conversation_path(id), NavigateOptions::default()));
        let this = Self { of: StoredValue::new_local(HashMap::new()), open };
        Effect::new(move |_| {
            store.track(Topic::Unread);
            this.of.update_value(|of| {
                let is_unread = |id: &ConversationId, one: &mut One| {
                    store.with(|state| state.conversation(*id).is_some_and(|it| one.seq > it.read_up_to))
                };
                for (_, read) in of.extract_if(|id, one| !is_unread(id, one)) {
                    read.notification.close();
                }
            });
        });
        // Nothing stays of somebody who has logged out.
        on_cleanup(move || {
            this.of.try_update_value(|of| of.drain().for_each(|(_, one)| one.notification.close()));
        });
        this
    }

    /// Says whether it is there: on a phone a browser may refuse.
    pub(super) fn show(self, id: ConversationId, seq: Seq, title: &str, body: &str) -> bool {
        let tag = conversation_path(id);
        let options = Options { body, tag: &tag, renotify: true, silent: true };
        let Ok(options) = serde_wasm_bindgen::to_value(&options) else { return false };
        let Ok(notification) = Notification::new_with_options(title, options.unchecked_ref()) else {
            return false;
        };
        let pressed = notification.clone();
        let click = EventListener::new(&notification, "click", move |_| {
            let _ = window().focus();
            self.open.run(id);
            pressed.close();
        });
        // The browser has put it in the place of the former one, which needs no closing: to some browsers
        // both are the same.
        self.of.try_update_value(|of| of.insert(id, One { notification, seq, _click: click }));
        true
    }
}
