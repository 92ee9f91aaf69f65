//! Drafts in a real browser.

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use super::*;
use crate::browser::testing::Denied;

wasm_bindgen_test_configure!(run_in_browser);

const BEN: ConversationId = ConversationId::User(UserId::from_bytes([2; 16]));
const CLEO: ConversationId = ConversationId::User(UserId::from_bytes([3; 16]));

fn person(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

fn says(text: &str) -> impl Fn() -> String + use<> {
    let text = text.to_owned();
    move || text.clone()
}

/// What another tab finds once everything is written.
async fn elsewhere(number: u8, conversation: ConversationId) -> String {
    kept(&Drafts::open(person(number)), conversation).await.text
}

async fn kept(drafts: &Drafts, conversation: ConversationId) -> Kept {
    drafts.load(conversation).await.unwrap()
}

async fn a_moment(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}

#[wasm_bindgen_test]
async fn a_draft_is_on_disk_a_tenth_of_a_second_after_the_last_key() {
    let drafts = Drafts::open(person(31));
    drafts.load(BEN).await;
    drafts.save(BEN, Part::Text, says("hel"));
    drafts.save(BEN, Part::Text, says("hello"));
    drafts.save(CLEO, Part::Text, says("dear Cleo"));
    a_moment(100).await;
    assert_eq!(elsewhere(31, BEN).await, "hello");
    assert_eq!(elsewhere(31, CLEO).await, "dear Cleo");
    assert_eq!(elsewhere(32, BEN).await, "", "it is of one person");
    drafts.save(BEN, Part::Text, says(""));
    drafts.save(CLEO, Part::Text, says(""));
    a_moment(100).await;
    assert_eq!(elsewhere(31, BEN).await, "");
    let rows = Rows::of(Store::Drafts);
    rows.open().await;
    assert_eq!(rows.read_all::<String>(&person(31).to_string()).await, [""; 0], "nothing is left");
}

#[wasm_bindgen_test]
async fn the_tab_itself_knows_what_is_not_written_yet() {
    let drafts = Drafts::open(person(33));
    drafts.load(BEN).await;
    for text in ["a", "ab", "abc"] {
        drafts.save(BEN, Part::Text, says(text));
        assert_eq!(kept(&drafts, BEN).await.text, text);
    }
    drafts.save(BEN, Part::Text, says(""));
    assert_eq!(kept(&drafts, BEN).await.text, "");
}

/// A text of a megabyte, typed in for half a second.
#[wasm_bindgen_test]
async fn a_long_text_is_not_asked_for_while_somebody_types() {
    let drafts = Drafts::open(person(34));
    drafts.load(BEN).await;
    let asked = Rc::new(Cell::new(0));
    let text = |end: u32| {
        let asked = asked.clone();
        move || {
            asked.set(asked.get() + 1);
            format!("{}{end}", "x".repeat(1 << 20))
        }
    };
    drafts.save(BEN, Part::Text, text(0));
    a_moment(100).await;
    assert_eq!(asked.get(), 1);
    for key in 1..=50 {
        drafts.save(BEN, Part::Text, text(key));
        a_moment(10).await;
    }
    assert_eq!(asked.get(), 1, "while it is typed");
    a_moment(1_500).await;
    assert_eq!(asked.get(), 2);
    assert!(elsewhere(34, BEN).await.ends_with("x50"));
    // Before a field shows something else every text is asked for, and then not once more.
    drafts.save(BEN, Part::Text, text(51));
    drafts.flush();
    assert_eq!(asked.get(), 3);
    a_moment(100).await;
    assert_eq!(asked.get(), 3);
    assert!(elsewhere(34, BEN).await.ends_with("x51"));
    drafts.save(BEN, Part::Text, says(""));
    drafts.flush();
    a_moment(100).await;
}

#[wasm_bindgen_test]
async fn who_never_pauses_is_kept_now_and_then_all_the_same() {
    let drafts = Drafts::open(person(35));
    drafts.load(BEN).await;
    let started = Date::now();
    while Date::now() - started < 2_500.0 {
        drafts.save(BEN, Part::Text, says("without a pause"));
        a_moment(5).await;
    }
    assert_eq!(elsewhere(35, BEN).await, "without a pause");
    drafts.save(BEN, Part::Text, says(""));
    drafts.flush();
    a_moment(100).await;
}

#[wasm_bindgen_test]
async fn what_was_not_written_yet_is_written_after_the_last_handle_is_gone() {
    let drafts = Drafts::open(person(36));
    drafts.load(BEN).await;
    drafts.save(BEN, Part::Text, says("late"));
    drop(drafts);
    a_moment(100).await;
    assert_eq!(elsewhere(36, BEN).await, "late");
}

#[wasm_bindgen_test]
async fn a_draft_of_an_earlier_version_is_taken_over() {
    let item = format!("parlance.draft.{}/people/{}", person(37), UserId::from_bytes([2; 16]));
    assert!(local::put(&item, "of old"));
    assert_eq!(elsewhere(37, BEN).await, "of old");
    let drafts = Drafts::open(person(37));
    drafts.load(BEN).await;
    drafts.save(BEN, Part::Text, says("of old and new"));
    a_moment(100).await;
    assert_eq!(local::text(&item), None);
    assert_eq!(elsewhere(37, BEN).await, "of old and new");
}

#[wasm_bindgen_test]
async fn what_was_sent_while_the_database_was_away_does_not_come_back_with_it() {
    let drafts = Drafts::open(person(43));
    drafts.load(BEN).await;
    drafts.save(BEN, Part::Text, says("sent"));
    a_moment(100).await;
    assert!(drafts.all().await.contains(&BEN));
    drop(drafts);

    let denied = Denied::database();
    let drafts = Drafts::open(person(43));
    drafts.load(BEN).await;
    drafts.save(BEN, Part::Text, says("kept elsewhere"));
    a_moment(100).await;
    assert!(drafts.all().await.contains(&BEN), "a draft has a mark, wherever it is kept");
    drafts.save(BEN, Part::Text, says(""));
    a_moment(100).await;
    drop(denied);

    assert_eq!(elsewhere(43, BEN).await, "");
    let drafts = Drafts::open(person(43));
    assert!(!drafts.all().await.contains(&BEN));
    drafts.save(BEN, Part::Text, says("new"));
    a_moment(100).await;
    assert_eq!(elsewhere(43, BEN).await, "new");
    drafts.save(BEN, Part::Text, says(""));
    drafts.flush();
    a_moment(100).await;
}

#[wasm_bindgen_test]
async fn without_a_database_drafts_are_kept_and_without_any_storage_nothing_breaks() {
    let denied = Denied::database();
    let drafts = Drafts::open(person(38));
    drafts.load(BEN).await;
    drafts.save(BEN, Part::Text, says("here"));
    a_moment(100).await;
    assert_eq!(elsewhere(38, BEN).await, "here");
    drop(denied);
    assert_eq!(elsewhere(38, BEN).await, "here", "the database is back");

    let denied = Denied::everything();
    let drafts = Drafts::open(person(39));
    assert_eq!(kept(&drafts, BEN).await.text, "");
    drafts.save(BEN, Part::Text, says("nowhere"));
    a_moment(100).await;
    assert_eq!(kept(&drafts, BEN).await.text, "nowhere", "but here");
    assert!(drafts.all().await.contains(&BEN));
    assert_eq!(elsewhere(39, BEN).await, "");
    drop(denied);
    drafts.save(BEN, Part::Text, says(""));
    a_moment(100).await;
    assert_eq!(kept(&drafts, BEN).await.text, "");
}

#[wasm_bindgen_test]
async fn a_database_that_does_not_say_what_it_has_is_not_an_empty_one() {
    let drafts = Drafts::open(person(44));
    drafts.load(BEN).await;
    drafts.save(BEN, Part::Text, says("here"));
    a_moment(100).await;
    let denied = Denied::reads();
    assert_eq!(drafts.load(BEN).await, None);
    drop(denied);
    assert_eq!(kept(&drafts, BEN).await.text, "here");
    drafts.save(BEN, Part::Text, says(""));
    a_moment(100).await;
}

#[wasm_bindgen_test]
async fn how_the_field_is_used_is_kept_beside_the_text_and_either_is_a_draft() {
    let drafts = Drafts::open(person(40));
    drafts.load(BEN).await;
    drafts.save(BEN, Part::Text, says("dear Ben"));
    drafts.save(BEN, Part::Mode, says("a correction"));
    drafts.save(CLEO, Part::Mode, says("a reply"));
    a_moment(100).await;
    let other = Drafts::open(person(40));
    assert_eq!(
        kept(&other, BEN).await,
        Kept { text: "dear Ben".to_owned(), mode: "a correction".to_owned() }
    );
    assert_eq!(other.all().await, HashSet::from([BEN, CLEO]));
    drafts.save(BEN, Part::Text, says(""));
    drafts.save(CLEO, Part::Mode, says(""));
    assert_eq!(drafts.all().await, HashSet::from([BEN]), "also before it is written");
    a_moment(100).await;
    assert_eq!(other.all().await, HashSet::from([BEN]));
    drafts.save(BEN, Part::Mode, says(""));
    a_moment(100).await;
    assert_eq!((other.all().await, kept(&other, BEN).await), (HashSet::new(), Kept::default()));
}

#[wasm_bindgen_test]
async fn the_other_tabs_of_a_person_hear_of_each_change_once_it_can_be_read() {
    let (one, other, somebody) =
        (Drafts::open(person(41)), Drafts::open(person(41)), Drafts::open(person(42)));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hear = |who: &'static str| {
        let heard = heard.clone();
        move |conversation| heard.borrow_mut().push((who, conversation))
    };
    let _listening =
        [one.listen(hear("one")), other.listen(hear("other")), somebody.listen(hear("somebody"))];
    one.load(BEN).await;
    one.save(BEN, Part::Text, says("hello"));
    assert!(one.is_changing(BEN) && !one.is_changing(CLEO) && !other.is_changing(BEN));
    a_moment(100).await;
    assert!(!one.is_changing(BEN));
    assert_eq!(heard.take(), [("other", BEN)]);
    assert_eq!(kept(&other, BEN).await.text, "hello");
    other.save(BEN, Part::Text, says(""));
    a_moment(100).await;
    assert_eq!(heard.take(), [("one", BEN)]);
    assert_eq!(kept(&one, BEN).await.text, "");
}
