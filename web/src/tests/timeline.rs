//! Of a long conversation a part is on the page.

use wasm_bindgen::JsValue;

use super::*;
use crate::routes::message_path;

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
    // On a busy machine one frame may take as long as that.
    for _ in 0..8 {
        page.settle().await;
    }
    assert_ne!(page.one(".message"), row, "there are older ones");
    assert_eq!(document().active_element(), Some(row), "it was not taken out of the document");
    page.close();
}

#[wasm_bindgen_test]
async fn the_address_of_a_message_that_is_loaded_leads_to_it_without_a_connection() {
    let page = Page::open(vec![message(1, BEN, "here"), message(2, BEN, "there")]).await;
    let (history, here) = (window().history().unwrap(), window().location().href().unwrap());
    let goes_to = |address: &str| {
        history.replace_state_with_url(&JsValue::NULL, "", Some(address)).unwrap();
        window().dispatch_event(&Event::new("popstate").unwrap()).unwrap();
    };
    goes_to(&message_path(WITH_BEN, message(1, BEN, "here").id));
    page.settle().await;
    assert!(page.all(".message")[0].class_list().contains("is-lit"));
    goes_to(&here);
    page.close();
}

#[wasm_bindgen_test]
async fn whoever_dismisses_what_is_new_does_not_lose_the_focus() {
    let page = Page::open((1..=60).map(|seq| message(seq, BEN, &seq.to_string())).collect()).await;
    page.store.act(Action::MarkUnread(WITH_BEN, Seq(3)));
    page.settle().await;
    let dismiss: HtmlElement = page.one("[aria-label='Dismiss']").unchecked_into();
    dismiss.focus().unwrap();
    dismiss.click();
    page.settle().await;
    assert!(page.all("[aria-label='Dismiss']").is_empty());
    assert_eq!(document().active_element().as_deref(), Some(page.field().as_ref()));
    page.close();
}
