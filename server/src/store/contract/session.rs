use std::time::Duration;

use protocol::{Timestamp, UserId, limits};

use super::*;
use crate::{
    auth::token::{Claimed, TokenId},
    clock,
    ids::SessionId,
    store::session::{Admission, IDLE, LIFETIME, Next, Refreshed},
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

/// A token of the session, as a connection shows it.
fn shown(user: UserId, session: SessionId, token: u8, rotation: u32) -> Claimed {
    let expires_at = Timestamp(i64::MAX);
    Claimed { user, session, expires_at, token: TokenId([token; 16]), rotation }
}

fn next(old: u8, new: u8) -> Next {
    Next { old: TokenId([old; 16]), new: TokenId([new; 16]), expires_at: seconds_from_now(1_000_000) }
}

fn rotated(refreshed: Refreshed) -> (User, u32) {
    match refreshed {
        Refreshed::Rotated(live) => (live.user, live.rotation),
        other => panic!("{other:?}"),
    }
}

fn overlapped(refreshed: Refreshed) -> (User, u32) {
    match refreshed {
        Refreshed::Overlapped(live) => (live.user, live.rotation),
        other => panic!("{other:?}"),
    }
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
    let token = shown(ann.id, session, 1, 0);
    assert_eq!(store.admit(&token).await.unwrap(), Some(admission));
    assert_eq!(store.admit(&shown(NOBODY, session, 1, 0)).await.unwrap(), None);
    assert_eq!(store.session(session).await.unwrap().unwrap().user, ann);
    store.end_session(session).await.unwrap();
    assert_eq!(store.published(), [DomainEvent::SessionsEnded(vec![session])]);
    assert_eq!(store.admit(&token).await.unwrap(), None);
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
    let Some(DomainEvent::SessionsEnded(mut ended)) = store.published().pop() else { panic!("nothing told") };
    ended.sort();
    assert_eq!(ended, [phone, laptop]);
    assert!(store.session(bens).await.unwrap().is_some());
}

#[tokio::test]
async fn who_logs_in_too_often_ends_the_session_that_was_not_used_for_the_longest_time() {
    let mut store = Opened::new();
    let (ann, first) = logged_in(&store).await;
    let ben = store.user("ben").await;
    let bens = store.start_session(ben.id, SECOND).await.unwrap();
    let second = store.start_session(ann.id, SECOND).await.unwrap();
    for _ in 2..limits::SESSIONS_A_PERSON {
        store.start_session(ann.id, THIRD).await.unwrap();
    }
    assert_eq!(store.published(), [], "so many may be");
    store.refresh_session_at(first, FIRST, THIRD, seconds_from_now(10)).await.unwrap();
    let last = store.start_session(ann.id, FOREIGN).await.unwrap();
    assert_eq!(store.published(), [DomainEvent::SessionsEnded(vec![second])]);
    for (session, lives) in [(first, true), (second, false), (last, true), (bens, true)] {
        assert_eq!(store.session(session).await.unwrap().is_some(), lives);
    }
}

#[tokio::test]
async fn a_refresh_token_is_used_once_with_a_moment_for_two_tabs() {
    let mut store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    let soon = seconds_from_now(10);
    let refresh = async |old, new, at| store.refresh_session_at(session, old, new, at).await.unwrap();
    assert_eq!(rotated(refresh(FIRST, SECOND, clock::now()).await), (ann.clone(), 1));
    assert_eq!(overlapped(refresh(FIRST, THIRD, soon).await), (ann.clone(), 0));
    assert_eq!(rotated(refresh(SECOND, THIRD, soon).await), (ann.clone(), 2));
    // It is two rotations old, but they were a moment ago: it is refused, and nothing is ended.
    assert_eq!(refresh(FIRST, FOREIGN, soon).await, Refreshed::Stale);
    assert_eq!(rotated(refresh(THIRD, FIRST, soon).await), (ann, 3));
    assert_eq!(store.published(), []);
}

#[tokio::test]
async fn an_old_refresh_token_that_comes_back_later_ends_the_session() {
    for stolen in [FIRST, FOREIGN] {
        let mut store = Opened::new();
        let (ann, session) = logged_in(&store).await;
        store.refresh_session(session, FIRST, SECOND).await.unwrap();
        // The answer to the refresh arrived, because the token that came with it is shown.
        store.admit(&shown(ann.id, session, 1, 1)).await.unwrap().unwrap();
        let later = seconds_from_now(31);
        let refreshed = store.refresh_session_at(session, stolen, THIRD, later).await.unwrap();
        assert_eq!(refreshed, Refreshed::Refused);
        assert_eq!(store.published(), [DomainEvent::SessionsEnded(vec![session])]);
        let refreshed = store.refresh_session_at(session, SECOND, THIRD, later).await.unwrap();
        assert_eq!(refreshed, Refreshed::Refused);
    }
}

#[tokio::test]
async fn a_session_that_was_not_refreshed_for_a_month_is_over() {
    let store = Opened::new();
    let (_, session) = logged_in(&store).await;
    let too_late = seconds_from_now(IDLE.as_secs() as i64 + 1);
    assert_eq!(store.refresh_session_at(session, FIRST, SECOND, too_late).await.unwrap(), Refreshed::TooLate);
}

#[tokio::test]
async fn a_clock_that_is_weeks_ahead_for_a_while_costs_nobody_their_session() {
    let mut store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    let ahead = seconds_from_now(12 * IDLE.as_secs() as i64);
    assert_eq!(store.delete_idle_sessions(ahead).await.unwrap(), 0);
    assert_eq!(store.refresh_session_at(session, FIRST, SECOND, ahead).await.unwrap(), Refreshed::TooLate);
    assert_eq!(store.published(), []);
    assert_eq!(rotated(store.refresh_session(session, FIRST, SECOND).await.unwrap()), (ann.clone(), 1));
    // One that was used meanwhile goes on, too.
    store.store.set_session_lifetime(24 * IDLE);
    let month = seconds_from_now(IDLE.as_secs() as i64 - 60);
    assert_eq!(rotated(store.refresh_session_at(session, SECOND, THIRD, month).await.unwrap()).1, 2);
    let early = seconds_from_now(-60 * 60);
    assert_eq!(rotated(store.refresh_session_at(session, THIRD, FIRST, early).await.unwrap()).1, 3);
}

#[tokio::test]
async fn a_refresh_token_names_its_holder_without_being_used_up() {
    let store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    assert_eq!(store.holder(session, FIRST).await.unwrap(), Some(ann.clone()));
    assert_eq!(store.holder(session, FOREIGN).await.unwrap(), None);
    assert_eq!(rotated(store.refresh_session(session, FIRST, SECOND).await.unwrap()).0, ann);
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_is_repeated_however_late_and_the_copy_of_a_thief_ends_it() {
    let mut store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    let refresh = async |old, new, seconds| {
        store.refresh_session_at(session, old, new, seconds_from_now(seconds)).await.unwrap()
    };
    // The answer with the second one is lost. A repetition at once gets only a token, which is no proof that
    // the second one has arrived …
    assert_eq!(rotated(refresh(FIRST, SECOND, 0).await).1, 1);
    assert_eq!(overlapped(refresh(FIRST, THIRD, 10).await), (ann.clone(), 0));
    store.admit(&shown(ann.id, session, 1, 0)).await.unwrap().unwrap();
    // … and a repetition an hour later gets a new refresh token.
    assert_eq!(rotated(refresh(FIRST, THIRD, 3_600).await).1, 2);
    store.admit(&shown(ann.id, session, 2, 2)).await.unwrap().unwrap();
    // Now the first one is used up, and a copy of it is refused.
    assert_eq!(refresh(FIRST, FOREIGN, 7_200).await, Refreshed::Refused);
    assert_eq!(store.published(), [DomainEvent::SessionsEnded(vec![session])]);
}

#[tokio::test]
async fn a_session_is_over_after_its_lifetime_however_often_it_is_refreshed_and_renewed() {
    let store = Opened::new();
    let (_, session) = logged_in(&store).await;
    let lifetime = LIFETIME.as_secs() as i64;
    let mut old = FIRST;
    for day in 1..30 {
        let new = [100 + day as u8; 32];
        let at = seconds_from_now(day * 24 * 60 * 60);
        rotated(store.refresh_session_at(session, old, new, at).await.unwrap());
        assert!(store.renew_token_at(session, next(day as u8, day as u8 + 1), at).await.unwrap());
        old = new;
    }
    let late = seconds_from_now(lifetime + 1);
    assert!(!store.renew_token_at(session, next(30, 31), late).await.unwrap());
    let refreshed = store.refresh_session_at(session, old, FOREIGN, late).await.unwrap();
    assert_eq!(refreshed, Refreshed::TooLate);
}

#[tokio::test]
async fn nobody_comes_in_by_a_session_that_has_had_its_lifetime() {
    let mut store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    store.store.set_session_lifetime(Duration::ZERO);
    assert_eq!(store.admit(&shown(ann.id, session, 1, 0)).await.unwrap(), None);
    assert_eq!(store.session(session).await.unwrap(), None);
    assert_eq!(store.holder(session, FIRST).await.unwrap(), None);
    assert_eq!(store.delete_idle_sessions(seconds_from_now(1)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_token_that_is_renewed_again_later_was_copied_and_ends_the_session() {
    let mut store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    let renew = async |old, new, seconds| {
        store.renew_token_at(session, next(old, new), seconds_from_now(seconds)).await.unwrap()
    };
    // Two sockets that show the same token renew it at the same time.
    assert!(renew(1, 2, 0).await && renew(1, 3, 10).await);
    assert!(renew(2, 4, 3_600).await && renew(3, 5, 3_605).await);
    store.admit(&shown(ann.id, session, 4, 0)).await.unwrap().unwrap();
    // A third socket shows a copy of the first, whose successors were used.
    assert!(!renew(1, 9, 7_200).await);
    assert_eq!(store.published(), [DomainEvent::SessionsEnded(vec![session])]);
    assert_eq!(store.admit(&shown(ann.id, session, 5, 0)).await.unwrap(), None);
}

#[tokio::test]
async fn a_renewal_whose_answer_was_lost_is_repeated_and_what_was_lost_is_good_for_nothing() {
    let mut store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    let renew = async |old, new, seconds| {
        store.renew_token_at(session, next(old, new), seconds_from_now(seconds)).await.unwrap()
    };
    assert!(renew(1, 2, 0).await && renew(1, 3, 3_600).await);
    store.admit(&shown(ann.id, session, 3, 0)).await.unwrap().unwrap();
    assert!(renew(3, 4, 7_200).await);
    // The second one was lost on the way; somebody who has it has stolen it.
    assert!(!renew(2, 9, 7_200).await);
    assert_eq!(store.published(), [DomainEvent::SessionsEnded(vec![session])]);
}

#[tokio::test]
async fn two_renewals_of_a_socket_whose_answers_were_lost_are_repeated_and_the_copy_of_a_thief_ends_it() {
    let mut store = Opened::new();
    let (ann, session) = logged_in(&store).await;
    let renew = async |old, new, seconds| {
        store.renew_token_at(session, next(old, new), seconds_from_now(seconds)).await.unwrap()
    };
    // The socket asks again, for the server has its new token. Then it is gone, and its client has the first one.
    assert!(renew(1, 2, 0).await && renew(2, 3, 25).await);
    assert!(renew(1, 4, 60).await && renew(4, 5, 90).await);
    store.admit(&shown(ann.id, session, 5, 0)).await.unwrap().unwrap();
    // Now the first one is used up.
    assert!(!renew(1, 9, 120).await);
    assert_eq!(store.published(), [DomainEvent::SessionsEnded(vec![session])]);
}

#[tokio::test]
async fn whoever_renews_a_token_behind_which_its_owner_has_gone_on_ends_the_session() {
    let mut store = Opened::new();
    let (_, session) = logged_in(&store).await;
    let renew = async |old, new, seconds| {
        store.renew_token_at(session, next(old, new), seconds_from_now(seconds)).await.unwrap()
    };
    assert!(renew(1, 2, 0).await && renew(2, 3, 100).await && renew(3, 4, 200).await);
    // A thief has a copy of the first one. To the server it looks as if all answers to the owner were lost …
    assert!(renew(1, 9, 300).await);
    // … until the owner goes on.
    assert!(!renew(4, 5, 400).await);
    assert_eq!(store.published(), [DomainEvent::SessionsEnded(vec![session])]);
}

#[tokio::test]
async fn a_session_that_nobody_used_for_a_month_is_deleted_and_a_renewal_is_a_use() {
    let mut store = Opened::new();
    store.store.set_session_lifetime(12 * IDLE);
    let (ann, idle) = logged_in(&store).await;
    let ended = store.start_session(ann.id, SECOND).await.unwrap();
    store.end_session(ended).await.unwrap();
    let month = IDLE.as_secs() as i64;
    assert_eq!(store.delete_idle_sessions(seconds_from_now(month - 60)).await.unwrap(), 0);
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let used = store.start_session(ann.id, THIRD).await.unwrap();
    let between = clock::now();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let after = Timestamp(between.0 + month * 1000 + 1);
    assert!(store.renew_token_at(used, next(1, 2), after).await.unwrap());
    assert!(!store.renew_token(ended, next(1, 2)).await.unwrap());
    assert_eq!(store.delete_idle_sessions(after).await.unwrap(), 2);
    assert!(store.session(idle).await.unwrap().is_none());
    assert!(store.session(used).await.unwrap().is_some());
    assert_eq!(store.refresh_session(idle, FIRST, SECOND).await.unwrap(), Refreshed::Refused);
}
