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
    Drafts::open(person(number)).load(conversation).await
}

async fn a_moment(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}

#[wasm_bindgen_test]
async fn a_draft_is_on_disk_a_tenth_of_a_second_after_the_last_key() {
    let drafts = Drafts::open(person(31));
    drafts.load(BEN).await;
    drafts.save(BEN, says("hel"));
    drafts.save(BEN, says("hello"));
    drafts.save(CLEO, says("dear Cleo"));
    a_moment(100).await;
    assert_eq!(elsewhere(31, BEN).await, "hello");
    assert_eq!(elsewhere(31, CLEO).await, "dear Cleo");
    assert_eq!(elsewhere(32, BEN).await, "", "it is of one person");
    drafts.save(BEN, says(""));
    drafts.save(CLEO, says(""));
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
        drafts.save(BEN, says(text));
        assert_eq!(drafts.load(BEN).await, text);
    }
    drafts.save(BEN, says(""));
    assert_eq!(drafts.load(BEN).await, "");
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
    drafts.save(BEN, text(0));
    a_moment(100).await;
    assert_eq!(asked.get(), 1);
    for key in 1..=50 {
        drafts.save(BEN, text(key));
        a_moment(10).await;
    }
    assert_eq!(asked.get(), 1, "while it is typed");
    a_moment(1_500).await;
    assert_eq!(asked.get(), 2);
    assert!(elsewhere(34, BEN).await.ends_with("x50"));
    // Before a field shows something else every text is asked for, and then not once more.
    drafts.save(BEN, text(51));
    drafts.flush();
    assert_eq!(asked.get(), 3);
    a_moment(100).await;
    assert_eq!(asked.get(), 3);
    assert!(elsewhere(34, BEN).await.ends_with("x51"));
    drafts.save(BEN, says(""));
    drafts.flush();
    a_moment(100).await;
}

#[wasm_bindgen_test]
async fn who_never_pauses_is_kept_now_and_then_all_the_same() {
    let drafts = Drafts::open(person(35));
    drafts.load(BEN).await;
    let started = Date::now();
    while Date::now() - started < 2_500.0 {
        drafts.save(BEN, says("without a pause"));
        a_moment(5).await;
    }
    assert_eq!(elsewhere(35, BEN).await, "without a pause");
    drafts.save(BEN, says(""));
    drafts.flush();
    a_moment(100).await;
}

#[wasm_bindgen_test]
async fn what_was_not_written_yet_is_written_after_the_last_handle_is_gone() {
    let drafts = Drafts::open(person(36));
    drafts.load(BEN).await;
    drafts.save(BEN, says("late"));
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
    drafts.save(BEN, says("of old and new"));
    a_moment(100).await;
    assert_eq!(local::text(&item), None);
    assert_eq!(elsewhere(37, BEN).await, "of old and new");
}

#[wasm_bindgen_test]
async fn without_a_database_drafts_are_kept_and_without_any_storage_nothing_breaks() {
    let denied = Denied::database();
    let drafts = Drafts::open(person(38));
    drafts.load(BEN).await;
    drafts.save(BEN, says("here"));
    a_moment(100).await;
    assert_eq!(elsewhere(38, BEN).await, "here");
    drop(denied);
    assert_eq!(elsewhere(38, BEN).await, "here", "the database is back");

    let denied = Denied::everything();
    let drafts = Drafts::open(person(39));
    assert_eq!(drafts.load(BEN).await, "");
    drafts.save(BEN, says("nowhere"));
    a_moment(100).await;
    assert_eq!(drafts.load(BEN).await, "");
    drop(denied);
}
