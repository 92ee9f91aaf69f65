//! What somebody types.

use super::*;

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
    assert_eq!(page.store.draft(WITH_BEN).await.unwrap().text, "hello");
    page.presses("Escape");
    assert_eq!(page.field().value(), "hello");
    page.type_in("");
    page.settle().await;
    page.close();
}

#[wasm_bindgen_test]
async fn a_correction_that_was_begun_is_there_again_until_one_gives_it_up() {
    let messages = || vec![message(1, BEN, "hi"), message(2, ANN, "helo")];
    let page = Page::open(messages()).await;
    page.type_in("a draft");
    page.settle().await;
    page.all(".message")[1].unchecked_ref::<HtmlElement>().focus().unwrap();
    sleep(Duration::from_millis(50)).await;
    page.one("[aria-label='Edit']").unchecked_ref::<HtmlElement>().click();
    page.type_in("hello");
    // Not even a pause before one goes elsewhere.
    page.close();
    let page = Page::open(messages()).await;
    assert_eq!(page.field().value(), "hello");
    assert_eq!(page.texts(".composer-mode-what"), ["Editing your message"]);
    assert_eq!(page.texts(".composer-mode-text"), ["helo"]);
    assert_eq!(page.field().get_attribute("aria-label").as_deref(), Some("Edit your message"));
    assert!(page.store.has_draft(WITH_BEN));

    assert!(page.presses("Escape"));
    page.settle().await;
    assert_eq!(page.field().value(), "a draft");
    assert!(page.all(".composer-mode").is_empty());
    page.close();
    let page = Page::open(messages()).await;
    assert_eq!((page.field().value().as_str(), page.all(".composer-mode").len()), ("a draft", 0));
    page.type_in("");
    page.settle().await;
    page.close();
}

#[wasm_bindgen_test]
async fn what_is_sent_or_discarded_in_one_tab_is_gone_in_the_other_unless_it_was_changed_there() {
    let (page, tab) = (Page::open(vec![]).await, Page::open(vec![]).await);
    page.type_in("hello");
    page.settle().await;
    assert_eq!(tab.field().value(), "hello");
    assert!(tab.store.has_draft(WITH_BEN));
    tab.enter(|_| {});
    page.settle().await;
    assert_eq!(page.field().value(), "");
    assert!(!page.store.has_draft(WITH_BEN));

    page.type_in("discarded");
    page.settle().await;
    tab.type_in("");
    page.settle().await;
    assert_eq!(page.field().value(), "");

    page.type_in("one");
    page.settle().await;
    // In the same moment, and then.
    page.enter(|_| {});
    tab.type_in("one and two");
    page.settle().await;
    assert_eq!(tab.field().value(), "one and two");
    tab.type_in("");
    page.settle().await;
    tab.close();
    page.close();
}

#[wasm_bindgen_test]
async fn a_reply_that_was_begun_is_one_in_the_other_tab_and_after_a_reload() {
    let messages = || vec![message(1, BEN, "hi"), message(2, BEN, "well?")];
    let (page, tab) = (Page::open(messages()).await, Page::open(messages()).await);
    page.all(".message")[1].unchecked_ref::<HtmlElement>().focus().unwrap();
    sleep(Duration::from_millis(50)).await;
    page.one("[aria-label='Reply']").unchecked_ref::<HtmlElement>().click();
    page.type_in("yes");
    page.settle().await;
    assert_eq!(tab.texts(".composer-mode-text"), ["well?"]);
    page.close();
    let page = Page::open(messages()).await;
    assert_eq!(page.texts(".composer-mode-text"), ["well?"]);
    assert_eq!(page.field().value(), "yes");
    page.enter(|_| {});
    page.settle().await;
    assert!(page.all(".composer-mode").is_empty() && tab.all(".composer-mode").is_empty());
    assert_eq!(tab.field().value(), "");
    tab.close();
    page.close();
}

/// Shows a message's tools, and presses one of them.
pub(super) async fn presses_tool(page: &Page, row: usize, label: &str) {
    page.all(".message")[row].unchecked_ref::<HtmlElement>().focus().unwrap();
    sleep(Duration::from_millis(50)).await;
    page.one(&format!("[aria-label='{label}']")).unchecked_ref::<HtmlElement>().click();
}

fn button(page: &Page, text: &str) -> HtmlElement {
    let mut buttons = page.all(".message-failure button").into_iter();
    let found = buttons.find(|button| button.text_content().as_deref() == Some(text));
    found.unwrap().unchecked_into()
}

#[wasm_bindgen_test]
async fn a_refused_correction_is_edited_and_tried_again_and_a_reply_waits_for_it() {
    let page = Page::open(vec![message(1, ANN, "helo"), message(2, BEN, "well?")]).await;
    presses_tool(&page, 1, "Reply").await;
    page.type_in("yes");
    presses_tool(&page, 0, "Edit").await;
    page.type_in("hello");
    page.enter(|_| {});
    page.settle().await;
    assert_eq!(page.field().value(), "yes");
    assert_eq!(page.texts(".composer-mode-text"), ["well?"], "it is a reply still");

    page.server_refuses_the_last(ErrorCode::TooMany, "It was corrected 100 times.").await;
    button(&page, "Edit").click();
    page.settle().await;
    assert_eq!(page.field().value(), "hello");
    assert_eq!(page.texts(".composer-mode-text"), ["helo"], "what the message says");
    page.enter(|_| {});
    page.settle().await;
    let again = page.store.with(|state| {
        let again = state.outbox.entries().last().unwrap();
        (again.command.text().unwrap().to_string(), again.is_failed())
    });
    assert_eq!(again, ("hello".to_owned(), false));
    assert_eq!(page.texts(".composer-mode-text"), ["well?"]);
    page.presses("Escape");
    page.type_in("");
    page.settle().await;
    page.close();
}

#[wasm_bindgen_test]
async fn a_message_that_was_not_sent_is_edited_beside_a_correction_and_not_in_it() {
    let page = Page::open(vec![message(1, ANN, "helo"), message(2, BEN, "well?")]).await;
    presses_tool(&page, 1, "Reply").await;
    page.type_in("yes");
    page.enter(|_| {});
    page.settle().await;
    page.server_refuses_the_last(ErrorCode::TooMany, "It was corrected 100 times.").await;
    presses_tool(&page, 0, "Edit").await;
    page.type_in("hello");
    button(&page, "Edit").click();
    page.settle().await;
    assert_eq!(page.field().value(), "yes");
    assert_eq!(page.texts(".composer-mode-text"), ["well?"], "it replies to what it replied to");
    assert!(page.unsent().is_empty());
    page.presses("Escape");
    page.type_in("");
    page.settle().await;
    page.close();
}

/// Somebody looks at another tab of the browser, and comes back.
fn looks_away_and_back() {
    document().dispatch_event(&Event::new("visibilitychange").unwrap()).unwrap();
}

#[wasm_bindgen_test]
async fn what_one_writes_stays_in_the_field_where_nobody_can_say_what_is_kept() {
    let denied = Denied::everything();
    let page = Page::open(vec![]).await;
    page.type_in("half a mess");
    page.settle().await;
    looks_away_and_back();
    page.settle().await;
    assert_eq!(page.field().value(), "half a mess");
    drop(denied);
    page.type_in("");
    page.settle().await;
    page.close();

    let page = Page::open(vec![]).await;
    page.type_in("half a mess");
    page.settle().await;
    let denied = Denied::reads();
    looks_away_and_back();
    page.settle().await;
    assert_eq!(page.field().value(), "half a mess");
    drop(denied);
    page.type_in("");
    page.settle().await;
    page.close();
}

#[wasm_bindgen_test]
async fn what_one_types_before_the_draft_can_be_read_comes_to_it() {
    let messages = || vec![message(1, ANN, "helo")];
    let page = Page::open(messages()).await;
    page.type_in("dear Ben");
    page.settle().await;
    page.close();

    let busy = Denied::for_now();
    let page = Page::open(messages()).await;
    page.type_in("hel");
    page.type_in("hello");
    drop(busy);
    page.settle().await;
    assert_eq!(page.field().value(), "dear Ben\nhello");
    assert_eq!(page.store.draft(WITH_BEN).await.unwrap().text, "dear Ben\nhello");
    page.close();

    let busy = Denied::for_now();
    let page = Page::open(messages()).await;
    presses_tool(&page, 0, "Edit").await;
    page.type_in("hello, Ben");
    drop(busy);
    page.settle().await;
    assert_eq!(page.field().value(), "hello, Ben");
    page.presses("Escape");
    assert_eq!(page.field().value(), "dear Ben\nhello");
    page.close();

    let busy = Denied::for_now();
    let page = Page::open(messages()).await;
    page.type_in("and then");
    // Somebody goes elsewhere before anything could be read.
    page.is_open.set(false);
    page.settle().await;
    drop(busy);
    page.settle().await;
    page.is_open.set(true);
    page.settle().await;
    assert_eq!(page.field().value(), "dear Ben\nhello\nand then");
    page.type_in("");
    page.settle().await;
    page.close();
}

#[wasm_bindgen_test]
async fn a_message_that_was_not_sent_becomes_no_reply_and_no_draft_becomes_a_part_of_it() {
    let page = Page::open(vec![message(1, BEN, "hi"), message(2, BEN, "well?")]).await;
    let replies = || {
        page.store.with(|state| match &state.outbox.entries().last().unwrap().command {
            chat::Command::Send { content, reply_to } => {
                (content.to_string(), reply_to.as_ref().map(|quote| quote.excerpt.clone()))
            }
            _ => panic!("not a message"),
        })
    };
    page.type_in("hello");
    page.enter(|_| {});
    page.settle().await;
    page.server_refuses_the_last(ErrorCode::TooMany, "Too many.").await;
    // An empty field has nothing to keep.
    presses_tool(&page, 1, "Reply").await;
    button(&page, "Edit").click();
    page.settle().await;
    assert_eq!((page.field().value().as_str(), page.all(".composer-mode").len()), ("hello", 0));
    page.enter(|_| {});
    page.settle().await;
    assert_eq!(replies(), ("hello".to_owned(), None));

    page.server_refuses_the_last(ErrorCode::TooMany, "Too many.").await;
    presses_tool(&page, 1, "Reply").await;
    page.type_in("yes");
    button(&page, "Edit").click();
    page.settle().await;
    assert_eq!(page.field().value(), "hello");
    assert_eq!(page.texts(".composer-mode-what"), ["Editing an unsent message"]);
    page.enter(|_| {});
    page.settle().await;
    assert_eq!(replies(), ("hello".to_owned(), None));
    assert_eq!(page.field().value(), "yes");
    assert_eq!(page.texts(".composer-mode-text"), ["well?"]);
    page.enter(|_| {});
    page.settle().await;
    assert_eq!(replies(), ("yes".to_owned(), Some("well?".to_owned())));

    page.server_refuses_the_last(ErrorCode::TooMany, "Too many.").await;
    presses_tool(&page, 0, "Reply").await;
    page.type_in("hi yourself");
    button(&page, "Edit").click();
    page.settle().await;
    assert_eq!(
        (page.field().value().as_str(), page.texts(".composer-mode-text")),
        ("yes", vec!["well?".to_owned()])
    );
    // Nothing of either is lost.
    page.presses("Escape");
    page.settle().await;
    assert_eq!(page.field().value(), "yes\nhi yourself");
    assert_eq!(page.texts(".composer-mode-text"), ["hi"]);
    page.presses("Escape");
    page.type_in("");
    page.settle().await;
    page.close();
}

#[wasm_bindgen_test]
async fn a_message_that_is_corrected_elsewhere_meanwhile_says_so_and_is_compared_as_it_is_now() {
    let page = Page::open(vec![message(1, ANN, "a")]).await;
    let corrected = |rev, text: &str| {
        page.server_sends(ServerEvent::MessageChanged(Message {
            rev: Rev(rev),
            edited_at: Some(calendar::now()),
            ..message(1, ANN, text)
        }));
    };
    let unsent = || page.store.with(|state| state.outbox.entries().len());
    presses_tool(&page, 0, "Edit").await;
    page.type_in("a1");
    corrected(2, "b");
    page.settle().await;
    assert_eq!(page.texts(".composer-mode-what"), ["Changed meanwhile to:"]);
    assert_eq!(page.texts(".composer-mode-text"), ["b"]);
    page.type_in("b");
    page.enter(|_| {});
    page.settle().await;
    assert_eq!(unsent(), 0, "it says that already");

    presses_tool(&page, 0, "Edit").await;
    page.settle().await;
    assert_eq!(page.texts(".composer-mode-what"), ["Editing your message"]);
    corrected(3, "c");
    page.enter(|_| {});
    page.settle().await;
    assert_eq!((unsent(), page.texts(".message-content")), (1, vec!["b".to_owned()]));
    page.close();
}

#[wasm_bindgen_test]
async fn a_correction_that_one_left_for_something_else_goes_on_when_it_is_begun_again() {
    let page = Page::open(vec![message(1, ANN, "helo"), message(2, BEN, "well?")]).await;
    for (row, label) in [(1, "Reply"), (0, "Edit")] {
        presses_tool(&page, 0, "Edit").await;
        page.type_in("hello, everybody");
        presses_tool(&page, row, label).await;
        presses_tool(&page, 0, "Edit").await;
        assert_eq!(page.field().value(), "hello, everybody");
        // Who gives it up begins anew.
        page.presses("Escape");
        presses_tool(&page, 0, "Edit").await;
        assert_eq!(page.field().value(), "helo");
        page.presses("Escape");
        page.presses("Escape");
    }
    page.settle().await;
    page.close();
}
