use protocol::Timestamp;

use super::*;
use crate::{
    clock,
    session::SessionId,
    store::session::{Admission, IDLE, Refreshed},
};

const FIRST: [u8; 32] = [1; 32];
const SECOND: [u8; 32] = [2; 32];
const THIRD: [u8; 32] = [3; 32];
const FOREIGN: [u8; 32] = [9; 32];

async fn logged_in(store: &Opened) -> (User, SessionId) {
    let ann = store.user("ann").await;
    let session = store.start_session(ann.id, FIRST).await.unwrap();
    (ann, session)
}

fn seconds_from_now(seconds: i64) -> Timestamp {
    Timestamp(clock::now().0 + seconds * 1000)
}

#[tokio::test]
async fn a_session_admits_its_person_with_their_groups_until_it_is_ended() {
    let mut store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    let lunch = store.lunch(&ann).await;
    store.published();
    let admission = Admission { user: ann.clone(), groups: vec![lunch.id] };
    assert_eq!(store.admit(session).await.unwrap(), Some(admission));
    assert_eq!(store.session(session).await.unwrap(), Some(ann));
    store.end_session(session).await.unwrap();
    assert_eq!(store.published(), [Fact::SessionsEnded(vec![session])]);
    assert_eq!(store.admit(session).await.unwrap(), None);
    assert!(store.session(session).await.unwrap().is_none());
    store.end_session(session).await.unwrap();
    assert_eq!(store.published(), [], "ending it twice is told once");
}

#[tokio::test]
async fn all_sessions_of_a_person_end_at_once_and_nobody_elses() {
    let mut store = Opened::new();
    let (ann, phone) = logged_in(&store).await;
    let laptop = store.start_session(ann.id, SECOND).await.unwrap();
    let ben = store.user("ben").await;
    let bens = store.start_session(ben.id, THIRD).await.unwrap();
    store.end_sessions_of(ann.id).await.unwrap();
    let Some(Fact::SessionsEnded(mut ended)) = store.published().pop() else { panic!("nothing told") };
    ended.sort();
    assert_eq!(ended, [phone, laptop]);
    assert!(store.session(bens).await.unwrap().is_some());
}

#[tokio::test]
async fn a_refresh_token_is_used_once_with_a_moment_for_two_tabs() {
    let mut store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    let soon = seconds_from_now(10);
    let refresh = async |old, new, at| store.refresh_session_at(session, old, new, at).await.unwrap();
    assert_eq!(refresh(FIRST, SECOND, clock::now()).await, Refreshed::Rotated(ann.clone()));
    assert_eq!(refresh(FIRST, THIRD, soon).await, Refreshed::Overlapped(ann.clone()));
    assert_eq!(refresh(SECOND, THIRD, soon).await, Refreshed::Rotated(ann.clone()));
    // Two rotations ago, but a moment ago.
    assert_eq!(refresh(FIRST, FOREIGN, soon).await, Refreshed::Refused);
    assert_eq!(refresh(THIRD, FIRST, soon).await, Refreshed::Rotated(ann));
    assert_eq!(store.published(), []);
}

#[tokio::test]
async fn an_old_refresh_token_that_comes_back_later_ends_the_session() {
    for stolen in [FIRST, FOREIGN] {
        let mut store = Opened::new();
        let (_, session) = logged_in(&store).await;
        store.refresh_session(session, FIRST, SECOND).await.unwrap();
        let later = seconds_from_now(31);
        let refreshed = store.refresh_session_at(session, stolen, THIRD, later).await.unwrap();
        assert_eq!(refreshed, Refreshed::Refused);
        assert_eq!(store.published(), [Fact::SessionsEnded(vec![session])]);
        let refreshed = store.refresh_session_at(session, SECOND, THIRD, later).await.unwrap();
        assert_eq!(refreshed, Refreshed::Refused);
    }
}

#[tokio::test]
async fn a_session_that_was_not_refreshed_for_a_month_is_over() {
    let store = Opened::new();
    let (_, session) = logged_in(&store).await;
    let too_late = seconds_from_now(IDLE.as_secs() as i64 + 1);
    assert_eq!(store.refresh_session_at(session, FIRST, SECOND, too_late).await.unwrap(), Refreshed::Refused);
    assert!(store.session(session).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refresh_token_names_its_holder_without_being_used_up() {
    let store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    assert_eq!(store.holder(session, FIRST).await.unwrap(), Some(ann.clone()));
    assert_eq!(store.holder(session, FOREIGN).await.unwrap(), None);
    assert_eq!(store.refresh_session(session, FIRST, SECOND).await.unwrap(), Refreshed::Rotated(ann));
}

#[tokio::test]
async fn a_session_that_nobody_used_for_a_month_is_deleted_and_a_renewal_is_a_use() {
    let store = Opened::new();
    let (ann, idle) = logged_in(&store).await;
    let ended = store.start_session(ann.id, SECOND).await.unwrap();
    store.end_session(ended).await.unwrap();
    let month = IDLE.as_secs() as i64;
    assert_eq!(store.delete_idle_sessions(seconds_from_now(month - 60)).await.unwrap(), 0);
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let used = store.start_session(ann.id, THIRD).await.unwrap();
    let between = clock::now();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert!(store.use_session(used).await.unwrap());
    assert!(!store.use_session(ended).await.unwrap());
    let after = Timestamp(between.0 + month * 1000 + 1);
    assert_eq!(store.delete_idle_sessions(after).await.unwrap(), 2);
    assert!(store.session(idle).await.unwrap().is_none());
    assert!(store.session(used).await.unwrap().is_some());
    assert_eq!(store.refresh_session(idle, FIRST, SECOND).await.unwrap(), Refreshed::Refused);
}
