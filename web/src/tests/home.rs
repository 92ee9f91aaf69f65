//! Home, by what is there.

use protocol::{Role, Timestamp};

use super::*;
use crate::home::Home;

/// Home without a server.
async fn home() -> (HtmlElement, Store, Box<dyn std::any::Any>) {
    let root: NodeRef<html::Div> = NodeRef::new();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mounted = mount_to(body(), move || {
        let store = without_a_server();
        sender.send((store, root)).unwrap();
        view! { <div node_ref=root><Router><Home /></Router></div> }
    });
    let (store, root) = receiver.recv().unwrap();
    sleep(Duration::from_millis(50)).await;
    (root.get_untracked().unwrap().unchecked_into(), store, Box::new(mounted))
}

#[wasm_bindgen_test]
async fn home_says_that_it_loads_that_it_failed_and_what_is_there() {
    let (root, store, mounted) = home().await;
    let runtime = store.runtime().unwrap();
    let pause = || sleep(Duration::from_millis(100));
    let text = |selector: &str| root.query_selector(selector).unwrap()?.text_content();
    let title = || text("main h1").unwrap();
    assert_eq!(title(), "Unread");
    assert!(root.query_selector("main .skeleton").unwrap().is_some(), "it loads");

    runtime.pretend(|state| {
        state.refused(ErrorBody::new(ErrorCode::Internal, "The server is being repaired."));
        vec![]
    });
    pause().await;
    assert_eq!(title(), "The conversations did not load");
    assert_eq!(text(".home-words").unwrap(), "The server is being repaired.");
    assert_eq!(text(".home-body button").unwrap(), "Try again");

    runtime.pretend(|state| listed(state, vec![]));
    pause().await;
    assert_eq!(title(), "Welcome to Parlance", "nobody else is here");
    assert_eq!(text(".home-body .first-run-title").unwrap(), "Nobody else is here yet");
    let with_ben = Conversation {
        with: Peer::User(user(BEN, "ben")),
        last_message: Some(message(3, BEN, "**Well?**")),
        read_up_to: Seq(1),
        mark: 0,
        unread: 2,
        unread_mentions: 1,
        rev: Rev(3),
        change_id: None,
        updated_at: Timestamp(3),
        muted: false,
        role: Role::Member,
    };
    runtime.pretend(|state| listed(state, vec![with_ben]));
    pause().await;
    assert_eq!(
        (title(), text(".home-words").unwrap()),
        ("Unread".to_owned(), "2 messages in 1 conversation; 1 mentions you".to_owned())
    );
    let row = root.query_selector("main li a").unwrap().unwrap();
    assert!(row.get_attribute("href").unwrap().ends_with(&BEN.to_string()));
    assert!(row.text_content().unwrap().contains("Well?"));

    runtime.pretend(|state| state.apply(ServerEvent::PrivateMessage(message(4, BEN, "Hello?"))));
    pause().await;
    assert_eq!(text(".home-words").unwrap(), "3 messages in 1 conversation; 1 mentions you");
    assert!(row.is_connected(), "the row is the same");
    runtime.pretend(|state| state.act(Action::Read(WITH_BEN, Seq(4))));
    pause().await;
    assert_eq!(title(), "Nothing unread");
    drop(mounted);
}
