//! Components in a real browser.

mod banner;
mod completion;
mod composer;
mod dialogs;
mod home;
mod messages;
mod replies;
mod sidebar;
mod timeline;
mod translation;

use chat::{Action, Answer, ChatState, Link, state::Effect};
use std::time::Duration;

use gloo::{timers::future::sleep, utils::body};
use leptos::{html, mount::mount_to, prelude::*};
use leptos_router::components::Router;
use protocol::{
    Conversation, ConversationId, ErrorBody, ErrorCode, FetchHistory, Group, GroupId, HistoryPage, Message,
    MessageId, Peer, Recipient, Rev, Seq, ServerEvent, Synced, User, UserId, Visibility,
};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{
    Element, Event, EventInit, HtmlElement, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit,
};

use crate::{
    browser::testing::Denied, conversation::ConversationPane, intl::calendar, link::breaks::watch_breaks,
    screen::Screen, session::Session, store::Store,
};

wasm_bindgen_test_configure!(run_in_browser);

const ANN: UserId = UserId::from_bytes([1; 16]);
const BEN: UserId = UserId::from_bytes([2; 16]);
const WITH_BEN: ConversationId = ConversationId::User(BEN);

fn user(id: UserId, name: &str) -> User {
    User { id, username: name.parse().unwrap() }
}

fn message(seq: u64, sender: UserId, text: &str) -> Message {
    Message {
        // A message of another day would get another row.
        created_at: calendar::now(),
        ..Message::new(
            MessageId::from_bytes([seq as u8; 16]),
            sender,
            Recipient::User(if sender == ANN { BEN } else { ANN }),
            Seq(seq),
            text.parse().unwrap(),
        )
    }
}

/// Ann's conversation with Ben on a page of its own. There is no server, and there are no styles
/// but these: without any it would not scroll.
struct Page {
    root: HtmlElement,
    store: Store,
    screen: Screen,
    /// Whether the conversation is open.
    is_open: RwSignal<bool>,
    mounted: Box<dyn std::any::Any>,
}

/// Ann's store where views find it, and no server.
fn without_a_server() -> Store {
    let store = Store::start(user(ANN, "ann"), Session::start());
    let screen = Screen::start();
    store.runtime().unwrap().hang_up();
    provide_context(store);
    provide_context(screen);
    watch_breaks(store, screen);
    store
}

impl Page {
    async fn open(messages: Vec<Message>) -> Self {
        Self::open_at(WITH_BEN, messages).await
    }

    /// The same with another conversation.
    async fn open_at(id: ConversationId, messages: Vec<Message>) -> Self {
        let root: NodeRef<html::Div> = NodeRef::new();
        let (sender, receiver) = std::sync::mpsc::channel();
        let mounted = mount_to(body(), move || {
            let store = without_a_server();
            store.act(Action::Meet(Peer::User(user(BEN, "ben"))));
            if let ConversationId::Group(group) = id {
                store.act(Action::Meet(Peer::Group(lunch(group))));
            }
            let is_open = RwSignal::new(true);
            sender.send((store, Screen::expect(), is_open, root)).unwrap();
            view! {
                <div node_ref=root>
                    <style>".timeline { height: 300px; overflow: auto; overflow-anchor: none }"</style>
                    <Router><Show when=move || is_open.get()><ConversationPane id /></Show></Router>
                </div>
            }
        });
        let (store, screen, is_open, root) = receiver.recv().unwrap();
        let root: HtmlElement = root.get_untracked().unwrap().unchecked_into();
        let fetch = FetchHistory::newest(id);
        let head = messages.last().map_or(Seq::ZERO, |message| message.seq);
        let page = Self { root, store, screen, is_open, mounted: Box::new(mounted) };
        page.server_answers(Answer::Fetched(
            fetch,
            Ok(HistoryPage { messages, head, rev: Rev(head.0), changes: vec![] }),
        ));
        page.settle().await;
        page
    }

    fn server_sends(&self, event: ServerEvent) {
        self.pretend(|state| state.apply(event));
    }

    fn server_answers(&self, answer: Answer) {
        self.pretend(|state| state.answer(answer));
    }

    fn link_is(&self, link: Link) {
        self.pretend(|state| state.link(link));
    }

    fn pretend(&self, change: impl FnOnce(&mut ChatState) -> Vec<Effect>) {
        self.store.runtime().unwrap().pretend(change);
    }

    async fn settle(&self) {
        sleep(Duration::from_millis(250)).await;
    }

    fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.root.query_selector_all(selector).unwrap();
        (0..found.length()).map(|index| found.item(index).unwrap().unchecked_into()).collect()
    }

    fn one(&self, selector: &str) -> Element {
        self.root.query_selector(selector).unwrap().unwrap_or_else(|| panic!("no {selector}"))
    }

    fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector).iter().filter_map(|element| element.text_content()).collect()
    }

    fn field(&self) -> HtmlTextAreaElement {
        self.one("textarea").unchecked_into()
    }

    fn type_in(&self, text: &str) {
        let field = self.field();
        field.set_value(text);
        let init = EventInit::new();
        init.set_bubbles(true);
        field.dispatch_event(&Event::new_with_event_init_dict("input", &init).unwrap()).unwrap();
    }

    /// Says whether the page took the key for itself.
    fn enter(&self, change: impl Fn(&KeyboardEventInit)) -> bool {
        let init = KeyboardEventInit::new();
        init.set_key("Enter");
        init.set_bubbles(true);
        init.set_cancelable(true);
        change(&init);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        !self.field().dispatch_event(&event).unwrap()
    }

    fn unsent(&self) -> Vec<String> {
        self.store.with(|state| {
            state.outbox.entries().iter().filter_map(|one| one.content()).map(ToString::to_string).collect()
        })
    }

    /// Says whether the page took the key for itself.
    fn presses(&self, name: &str) -> bool {
        self.enter(|key| key.set_key(name))
    }

    /// What was written last is refused.
    async fn server_refuses_the_last(&self, code: ErrorCode, sentence: &str) {
        let client_id = self.store.with(|state| state.outbox.entries().last().unwrap().client_id.clone());
        self.server_answers(Answer::Sent(client_id, Err(Some(ErrorBody::new(code, sentence)))));
        self.settle().await;
    }

    fn close(self) {
        let unsent = |state: &ChatState| {
            state.outbox.entries().iter().map(|one| one.client_id.clone()).collect::<Vec<_>>()
        };
        for id in self.store.with(unsent) {
            self.store.act(Action::Discard(id));
        }
        drop(self.mounted);
    }
}

/// The server lists these conversations, which are all.
fn listed(state: &mut ChatState, conversations: Vec<Conversation>) -> Vec<Effect> {
    let effects = state.link(Link::Online);
    let request = effects.into_iter().find_map(|effect| match effect {
        Effect::Synchronise(request) => Some(request),
        _ => None,
    });
    let all = Synced { conversations: Some(conversations), ..Synced::default() };
    state.answer(Answer::Synced(request.unwrap(), Ok(all)))
}

fn group(number: u16) -> GroupId {
    let [high, low] = number.to_be_bytes();
    GroupId::from_bytes([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, high, low])
}

/// What is known of a group.
fn lunch(id: GroupId) -> Group {
    let name = "Lunch".parse().unwrap();
    Group { id, name, visibility: Visibility::Public, member_count: 3, created_at: calendar::now() }
}
