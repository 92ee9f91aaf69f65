//! What a message looks like, and what becomes of it.

use protocol::{Receipt, ReceiptChanged};
use web_sys::{PointerEvent, PointerEventInit};

use super::*;
use crate::routes::conversation_path;

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
async fn a_link_that_only_begins_like_one_to_this_page_is_a_foreign_one() {
    let origin = window().location().origin().unwrap();
    let group = conversation_path(ConversationId::Group(group(1)));
    let foreign = ["//evil.example/login", &format!("/{group}"), "/.//x"];
    let links = foreign.into_iter().chain([group.as_str()]).map(|path| format!("[here]({origin}{path})"));
    let bare = [format!("{origin}//evil.example/login"), format!("{origin}/{group}")];
    let text = links.chain(bare).collect::<Vec<_>>().join("\n");
    let page = Page::open(vec![message(1, BEN, &text)]).await;
    let links = page.all(".message-content a");
    let href = |link: &Element| link.get_attribute("href").unwrap();
    assert_eq!(links.len(), 6);
    for link in links.iter().filter(|link| href(link) != group) {
        assert!(href(link).starts_with(&origin), "{}", href(link));
        assert!(link.has_attribute("rel"), "{}", href(link));
    }
    assert_eq!((href(&links[3]), links[3].has_attribute("rel")), (group, false));
    assert!(!page.texts(".message-content a").iter().any(|words| words.starts_with("Link to")));
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
async fn a_deletion_that_was_refused_says_why_until_one_decides() {
    let page = Page::open(vec![message(1, ANN, "Hello")]).await;
    let deletion = chat::Command::Delete { message: message(1, ANN, "Hello").id };
    page.store.write(WITH_BEN, deletion);
    page.settle().await;
    assert_eq!(page.texts(".message-deleted"), ["This message was deleted."]);
    let client_id = page.store.with(|state| state.outbox.entries()[0].client_id.clone());
    let error = ErrorBody::new(ErrorCode::NotAMember, "You are not a member of this group.");
    page.server_answers(Answer::Sent(client_id, Err(Some(error))));
    page.settle().await;
    assert_eq!(page.texts(".message-content"), ["Hello"]);
    let failure = page.one(".message .message-failure").text_content().unwrap();
    assert!(failure.starts_with("Not deleted. You are not a member of this group."), "{failure}");
    assert_eq!(page.texts(".message-failure button"), ["Try again", "Leave it"]);
    page.all(".message-failure button")[1].unchecked_ref::<HtmlElement>().click();
    page.settle().await;
    assert!(page.all(".message-failure").is_empty());
    assert!(page.store.with(|state| state.outbox.is_empty()));
    page.close();
}

#[wasm_bindgen_test]
async fn those_who_have_read_a_message_are_in_the_order_of_the_readers_language() {
    const ZOE: UserId = UserId::from_bytes([3; 16]);
    const ELIF: UserId = UserId::from_bytes([4; 16]);
    let lunch = group(1);
    let cake = Message { recipient: Recipient::Group(lunch), ..message(1, ANN, "Cake!") };
    let page = Page::open_at(ConversationId::Group(lunch), vec![cake]).await;
    for (id, name) in [(ZOE, "Zoe"), (ELIF, "élif")] {
        page.store.act(Action::Meet(Peer::User(user(id, name))));
    }
    let read =
        |user_id| Receipt { user_id, delivered_up_to: Seq(1), read_up_to: Seq(1), joined_after: Seq::ZERO };
    page.pretend(|state| {
        let _ = state.link(Link::Online);
        state.answer(Answer::Receipts(1, Ok([ZOE, ELIF, BEN].map(read).to_vec())))
    });
    page.settle().await;
    assert_eq!(page.texts(".readers .menu-item bdi"), ["ben", "élif", "Zoe"]);
    page.close();
}
