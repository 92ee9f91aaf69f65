//! The outbox's rows in a real browser.

use chat::{Command, Outbox};
use futures::future::join_all;
use idb::{Factory, TransactionMode};
use protocol::{ConversationId, ErrorBody, ErrorCode, Timestamp};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use super::*;
use crate::browser::{
    can_keep,
    testing::{Denied, forget_everything, open_as_version_1},
};

wasm_bindgen_test_configure!(run_in_browser);

const BEN: ConversationId = ConversationId::User(UserId::from_bytes([2; 16]));

fn person(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

fn unsent(name: &str, at: i64) -> Unsent {
    let command = Command::Send { content: "hi".parse().unwrap(), reply_to: None };
    Outbox::default().add(name.parse().unwrap(), BEN, command, Timestamp(at))
}

async fn names(rows: &OutboxRows) -> Vec<String> {
    let mut stored = rows.read().await;
    stored.sort_by_key(|unsent| unsent.order);
    stored.into_iter().map(|unsent| unsent.client_id.to_string()).collect()
}

fn journaled(number: u8) -> usize {
    journal::read(person(number)).len()
}

#[wasm_bindgen_test]
async fn what_is_kept_is_there_for_the_next_visit_and_for_another_tab_until_it_is_forgotten() {
    let (one, other) = (OutboxRows::open(person(21)), OutboxRows::open(person(21)));
    assert!(one.keep(&unsent("a", 1)).await);
    assert!(other.keep(&unsent("b", 2)).await);
    assert_eq!(journaled(21), 0, "what is in the database has left the journal");
    assert_eq!(names(&OutboxRows::open(person(21))).await, ["a", "b"]);
    assert_eq!(names(&OutboxRows::open(person(22))).await, [""; 0], "it is of one person");
    one.forget(&"a".parse().unwrap()).await;
    assert_eq!(names(&one).await, ["b"]);
    one.forget(&"b".parse().unwrap()).await;
    assert_eq!(names(&other).await, [""; 0]);
}

#[wasm_bindgen_test]
async fn a_page_that_dies_before_the_database_answers_loses_nothing() {
    let tab = OutboxRows::open(person(23));
    drop(tab.keep(&unsent("a", 1)));
    // Nothing was waited for.
    assert_eq!(journaled(23), 1);
    drop(tab);
    let next = OutboxRows::open(person(23));
    assert_eq!(names(&next).await.first().map(String::as_str), Some("a"));
    next.forget(&"a".parse().unwrap()).await;
    assert_eq!(names(&next).await, [""; 0]);
}

#[wasm_bindgen_test]
async fn requests_are_done_in_the_order_of_asking() {
    let rows = OutboxRows::open(person(24));
    let kept: Vec<_> = (0..50).map(|at| rows.keep(&unsent(&format!("m{at}"), at))).collect();
    let forgotten: Vec<_> = (0..49).map(|at| rows.forget(&format!("m{at}").parse().unwrap())).collect();
    let stored = rows.read();
    assert_eq!(stored.await.len(), 1, "whatever is awaited first");
    join_all(forgotten).await;
    assert!(join_all(kept).await.into_iter().all(|kept| kept));
    rows.forget(&"m49".parse().unwrap()).await;
}

#[wasm_bindgen_test]
async fn a_row_comes_back_as_it_was_kept() {
    let rows = OutboxRows::open(person(25));
    let entry = unsent("a", 1);
    // As the outbox marks what the server refused.
    let mut json = serde_json::to_value(&entry).unwrap();
    let error = ErrorBody::new(ErrorCode::NotAMember, "You left \u{1f600}.");
    json["state"] = serde_json::json!({ "Failed": error });
    json["order"] = serde_json::json!(1_700_000_000_000_u64);
    let refused: Unsent = serde_json::from_value(json).unwrap();
    rows.keep(&refused).await;
    assert_eq!(journaled(25), 0);
    assert_eq!(rows.read().await, [refused]);
    rows.forget(&"a".parse().unwrap()).await;
}

#[wasm_bindgen_test]
async fn rows_of_version_1_are_read_and_become_values() {
    forget_everything().await;
    let database = open_as_version_1().await;
    let transaction = database.transaction(&["outbox"], TransactionMode::ReadWrite).unwrap();
    let store = transaction.object_store("outbox").unwrap();
    for (name, at) in [("a", 1), ("b", 2)] {
        let text = serde_json::to_string(&unsent(name, at)).unwrap();
        store.put(&text.into(), Some(&format!("{}/{name}", person(26)).into())).unwrap();
    }
    store.put(&"not ours".into(), Some(&"other".into())).unwrap();
    assert!(transaction.await.unwrap().is_committed());
    database.close();

    assert_eq!(names(&OutboxRows::open(person(26))).await, ["a", "b"]);
    let database = Factory::new().unwrap().open("parlance", None).unwrap().await.unwrap();
    assert_eq!(database.version().unwrap(), 2);
    let transaction = database.transaction(&["outbox"], TransactionMode::ReadOnly).unwrap();
    let values = transaction.object_store("outbox").unwrap().get_all(None, None).unwrap().await.unwrap();
    let texts = values.iter().filter(|value| value.is_string()).count();
    assert_eq!((values.len(), texts), (3, 1), "what is no JSON stays as it is");
    database.close();
    forget_everything().await;
}

#[wasm_bindgen_test]
async fn while_an_old_tab_holds_the_database_the_journal_keeps_everything() {
    forget_everything().await;
    let old_tab = open_as_version_1().await;
    let rows = OutboxRows::open(person(27));
    assert!(rows.keep(&unsent("a", 1)).await);
    assert_eq!(journaled(27), 1);
    assert_eq!(names(&rows).await, ["a"]);
    old_tab.close();
    assert_eq!(names(&rows).await, ["a"]);
    assert_eq!(journaled(27), 0, "it is in the database now");
    rows.forget(&"a".parse().unwrap()).await;
    forget_everything().await;
}

#[wasm_bindgen_test]
async fn what_was_forgotten_while_the_database_did_not_work_stays_forgotten() {
    let rows = OutboxRows::open(person(30));
    assert!(rows.keep(&unsent("a", 1)).await);
    // Another version takes the database, and gives it back later.
    let mut later = Factory::new().unwrap().open("parlance", Some(9)).unwrap();
    later.on_upgrade_needed(|_| {});
    let later = later.await.unwrap();
    rows.forget(&"a".parse().unwrap()).await;
    later.close();
    forget_everything().await;
    let other = OutboxRows::open(person(30));
    assert!(other.keep(&unsent("a", 1)).await, "as if its row were still there");
    assert_eq!(names(&rows).await, [""; 0]);
    assert_eq!(names(&other).await, [""; 0], "it was removed");
    forget_everything().await;
}

#[wasm_bindgen_test]
async fn a_tab_makes_room_for_a_later_version() {
    let rows = OutboxRows::open(person(28));
    assert!(rows.keep(&unsent("a", 1)).await);
    let mut later = Factory::new().unwrap().open("parlance", Some(9)).unwrap();
    later.on_upgrade_needed(|_| {});
    later.await.unwrap().close();
    // From here on this version does not know the form of the database.
    assert!(rows.keep(&unsent("b", 2)).await);
    assert_eq!(journaled(28), 1);
    assert_eq!(names(&rows).await, ["b"]);
    rows.forget(&"b".parse().unwrap()).await;
    forget_everything().await;
}

#[wasm_bindgen_test]
async fn a_browser_that_denies_all_storage_throws_nothing_and_says_so() {
    assert!(can_keep().await);
    let denied = Denied::everything();
    assert!(!can_keep().await);
    let rows = OutboxRows::open(person(29));
    assert!(!rows.keep(&unsent("a", 1)).await);
    assert_eq!(names(&rows).await, [""; 0]);
    rows.forget(&"a".parse().unwrap()).await;
    assert_eq!(crate::browser::signed_in(), None);
    crate::browser::set_signed_in(Some(person(29)));
    drop(denied);
    // If only one of the two works, it is used.
    let denied = Denied::database();
    assert!(can_keep().await);
    let rows = OutboxRows::open(person(29));
    assert!(rows.keep(&unsent("a", 1)).await);
    assert_eq!(names(&rows).await, ["a"]);
    drop(denied);
    let rows = OutboxRows::open(person(29));
    rows.forget(&"a".parse().unwrap()).await;
    assert_eq!(names(&rows).await, [""; 0]);
}
