//! A sidebar with many conversations.

use protocol::Timestamp;

use super::*;
use crate::{browser::set_collapsed_sections, frame::commands::Commands, notification, sidebar::Sidebar};

/// A sidebar with many groups in it, which scrolls.
struct Many {
    root: HtmlElement,
    store: Store,
    mounted: Box<dyn std::any::Any>,
}

const MANY: u16 = 1_200;

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
fn spellings_that_do_not_matter_to_somebody_who_looks_for_a_name_are_one() {
    for spellings in
        [["ΝΙΚΟΣ", "Νίκος", "νικοσ"], ["Müller", "MU\u{308}LLER", "muller"], ["Łódź", "ŁÓDŹ", "lodz"]]
    {
        let [one, two, three] = spellings.map(crate::intl::collation::folded);
        assert!(one == two && two == three, "{one} {two} {three}");
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
