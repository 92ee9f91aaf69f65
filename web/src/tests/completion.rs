//! What is proposed while somebody writes.

use protocol::{Member, Role};

use super::*;

const CYD: UserId = UserId::from_bytes([3; 16]);

/// A group of Ann, Ben and Cyd.
async fn group_of_three() -> Page {
    group_of([(ANN, "ann"), (BEN, "ben"), (CYD, "cyd")]).await
}

async fn group_of(names: [(UserId, &str); 3]) -> Page {
    let lunch = group(1);
    let page = Page::open_at(ConversationId::Group(lunch), vec![]).await;
    let heard = page.store.with(|state| state.heard_of_members(lunch));
    let member = |(id, name): (UserId, &str)| Member::new(user(id, name), Role::Member);
    page.server_answers(Answer::Members(lunch, heard, names.map(member).to_vec()));
    page.settle().await;
    page
}

fn from_cyd(seq: u64) -> ServerEvent {
    let recipient = Recipient::Group(group(1));
    ServerEvent::GroupMessage(Message { recipient, ..message(seq, CYD, "Cake!") })
}

#[wasm_bindgen_test]
async fn somebody_who_writes_just_then_does_not_change_whom_enter_mentions() {
    let page = group_of_three().await;
    page.type_in("@");
    page.settle().await;
    let names = || page.texts(".completion-option bdi");
    assert_eq!(names(), ["ben", "cyd"]);
    page.server_sends(from_cyd(1));
    page.settle().await;
    assert_eq!(names(), ["ben", "cyd"], "they keep their places");
    page.presses("ArrowDown");
    page.server_sends(from_cyd(2));
    page.settle().await;
    assert_eq!(page.texts(".completion-option[aria-selected=true] bdi"), ["cyd"]);
    assert!(page.enter(|_| {}));
    assert_eq!(page.field().value(), "@cyd ");
    page.settle().await;

    page.type_in("@");
    page.settle().await;
    assert_eq!(names(), ["cyd", "ben"], "for another sign they are put in order anew");
    page.type_in("");
    page.close();
}

#[wasm_bindgen_test]
async fn a_name_is_completed_however_its_accents_are_typed_and_who_is_called_just_that_comes_first() {
    let page = group_of([(ANN, "ann"), (BEN, "José.García"), (CYD, "jose")]).await;
    let names = || page.texts(".completion-option bdi");
    for (typed, proposed) in [
        ("@jos", &["jose", "José.García"][..]),
        ("@JOSE\u{301}", &["jose", "José.García"]),
        ("@garcia", &["José.García"]),
        ("@jose", &["jose", "José.García"]),
        ("@josé.garcía", &["José.García"]),
    ] {
        page.type_in(typed);
        page.settle().await;
        assert_eq!(names(), proposed, "{typed}");
    }
    page.type_in("");
    page.settle().await;
    page.server_sends(ServerEvent::GroupMessage(Message {
        recipient: Recipient::Group(group(1)),
        ..message(1, BEN, "Cake!")
    }));
    page.settle().await;
    page.type_in("@jo");
    page.settle().await;
    assert_eq!(names(), ["José.García", "jose"], "who wrote last");
    page.type_in("@jose");
    page.settle().await;
    assert_eq!(names(), ["jose", "José.García"], "who is called just that");
    page.type_in("");
    page.close();
}
