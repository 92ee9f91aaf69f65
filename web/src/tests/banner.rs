//! What is said above the field, and aloud.

use protocol::{LeftGroup, Role};

use super::*;
use crate::{
    home::Home,
    link::{aloud::say_banners, banner::Banner},
    ui::announcer::{Announcements, Announcer},
};

#[wasm_bindgen_test]
async fn another_version_of_the_server_asks_for_a_reload() {
    let page = Page::open(vec![]).await;
    page.link_is(Link::Refused(ErrorBody::new(ErrorCode::ProtocolMismatch, "Reload.")));
    page.settle().await;
    assert!(page.texts(".banner-text")[0].starts_with("A new version is here."));
    assert_eq!(page.texts(".banner button"), ["Reload"]);
    page.close();
}

#[wasm_bindgen_test]
async fn a_message_that_was_refused_and_no_conversation_shows_can_be_discarded() {
    let page = Page::open(vec![]).await;
    let command = chat::Command::Send { content: "Who is in?".parse().unwrap(), reply_to: None };
    page.store.write(ConversationId::Group(group(1)), command);
    page.settle().await;
    page.pretend(|state| listed(state, vec![]));
    page.server_refuses_the_last(ErrorCode::NotAMember, "You are not a member of this group.").await;
    assert_eq!(page.texts(".banner.is-error .banner-text"), ["Not sent: Who is in?"]);
    assert_eq!(page.texts(".banner.is-error button"), ["Copy", "Discard"]);
    page.all(".banner.is-error button")[1].unchecked_ref::<HtmlElement>().click();
    page.settle().await;
    assert!(page.unsent().is_empty() && page.all(".banner.is-error").is_empty());
    page.close();
}

/// What is announced, in a page with nothing else.
fn announcements() -> (Announcer, HtmlElement, impl Sized) {
    let root: NodeRef<html::Div> = NodeRef::new();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mounted = mount_to(body(), move || {
        let announcer = Announcer::new();
        sender.send((announcer, root)).unwrap();
        view! { <div node_ref=root><Announcements announcer /></div> }
    });
    let (announcer, root) = receiver.recv().unwrap();
    let root: HtmlElement = root.get_untracked().unwrap().unchecked_into();
    (announcer, root, mounted)
}

#[wasm_bindgen_test]
async fn what_is_shown_stays_while_something_else_is_said_and_long_enough_to_be_read() {
    let (announcer, root, mounted) = announcements();
    let texts = || {
        let regions = root.query_selector_all("[role=status]").unwrap();
        let text = |index| regions.item(index).unwrap().text_content().unwrap();
        (text(0), text(1))
    };
    let refusal = "Not deleted: you are not an admin of this group any more. ".repeat(2);
    announcer.show(refusal.clone());
    announcer.say("Ben is typing");
    sleep(Duration::from_millis(50)).await;
    assert_eq!(texts(), ("Ben is typing".to_owned(), refusal.clone()));
    assert_eq!(root.query_selector(".announcement").unwrap().unwrap().text_content(), Some(refusal.clone()));
    sleep(Duration::from_millis(5_000)).await;
    assert_eq!(texts(), (String::new(), refusal), "it takes longer to be read");
    drop(mounted);
}

#[wasm_bindgen_test]
async fn the_same_sentence_is_heard_twice() {
    let (announcer, root, mounted) = announcements();
    for _ in 0..2 {
        announcer.say("ann: ok");
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(root.text_content().as_deref(), Some(""), "it is another text before");
    sleep(Duration::from_millis(100)).await;
    assert_eq!(root.text_content().as_deref(), Some("ann: ok"));
    announcer.say("ann: ok");
    announcer.say("ben: yes");
    sleep(Duration::from_millis(100)).await;
    assert_eq!(root.text_content().as_deref(), Some("ben: yes"), "what came first does not come last");
    drop(mounted);
}

#[wasm_bindgen_test]
async fn a_banner_is_heard_once_however_many_panes_show_it() {
    let root: NodeRef<html::Div> = NodeRef::new();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mounted = mount_to(body(), move || {
        let store = without_a_server();
        let (screen, pane) = (Screen::expect(), RwSignal::new(1));
        say_banners(store, screen);
        sender.send((screen, pane, root)).unwrap();
        view! {
            <div node_ref=root>
                {move || {
                    pane.get();
                    view! { <Banner /> }
                }}
                <Announcements announcer=screen.announcer />
            </div>
        }
    });
    let (screen, pane, root) = receiver.recv().unwrap();
    let root: HtmlElement = root.get_untracked().unwrap().unchecked_into();
    let said = || root.query_selector("[role=status]").unwrap().unwrap().text_content().unwrap();
    let sentence = "You are no longer a member of Lunch.";
    screen.problem.set(Some(sentence.to_owned()));
    sleep(Duration::from_millis(100)).await;
    assert_eq!(said(), sentence);
    // Something else is said meanwhile, and it is taken away again.
    screen.announcer.say("ann: ok");
    pane.set(2);
    sleep(Duration::from_millis(100)).await;
    assert_eq!(
        root.query_selector(".banner-text").unwrap().unwrap().text_content().as_deref(),
        Some(sentence)
    );
    assert_eq!(said(), "ann: ok");
    assert!(root.query_selector("[role=alert]").unwrap().is_none());
    drop(mounted);
}

#[wasm_bindgen_test]
async fn that_nothing_was_deleted_in_a_group_that_is_gone_is_said_until_it_is_closed() {
    let page = Page::open(vec![]).await;
    let deletion = chat::Command::Delete { message: MessageId::from_bytes([9; 16]) };
    page.store.write(ConversationId::Group(group(1)), deletion);
    page.settle().await;
    page.pretend(|state| listed(state, vec![]));
    page.server_refuses_the_last(ErrorCode::NotAMember, "You are not a member of this group.").await;
    assert!(page.texts(".banner.is-error .banner-text")[0].starts_with("A message was not deleted:"));
    page.one(".banner.is-error button").unchecked_ref::<HtmlElement>().click();
    page.settle().await;
    assert!(page.all(".banner.is-error").is_empty() && page.store.with(|state| state.outbox.is_empty()));
    page.close();
}

#[wasm_bindgen_test]
async fn what_was_not_deleted_leads_nowhere_once_one_is_out_of_the_group_and_the_focus_goes_on_from_it() {
    let page = Page::open(vec![]).await;
    let in_lunch = Conversation {
        with: Peer::Group(lunch(group(1))),
        last_message: None,
        read_up_to: Seq::ZERO,
        mark: 0,
        unread: 0,
        unread_mentions: 0,
        rev: Rev::ZERO,
        change_id: None,
        updated_at: calendar::now(),
        muted: false,
        role: Role::Member,
    };
    page.pretend(|state| listed(state, vec![in_lunch]));
    for number in [8, 9] {
        let deletion = chat::Command::Delete { message: MessageId::from_bytes([number; 16]) };
        page.store.write(ConversationId::Group(group(1)), deletion);
        page.settle().await;
        page.server_refuses_the_last(ErrorCode::RoleRequired, "You are no admin.").await;
    }
    assert_eq!(page.texts(".banner.is-error .button"), ["Show", "Close"]);
    let left = LeftGroup { group_id: group(1), name: "Lunch".parse().unwrap(), removed_by: Some(BEN) };
    page.server_sends(ServerEvent::LeftGroup(left));
    page.settle().await;
    assert_eq!(page.texts(".banner.is-error .button"), ["Close"]);
    assert!(page.texts(".banner.is-error .banner-text")[0].contains("no longer in its group"));

    let close = || page.one(".banner.is-error button").unchecked_into::<HtmlElement>();
    close().focus().unwrap();
    close().click();
    page.settle().await;
    assert_eq!(document().active_element(), Some(close().into()), "there is another one");
    close().click();
    page.settle().await;
    assert_eq!(document().active_element(), Some(page.field().into()));
    page.close();
}

/// What somebody wrote into groups that are gone is refused.
async fn is_refused(page: &Page, texts: [&str; 2]) {
    for text in texts {
        let command = chat::Command::Send { content: text.parse().unwrap(), reply_to: None };
        page.store.write(ConversationId::Group(group(1)), command);
        page.settle().await;
        page.server_refuses_the_last(ErrorCode::NotAMember, "You are not a member of this group.").await;
    }
    page.pretend(|state| listed(state, vec![]));
    page.settle().await;
}

#[wasm_bindgen_test]
async fn whoever_presses_a_banners_button_twice_destroys_nothing_by_the_second_press() {
    let page = Page::open(vec![]).await;
    is_refused(&page, ["Who is in?", "I am"]).await;
    page.screen.problem.set(Some("You are no longer a member of Lunch.".to_owned()));
    page.settle().await;
    let button = |name: &str| {
        let all = page.all(".banner.is-error button");
        let found = all.into_iter().find(|one| one.text_content().as_deref() == Some(name));
        found.unwrap().unchecked_into::<HtmlElement>()
    };
    let at = || document().active_element().and_then(|active| active.text_content()).unwrap_or_default();
    button("Close").focus().unwrap();
    button("Close").click();
    page.settle().await;
    assert_eq!(at(), "Copy");

    button("Discard").focus().unwrap();
    button("Discard").click();
    page.settle().await;
    assert_eq!((at(), page.unsent()), ("Copy".to_owned(), vec!["I am".to_owned()]));

    // Some browsers do not give the focus to what is pressed.
    button("Copy").blur().unwrap();
    button("Copy").click();
    page.settle().await;
    assert_eq!(document().active_element(), Some(body().into()), "its banner is there as before");
    page.close();
}

#[wasm_bindgen_test]
async fn where_there_is_no_field_the_focus_goes_to_the_title_when_a_banner_is_closed() {
    let root: NodeRef<html::Div> = NodeRef::new();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mounted = mount_to(body(), move || {
        without_a_server();
        sender.send((Screen::expect(), root)).unwrap();
        view! { <div node_ref=root><Router><Home /></Router></div> }
    });
    let (screen, root) = receiver.recv().unwrap();
    let root: HtmlElement = root.get_untracked().unwrap().unchecked_into();
    screen.problem.set(Some("You are no longer a member of Lunch.".to_owned()));
    sleep(Duration::from_millis(100)).await;
    let close: HtmlElement = root.query_selector(".banner button").unwrap().unwrap().unchecked_into();
    close.focus().unwrap();
    close.click();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(document().active_element(), root.query_selector("h1").unwrap());
    drop(mounted);
}
