//! Dialogs about one message: whether to delete it, what it said before, to whom to forward it.

use chat::Command;
use leptos::prelude::*;
use protocol::{ConversationId, FormerText, MessageId, UserId};

use super::{forward::Forward, text::MessageText};
use crate::{
    conversation::names::username,
    intl::direction::isolated,
    screen::Screen,
    store::Store,
    ui::{dialog::Dialog, notice::Failure},
};

/// Which dialog is open, about which message. In context of a conversation.
#[derive(Clone, Copy)]
pub(crate) struct Dialogs {
    deleting: RwSignal<bool>,
    history: RwSignal<bool>,
    forwarding: RwSignal<bool>,
    message: RwSignal<Option<MessageId>>,
    /// Who wrote the one that is to be deleted.
    author: RwSignal<Option<UserId>>,
}

impl Dialogs {
    pub(crate) fn new() -> Self {
        let closed = || RwSignal::new(false);
        Self {
            deleting: closed(),
            history: closed(),
            forwarding: closed(),
            message: RwSignal::new(None),
            author: RwSignal::new(None),
        }
    }

    pub(super) fn ask_to_delete(self, message: MessageId, author: UserId) {
        self.message.set(Some(message));
        self.author.set(Some(author));
        self.deleting.set(true);
    }

    pub(super) fn forward(self, message: MessageId) {
        self.message.set(Some(message));
        self.forwarding.set(true);
    }

    pub(super) fn show_history(self, message: MessageId) {
        self.message.set(Some(message));
        self.history.set(true);
    }
}

#[component]
pub(crate) fn MessageDialogs(id: ConversationId, dialogs: Dialogs) -> impl IntoView {
    let store = Store::expect();
    let title = Signal::derive(move || match dialogs.author.get().filter(|author| *author != store.me()) {
        None => "Delete this message?".to_owned(),
        Some(author) => {
            let name = store.with(|state| username(state, author));
            format!("Delete this message from {}?", isolated(&name))
        }
    });
    view! {
        <Dialog open=dialogs.deleting id="delete-message" title>
            <Delete id dialogs />
        </Dialog>
        <Dialog open=dialogs.history id="former-texts" title="Former texts">
            <History dialogs />
        </Dialog>
        <Dialog open=dialogs.forwarding id="forward-message" title="Forward this message">
            {move || {
                let message = dialogs.message.get()?;
                Some(view! { <Forward id message open=dialogs.forwarding /> })
            }}
        </Dialog>
    }
}

#[component]
fn Delete(id: ConversationId, dialogs: Dialogs) -> impl IntoView {
    let store = Store::expect();
    let press = move |_| {
        dialogs.deleting.set(false);
        if let Some(message) = dialogs.message.get_untracked() {
            store.write(id, Command::Delete { message });
        }
    };
    let is_mine = dialogs.author.get_untracked() == Some(store.me());
    let what_stays = match is_mine {
        true => "A note that a message was deleted will remain.",
        false => "A note that you deleted a message will remain.",
    };
    view! {
        <div class="dialog-body">
            <p class="dialog-text">"Its text will be deleted for everyone and can't be restored. " {what_stays}</p>
        </div>
        <footer class="dialog-footer">
            <button class="button" type="button" autofocus on:click=move |_| dialogs.deleting.set(false)>
                "Keep"
            </button>
            <button class="button is-danger" type="button" on:click=press>"Delete"</button>
        </footer>
    }
}

#[component]
fn History(dialogs: Dialogs) -> impl IntoView {
    let (store, calendar) = (Store::expect(), Screen::expect().calendar);
    let texts = LocalResource::new(move || {
        let message = dialogs.message.get();
        async move {
            match message {
                Some(message) => store.former_texts(message).await,
                None => Ok(vec![]),
            }
        }
    });
    let again = Callback::new(move |()| texts.refetch());
    let one = move |FormerText { content, replaced_at }: FormerText| {
        view! {
            <li class="former-text">
                <p class="former-text-time">"Until " {calendar.everything(replaced_at)}</p>
                <MessageText content unfolded=RwSignal::new(true) />
            </li>
        }
    };
    view! {
        <div class="dialog-body">
            {move || match texts.get() {
                None => view! { <p class="dialog-text">"Loading"</p> }.into_any(),
                Some(Err(text)) => view! { <Failure title="The texts did not load" text again /> }.into_any(),
                Some(Ok(texts)) => {
                    view! { <ol class="former-texts">{texts.into_iter().map(one).collect_view()}</ol> }.into_any()
                }
            }}
        </div>
    }
}
