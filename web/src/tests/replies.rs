//! What somebody answers.

use protocol::{ChangeId, MessageText};

use super::{composer::presses_tool, *};

#[wasm_bindgen_test]
async fn what_one_answers_says_what_it_says_now_and_nothing_once_it_was_deleted() {
    let page = Page::open(vec![message(1, BEN, "My PIN is 1234")]).await;
    let changed = |rev: u64, text: &str| Message {
        rev: Rev(rev),
        change_id: Some(ChangeId::from_bytes([rev as u8; 16])),
        ..message(1, BEN, text)
    };
    presses_tool(&page, 0, "Reply").await;
    page.settle().await;
    let says = || page.texts(".composer-mode-text");
    assert_eq!(says(), ["My PIN is 1234"]);
    page.server_sends(ServerEvent::MessageChanged(changed(2, "My PIN is secret")));
    page.settle().await;
    assert_eq!(says(), ["My PIN is secret"]);

    let deleted = Message {
        content: MessageText::deleted(),
        deleted_at: Some(calendar::now()),
        ..changed(3, "It was deleted")
    };
    page.server_sends(ServerEvent::MessageChanged(deleted));
    page.settle().await;
    assert_eq!(says(), ["This message was deleted."]);
    // It is kept with the draft.
    sleep(Duration::from_millis(1_000)).await;
    let kept = page.store.draft(WITH_BEN).await.unwrap();
    assert!(kept.mode.contains("Reply") && !kept.mode.contains("PIN"), "{}", kept.mode);
    page.presses("Escape");
    page.settle().await;
    page.close();
}
