//! Dialogs about what is open.

use super::*;
use crate::group::add_people::AddPeopleDialog;

#[wasm_bindgen_test]
async fn adding_people_ends_with_the_group_that_it_was_begun_for() {
    let root: NodeRef<html::Div> = NodeRef::new();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mounted = mount_to(body(), move || {
        let store = without_a_server();
        for number in [1, 2] {
            store.act(Action::Meet(Peer::Group(lunch(group(number)))));
        }
        sender.send((store, Screen::expect(), root)).unwrap();
        view! { <div node_ref=root><AddPeopleDialog /></div> }
    });
    let (store, screen, root) = receiver.recv().unwrap();
    let root: HtmlElement = root.get_untracked().unwrap().unchecked_into();
    let is_open = async || {
        sleep(Duration::from_millis(100)).await;
        root.query_selector("dialog[open] form").unwrap().is_some()
    };
    let open = |number| Action::Open(ConversationId::Group(group(number)));
    for elsewhere in [open(2), Action::Close] {
        store.act(open(1));
        assert!(!is_open().await);
        screen.add_people.set(true);
        assert!(is_open().await);
        store.act(elsewhere);
        assert!(!is_open().await);
    }
    drop(mounted);
}
