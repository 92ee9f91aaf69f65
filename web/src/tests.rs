//! Components in a real browser: what somebody types, and what a message looks like.

use chat::{Action, Answer, ChatState, Link, state::Effect};
use std::time::Duration;

use gloo::{timers::future::sleep, utils::body};
use leptos::{html, mount::mount_to, prelude::*};
use leptos_router::components::Router;
use protocol::{
    Conversation, ConversationId, ErrorBody, ErrorCode, FetchHistory, Group, GroupId, HistoryPage, Message,
    MessageId, Peer, Receipt, ReceiptChanged, Recipient, Rev, Role, Seq, ServerEvent, Synced, Timestamp,
    User, UserId, Visibility,
};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{
    Element, Event, EventInit, HtmlElement, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit,
    PointerEvent, PointerEventInit,
};

use crate::{
    browser::set_collapsed_sections,
    conversation::ConversationPane,
    frame::commands::Commands,
    home::Home,
    intl::calendar,
    link::breaks::watch_breaks,
    notification,
    screen::Screen,
    session::Session,
    sidebar::Sidebar,
    store::Store,
    ui::announcer::{Announcements, Announcer},
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
        let root: NodeRef<html::Div> = NodeRef::new();
        let (sender, receiver) = std::sync::mpsc::channel();
        let mounted = mount_to(body(), move || {
            let store = without_a_server();
            store.act(Action::Meet(Peer::User(user(BEN, "ben"))));
            sender.send((store, root)).unwrap();
            view! {
                <div node_ref=root>
                    <style>".timeline { height: 300px; overflow: auto; overflow-anchor: none }"</style>
                    <Router><ConversationPane id=WITH_BEN /></Router>
                </div>
            }
        });
        let (store, root) = receiver.recv().unwrap();
        let root: HtmlElement = root.get_untracked().unwrap().unchecked_into();
        let fetch = FetchHistory::newest(WITH_BEN);
        let head = messages.last().map_or(Seq::ZERO, |message| message.seq);
        let page = Self { root, store, mounted: Box::new(mounted) };
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

#[wasm_bindgen_test]
async fn enter_sends_and_shift_enter_breaks_the_line() {
    let page = Page::open(vec![]).await;
    page.type_in("Hello");
    assert!(!page.enter(|key| key.set_shift_key(true)));
    assert!(!page.enter(|key| key.set_is_composing(true)), "an input method has the key");
    assert!(!page.enter(|key| key.set_key_code(229)), "as Safari says it");
    assert!(page.unsent().is_empty());

    assert!(page.enter(|_| {}));
    page.settle().await;
    assert_eq!(page.unsent(), ["Hello"]);
    assert_eq!(page.field().value(), "");
    assert_eq!(page.texts(".message-content"), ["Hello"]);

    page.type_in(" \n ");
    page.enter(|_| {});
    assert_eq!(page.unsent().len(), 1, "white space is no message");
    page.close();
}

#[wasm_bindgen_test]
async fn too_long_a_message_stays_where_it_is_and_says_why() {
    let page = Page::open(vec![]).await;
    page.type_in(&"x".repeat(3_600));
    page.settle().await;
    assert_eq!(page.texts(".composer-counter"), ["3,600 / 4,000"]);

    page.type_in(&"x".repeat(4_012));
    page.enter(|_| {});
    page.settle().await;
    assert!(page.unsent().is_empty());
    assert_eq!(page.field().value().len(), 4_012);
    assert!(page.texts(".composer-status")[0].starts_with("Not sent: it is 12 characters too long."));
    assert_eq!(page.one(".composer-send").get_attribute("aria-disabled").as_deref(), Some("true"));
    page.type_in("");
    page.close();
}

#[wasm_bindgen_test]
async fn ones_own_message_keeps_its_row_from_pending_to_sent() {
    let page = Page::open(vec![message(1, BEN, "Hi")]).await;
    page.type_in("Hello");
    page.enter(|_| {});
    page.settle().await;
    let row = page.one(".message[data-state=pending]");
    assert!(row.class_list().contains("is-latest-own"));

    let client_id = page.store.with(|state| state.outbox.entries()[0].client_id.clone());
    let sent = Message { client_id: Some(client_id.clone()), ..message(2, ANN, "Hello") };
    page.server_answers(Answer::Sent(client_id, Ok(sent)));
    page.settle().await;
    assert_eq!(row.get_attribute("data-state").as_deref(), Some("sent"));
    assert!(row.is_connected());
    assert_eq!(page.texts(".message-content"), ["Hi", "Hello"]);
    page.close();
}

#[wasm_bindgen_test]
async fn ones_own_message_says_how_far_it_has_come() {
    let page =
        Page::open(vec![message(1, ANN, "Hello"), message(2, ANN, "Anybody?"), message(3, ANN, "Well?")])
            .await;
    assert_eq!(page.texts(".message-mark"), ["Sent", "Sent", "Sent"]);
    let (delivered_up_to, read_up_to) = (Seq(3), Seq(1));
    let receipt = Receipt { user_id: BEN, delivered_up_to, read_up_to, joined_after: Seq::ZERO };
    page.pretend(|state| {
        let _ = state.link(Link::Online);
        state.answer(Answer::Receipts(1, Ok(vec![receipt])))
    });
    page.settle().await;
    assert_eq!(page.texts(".message-mark"), ["Read", "Delivered", "Delivered"]);
    assert_eq!(page.texts(".message-mark.is-newest"), ["Read", "Delivered"]);
    let mark = page.one(".message-mark.is-newest");
    let changed =
        ReceiptChanged { conversation: WITH_BEN, user_id: BEN, delivered_up_to, read_up_to: Seq(3) };
    page.server_sends(ServerEvent::ReceiptChanged(changed));
    page.settle().await;
    assert_eq!(page.texts(".message-mark.is-read"), ["Read", "Read", "Read"]);
    assert_eq!(page.all(".message-mark.is-newest").len(), 1);
    assert!(mark.is_connected(), "the row is the same");
    page.close();
}

#[wasm_bindgen_test]
async fn a_refused_message_says_why_and_can_be_edited() {
    let page = Page::open(vec![]).await;
    page.type_in("Hello");
    page.enter(|_| {});
    let client_id = page.store.with(|state| state.outbox.entries()[0].client_id.clone());
    let error = ErrorBody::new(ErrorCode::NotAMember, "You are not a member of this group.");
    page.server_answers(Answer::Sent(client_id, Err(Some(error))));
    page.settle().await;
    let failure = page.one(".message[data-state=failed] .message-failure");
    assert!(failure.text_content().unwrap().contains("You are not a member of this group."));
    assert_eq!(page.texts(".message-failure button"), ["Try again", "Edit", "Discard"]);

    page.all(".message-failure button")[1].unchecked_ref::<HtmlElement>().click();
    page.settle().await;
    assert_eq!(page.field().value(), "Hello");
    assert!(page.all(".message").is_empty());
    page.type_in("");
    page.close();
}

#[wasm_bindgen_test]
async fn what_arrives_is_shown_once_joined_to_its_sender_and_never_as_html() {
    let page = Page::open(vec![message(1, BEN, "one")]).await;
    for arrival in [message(2, BEN, "<b>two</b> https://example.org/x."), message(2, BEN, "two")] {
        page.server_sends(ServerEvent::PrivateMessage(arrival));
    }
    page.settle().await;
    assert_eq!(page.texts(".message-content"), ["one", "<b>two</b> https://example.org/x."]);
    assert_eq!(page.all(".message.is-joined").len(), 1);
    assert!(page.all(".message-content b").is_empty());
    let link = page.one(".message-content a");
    assert_eq!(link.get_attribute("href").as_deref(), Some("https://example.org/x"));
    assert_eq!(link.get_attribute("rel").as_deref(), Some("noopener noreferrer nofollow"));
    page.close();
}

#[wasm_bindgen_test]
async fn a_long_conversation_is_on_the_page_in_part_and_grows_as_one_scrolls() {
    let page = Page::open((1..=250).map(|seq| message(seq, BEN, &seq.to_string())).collect()).await;
    let shown = || {
        let texts = page.texts(".message-content");
        (texts.first().unwrap().clone(), texts.last().unwrap().clone())
    };
    assert_eq!(shown(), ("211".to_owned(), "250".to_owned()));
    assert!(page.all(".timeline-start").is_empty(), "the first message is here, but not on the page");

    page.server_sends(ServerEvent::PrivateMessage(message(251, BEN, "251")));
    page.settle().await;
    assert_eq!(shown(), ("212".to_owned(), "251".to_owned()), "at the end it goes along");

    page.one(".timeline").set_scroll_top(0);
    page.settle().await;
    assert_eq!(shown(), ("162".to_owned(), "251".to_owned()));
    assert!(page.one(".timeline").scroll_top() > 300, "what one was reading stays where it is");
    for seq in 252..=255 {
        page.server_sends(ServerEvent::PrivateMessage(message(seq, BEN, &seq.to_string())));
    }
    page.settle().await;
    assert_eq!(shown().1, "251", "further up nothing is put in below");
    assert_eq!(page.texts(".jump-to-latest"), ["4 new messages"]);

    page.one(".jump-to-latest").unchecked_ref::<HtmlElement>().click();
    page.settle().await;
    assert_eq!(shown(), ("216".to_owned(), "255".to_owned()));

    page.one(".timeline").set_scroll_top(0);
    page.settle().await;
    page.server_sends(ServerEvent::PrivateMessage(message(256, BEN, "256")));
    page.type_in("mine");
    page.enter(|_| {});
    page.settle().await;
    page.settle().await;
    assert_eq!(shown().1, "mine", "whoever writes sees it");
    assert!(page.all(".jump-to-latest").is_empty());
    page.close();
}

#[wasm_bindgen_test]
async fn the_row_that_has_the_focus_keeps_it_when_older_ones_come_before_it() {
    let page = Page::open((1..=250).map(|seq| message(seq, BEN, &seq.to_string())).collect()).await;
    let row = page.one(".message");
    row.unchecked_ref::<HtmlElement>().focus().unwrap();
    page.one(".timeline").set_scroll_top(0);
    page.settle().await;
    assert_ne!(page.one(".message"), row, "there are older ones");
    assert_eq!(document().active_element(), Some(row), "it was not taken out of the document");
    page.close();
}

#[wasm_bindgen_test]
async fn the_actions_come_to_the_row_that_the_focus_or_the_pointer_is_at() {
    let page = Page::open(vec![message(1, BEN, "one"), message(2, BEN, "two")]).await;
    let rows = page.all(".message");
    let actions = || page.all(".message-actions");
    assert!(actions().is_empty());
    rows[0].unchecked_ref::<HtmlElement>().focus().unwrap();
    page.settle().await;
    assert!(rows[0].contains(actions().first().map(|actions| actions.as_ref())));

    let init = PointerEventInit::new();
    init.set_bubbles(true);
    init.set_pointer_type("mouse");
    let over = || PointerEvent::new_with_event_init_dict("pointerover", &init).unwrap();
    rows[1].query_selector(".message-content").unwrap().unwrap().dispatch_event(&over()).unwrap();
    page.settle().await;
    assert_eq!(actions().len(), 1);
    assert!(rows[1].contains(actions().first().map(|actions| actions.as_ref())));

    page.one("[aria-label='Reply']").unchecked_ref::<HtmlElement>().focus().unwrap();
    rows[0].dispatch_event(&over()).unwrap();
    page.settle().await;
    assert!(rows[1].contains(document().active_element().as_deref()), "the focus is not taken away");
    page.close();
}

#[wasm_bindgen_test]
async fn another_version_of_the_server_asks_for_a_reload() {
    let page = Page::open(vec![]).await;
    page.link_is(Link::Refused(ErrorBody::new(ErrorCode::ProtocolMismatch, "Reload.")));
    page.settle().await;
    assert!(page.texts(".banner-text")[0].starts_with("A new version is here."));
    assert_eq!(page.texts(".banner button"), ["Reload"]);
    page.close();
}

#[wasm_bindgen_test]
async fn a_message_that_was_refused_and_no_conversation_shows_can_be_discarded() {
    let page = Page::open(vec![]).await;
    let command = chat::Command::Send { content: "Who is in?".parse().unwrap(), reply_to: None };
    page.store.write(ConversationId::Group(group(1)), command);
    page.settle().await;
    page.pretend(|state| listed(state, vec![]));
    let client_id = page.store.with(|state| state.outbox.entries()[0].client_id.clone());
    let error = ErrorBody::new(ErrorCode::NotAMember, "You are not a member of this group.");
    page.server_answers(Answer::Sent(client_id, Err(Some(error))));
    page.settle().await;
    assert_eq!(page.texts(".banner.is-error .banner-text"), ["Not sent: Who is in?"]);
    assert_eq!(page.texts(".banner.is-error button"), ["Copy", "Discard"]);
    page.all(".banner.is-error button")[1].unchecked_ref::<HtmlElement>().click();
    page.settle().await;
    assert!(page.unsent().is_empty() && page.all(".banner.is-error").is_empty());
    page.close();
}

#[wasm_bindgen_test]
async fn correcting_one_message_after_another_leaves_the_draft_as_it_was() {
    let page = Page::open(vec![message(1, ANN, "one"), message(2, ANN, "two")]).await;
    page.type_in("hello");
    page.settle().await;
    for row in page.all(".message") {
        row.unchecked_ref::<HtmlElement>().focus().unwrap();
        sleep(Duration::from_millis(50)).await;
        page.one("[aria-label='Edit']").unchecked_ref::<HtmlElement>().click();
    }
    assert_eq!(page.field().value(), "two");
    page.settle().await;
    assert_eq!(page.store.draft(WITH_BEN).await, "hello");
    page.type_in("");
    page.close();
}

#[wasm_bindgen_test]
async fn what_is_shown_stays_while_something_else_is_said_and_long_enough_to_be_read() {
    let root: NodeRef<html::Div> = NodeRef::new();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mounted = mount_to(body(), move || {
        let announcer = Announcer::new();
        sender.send((announcer, root)).unwrap();
        view! { <div node_ref=root><Announcements announcer /></div> }
    });
    let (announcer, root) = receiver.recv().unwrap();
    let root: HtmlElement = root.get_untracked().unwrap().unchecked_into();
    let texts = || {
        let regions = root.query_selector_all("[role=status]").unwrap();
        let text = |index| regions.item(index).unwrap().text_content().unwrap();
        (text(0), text(1))
    };
    let refusal = "Not deleted: you are not an admin of this group any more. ".repeat(2);
    announcer.show(refusal.clone());
    announcer.say("Ben is typing");
    sleep(Duration::from_millis(50)).await;
    assert_eq!(texts(), ("Ben is typing".to_owned(), refusal.clone()));
    assert_eq!(root.query_selector(".announcement").unwrap().unwrap().text_content(), Some(refusal.clone()));
    sleep(Duration::from_millis(5_000)).await;
    assert_eq!(texts(), (String::new(), refusal), "it takes longer to be read");
    drop(mounted);
}

#[wasm_bindgen_test]
async fn a_row_that_was_pending_is_lit_like_any_other() {
    let page = Page::open(vec![message(1, BEN, "Hi")]).await;
    page.type_in("Hello");
    page.enter(|_| {});
    page.settle().await;
    let row = page.one(".message[data-state=pending]");
    let client_id = page.store.with(|state| state.outbox.entries()[0].client_id.clone());
    let sent = Message { client_id: Some(client_id.clone()), ..message(2, ANN, "Hello") };
    let quote =
        protocol::Quote { message_id: sent.id, seq: sent.seq, sender_id: ANN, excerpt: String::new() };
    page.server_answers(Answer::Sent(client_id, Ok(sent)));
    let reply = Message { reply_to: Some(quote), ..message(3, BEN, "Hello!") };
    page.server_sends(ServerEvent::PrivateMessage(reply));
    page.settle().await;
    page.one(".message-quote").unchecked_ref::<HtmlElement>().click();
    page.settle().await;
    assert!(row.class_list().contains("is-lit"));
    page.close();
}

/// Home without a server.
async fn home() -> (HtmlElement, Store, Box<dyn std::any::Any>) {
    let root: NodeRef<html::Div> = NodeRef::new();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mounted = mount_to(body(), move || {
        let store = without_a_server();
        sender.send((store, root)).unwrap();
        view! { <div node_ref=root><Router><Home /></Router></div> }
    });
    let (store, root) = receiver.recv().unwrap();
    sleep(Duration::from_millis(50)).await;
    (root.get_untracked().unwrap().unchecked_into(), store, Box::new(mounted))
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

#[wasm_bindgen_test]
async fn home_says_that_it_loads_that_it_failed_and_what_is_there() {
    let (root, store, mounted) = home().await;
    let runtime = store.runtime().unwrap();
    let pause = || sleep(Duration::from_millis(100));
    let text = |selector: &str| root.query_selector(selector).unwrap()?.text_content();
    let title = || text("main h1").unwrap();
    assert_eq!(title(), "Unread");
    assert!(root.query_selector("main .skeleton").unwrap().is_some(), "it loads");

    runtime.pretend(|state| {
        state.refused(ErrorBody::new(ErrorCode::Internal, "The server is being repaired."));
        vec![]
    });
    pause().await;
    assert_eq!(title(), "The conversations did not load");
    assert_eq!(text(".home-words").unwrap(), "The server is being repaired.");
    assert_eq!(text(".home-body button").unwrap(), "Try again");

    runtime.pretend(|state| listed(state, vec![]));
    pause().await;
    assert_eq!(title(), "Welcome to Parlance", "nobody else is here");
    assert_eq!(text(".home-body .first-run-title").unwrap(), "Nobody else is here yet");
    let with_ben = Conversation {
        with: Peer::User(user(BEN, "ben")),
        last_message: Some(message(3, BEN, "**Well?**")),
        read_up_to: Seq(1),
        mark: 0,
        unread: 2,
        unread_mentions: 1,
        rev: Rev(3),
        change_id: None,
        updated_at: Timestamp(3),
        muted: false,
        role: Role::Member,
    };
    runtime.pretend(|state| listed(state, vec![with_ben]));
    pause().await;
    assert_eq!(
        (title(), text(".home-words").unwrap()),
        ("Unread".to_owned(), "2 messages in 1 conversation; 1 mentions you".to_owned())
    );
    let row = root.query_selector("main li a").unwrap().unwrap();
    assert!(row.get_attribute("href").unwrap().ends_with(&BEN.to_string()));
    assert!(row.text_content().unwrap().contains("Well?"));

    runtime.pretend(|state| state.apply(ServerEvent::PrivateMessage(message(4, BEN, "Hello?"))));
    pause().await;
    assert_eq!(text(".home-words").unwrap(), "3 messages in 1 conversation; 1 mentions you");
    assert!(row.is_connected(), "the row is the same");
    runtime.pretend(|state| state.act(Action::Read(WITH_BEN, Seq(4))));
    pause().await;
    assert_eq!(title(), "Nothing unread");
    drop(mounted);
}

/// A sidebar with many groups in it, which scrolls.
struct Many {
    root: HtmlElement,
    store: Store,
    mounted: Box<dyn std::any::Any>,
}

const MANY: u16 = 1_200;

fn group(number: u16) -> GroupId {
    let [high, low] = number.to_be_bytes();
    GroupId::from_bytes([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, high, low])
}

/// The sidebar with what it needs around it.
#[component]
fn Beside() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    notification::start(store, screen);
    provide_context(Commands::new(store, screen));
    view! { <Sidebar /> }
}

impl Many {
    async fn open() -> Self {
        // Another test may have collapsed some.
        set_collapsed_sections("");
        let root: NodeRef<html::Div> = NodeRef::new();
        let (sender, receiver) = std::sync::mpsc::channel();
        let mounted = mount_to(body(), move || {
            let session = Session::start();
            let store = Store::start(user(ANN, "ann"), session);
            store.runtime().unwrap().hang_up();
            provide_context(session);
            provide_context(store);
            provide_context(Screen::start());
            sender.send((store, root)).unwrap();
            view! {
                <div node_ref=root>
                    <style>"svg { width: 20px; height: 20px } .sidebar-scroll { height: 600px; overflow: auto } .conversation-row { display: block; height: 56px; overflow: hidden }"</style>
                    <Router><Beside /></Router>
                </div>
            }
        });
        let (store, root) = receiver.recv().unwrap();
        let root: HtmlElement = root.get_untracked().unwrap().unchecked_into();
        for number in 0..MANY {
            let group = Group {
                id: group(number),
                name: format!("Group {number}").parse().unwrap(),
                visibility: Visibility::Private,
                created_at: Timestamp(i64::from(number)),
                member_count: 1,
            };
            store.act(Action::Meet(Peer::Group(group)));
        }
        sleep(Duration::from_millis(200)).await;
        Self { root, store, mounted: Box::new(mounted) }
    }

    fn rows(&self) -> u32 {
        self.root.query_selector_all(".conversation-row").unwrap().length()
    }

    fn find(&self, words: &str) {
        let field = self.root.query_selector(".find-input").unwrap().unwrap();
        field.unchecked_ref::<web_sys::HtmlInputElement>().set_value(words);
        let init = EventInit::new();
        init.set_bubbles(true);
        field.dispatch_event(&Event::new_with_event_init_dict("input", &init).unwrap()).unwrap();
    }

    /// How long it takes until the page shows another conversation as the open one, in ms; the
    /// median of some times.
    async fn change(&self) -> f64 {
        let mut took = vec![];
        for number in [1, 2, 3, 4, 5] {
            let before = js_sys::Date::now();
            self.store.act(Action::Open(ConversationId::Group(group(MANY - number))));
            sleep(Duration::ZERO).await;
            took.push(js_sys::Date::now() - before);
        }
        took.sort_by(f64::total_cmp);
        took[2]
    }
}

#[wasm_bindgen_test]
async fn of_many_conversations_those_near_the_screen_are_in_the_page() {
    let many = Many::open().await;
    assert!((11..60).contains(&many.rows()), "{} rows", many.rows());
    let scroller = many.root.query_selector(".sidebar-scroll").unwrap().unwrap();
    assert!(scroller.scroll_height() > 56 * i32::from(MANY), "it scrolls as if all were there");
    scroller.set_scroll_top(56 * 600);
    sleep(Duration::from_millis(200)).await;
    assert!((11..60).contains(&many.rows()), "{} rows", many.rows());
    let titles = many.root.query_selector(".conversation-row[title='Group 590']").unwrap();
    assert!(titles.is_some(), "what one scrolled to is there");

    // Below them are people, who come into sight when the groups are collapsed.
    for number in 100..160 {
        let recipient = Recipient::User(UserId::from_bytes([number; 16]));
        let sent = Message { recipient, ..message(u64::from(number), ANN, "hello") };
        many.store.runtime().unwrap().pretend(|state| state.apply(ServerEvent::MessageSent(sent)));
    }
    let people = || {
        let rows = many.root.query_selector_all("[aria-labelledby='people-title'] .conversation-row");
        rows.unwrap().length()
    };
    let toggle = many.root.query_selector("#groups-title button").unwrap().unwrap();
    toggle.unchecked_ref::<HtmlElement>().click();
    sleep(Duration::from_millis(200)).await;
    assert_eq!(many.rows(), people(), "the groups are gone");
    assert!((20..60).contains(&people()), "{} rows", people());
    toggle.unchecked_ref::<HtmlElement>().click();
    sleep(Duration::from_millis(50)).await;
    scroller.set_scroll_top(0);
    sleep(Duration::from_millis(200)).await;
    assert!((11..60).contains(&(many.rows() - people())), "{} rows", many.rows());
    drop(many.mounted);
}

#[wasm_bindgen_test]
async fn searching_again_and_again_leaves_nothing_behind() {
    let many = Many::open().await;
    let at_first = many.change().await;
    for round in 0..40 {
        many.find(&format!("group {}", 100 + round * 7));
        sleep(Duration::from_millis(5)).await;
        assert!((1..60).contains(&many.rows()), "{} rows", many.rows());
        many.store.act(Action::Open(ConversationId::Group(group(100 + round * 7))));
        sleep(Duration::from_millis(5)).await;
    }
    many.find("");
    sleep(Duration::from_millis(50)).await;
    let at_last = many.change().await;
    assert!(at_last <= 2.0 * at_first + 20.0, "{at_first} ms at first, {at_last} ms at last");
    drop(many.mounted);
}
