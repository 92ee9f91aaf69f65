//! A browser that translates the page: it puts elements of its own into the places of texts.

use protocol::{ChangeId, MessageText, Quote};

use super::{composer::presses_tool, *};

impl Page {
    /// What translators do: the nodes that the page made are no longer on it.
    fn is_translated(&self) {
        for element in self.all("*") {
            let nodes = element.child_nodes();
            let nodes: Vec<_> = (0..nodes.length()).filter_map(|index| nodes.item(index)).collect();
            for text in nodes {
                let words = text.text_content().unwrap_or_default();
                if text.node_type() == web_sys::Node::TEXT_NODE && !words.trim().is_empty() {
                    let font = document().create_element("font").unwrap();
                    font.set_text_content(Some(&words));
                    element.replace_child(&font, &text).unwrap();
                }
            }
        }
    }
}

fn changed(seq: u64, rev: u64, text: &str) -> Message {
    let change_id = Some(ChangeId::from_bytes([rev as u8; 16]));
    Message { rev: Rev(rev), change_id, ..message(seq, BEN, text) }
}

#[wasm_bindgen_test]
async fn a_correction_and_a_deletion_are_seen_where_the_page_is_translated() {
    let first = message(1, BEN, "My *PIN*, @ann: 1234");
    let quote = Quote { message_id: first.id, seq: Seq(1), sender_id: BEN, excerpt: "My PIN: 1234".into() };
    let second = message(2, BEN, "cake");
    let reply = Message { reply_to: Some(quote), ..message(3, ANN, "Keep it secret") };
    let page = Page::open(vec![first, second, reply]).await;
    presses_tool(&page, 0, "Reply").await;
    page.settle().await;
    let says = || {
        let all = [".message-content", ".message-quote-text", ".composer-mode-text"];
        all.map(|selector| page.texts(selector).join(" | "))
    };
    page.is_translated();
    page.server_sends(ServerEvent::MessageChanged(changed(1, 4, "My *PIN*, @ann: forget it")));
    page.server_sends(ServerEvent::MessageChanged(changed(2, 5, "🍰")));
    page.settle().await;
    let now = "My PIN, @ann: forget it";
    assert_eq!(says(), ["My PIN, @ann: forget it | 🍰 | Keep it secret", now, now]);

    page.is_translated();
    let deleted = |seq, rev, by| Message {
        content: MessageText::deleted(),
        deleted_at: Some(calendar::now()),
        deleted_by: by,
        ..changed(seq, rev, "It was deleted")
    };
    page.server_sends(ServerEvent::MessageChanged(deleted(1, 6, None)));
    page.server_sends(ServerEvent::MessageChanged(deleted(2, 7, None)));
    page.settle().await;
    let gone = "This message was deleted.";
    assert_eq!(says(), ["Keep it secret", gone, gone]);
    assert_eq!(page.texts(".message-deleted"), [gone, gone]);
    page.presses("Escape");
    page.settle().await;
    page.close();
}

#[wasm_bindgen_test]
async fn a_complaint_about_a_field_is_the_present_one_where_the_page_is_translated() {
    use crate::ui::field::FieldHint;

    let wrong = RwSignal::new(Some("It is too short.".to_owned()));
    let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    body().append_child(&place).unwrap();
    let mounted = mount_to(place.clone(), move || view! { <FieldHint id="hint" hint="A name." wrong /> });
    let span = place.query_selector(".field-error span").unwrap().unwrap();
    span.set_inner_html("<font>Es ist zu kurz.</font>");
    wrong.set(Some("It is taken.".to_owned()));
    sleep(Duration::from_millis(50)).await;
    assert_eq!(place.text_content().unwrap(), "It is taken.");
    drop(mounted);
    place.remove();
}
