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

#[wasm_bindgen_test]
async fn an_answer_that_was_put_aside_for_a_correction_forgets_what_was_deleted_too() {
    let page = Page::open(vec![message(1, ANN, "helo"), message(2, BEN, "My PIN is 1234")]).await;
    presses_tool(&page, 1, "Reply").await;
    page.settle().await;
    presses_tool(&page, 0, "Edit").await;
    sleep(Duration::from_millis(1_000)).await;
    let kept = async || page.store.draft(WITH_BEN).await.unwrap().mode;
    assert!(kept().await.contains("1234"), "{}", kept().await);
    let deleted = Message {
        content: MessageText::deleted(),
        deleted_at: Some(calendar::now()),
        rev: Rev(3),
        change_id: Some(ChangeId::from_bytes([3; 16])),
        ..message(2, BEN, "It was deleted")
    };
    page.server_sends(ServerEvent::MessageChanged(deleted));
    page.settle().await;
    sleep(Duration::from_millis(1_000)).await;
    assert!(kept().await.contains("Edit") && !kept().await.contains("1234"), "{}", kept().await);
    page.presses("Escape");
    page.presses("Escape");
    page.settle().await;
    page.close();
}
