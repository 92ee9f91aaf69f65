//! Windows that share a connection, one of which leads.

use protocol::{PresenceChanged, ServerEvent, User, UserId, limits};

use crate::{
    environment::TabNews,
    state::{Action, Answer, ChatState, Effect},
};

const ANN: UserId = UserId::from_bytes([1; 16]);
const BEN: UserId = UserId::from_bytes([2; 16]);
const CLEO: UserId = UserId::from_bytes([3; 16]);

fn window(tab: u32, leads: bool) -> ChatState {
    let mut state = ChatState::new(User { id: ANN, username: "ann".parse().unwrap() });
    (state.tab, state.leads) = (tab, leads);
    state
}

/// Whom the server is asked to watch.
fn asked(effects: &[Effect]) -> Option<&[UserId]> {
    effects.iter().find_map(|effect| match effect {
        Effect::Watch { users, ask: true } => Some(&**users),
        _ => None,
    })
}

fn told(effects: Vec<Effect>) -> Vec<TabNews> {
    let news = effects.into_iter().filter_map(|effect| match effect {
        Effect::TellTabs(news) => Some(news),
        _ => None,
    });
    news.collect()
}

fn presence(state: &ChatState) -> [Option<bool>; 2] {
    [BEN, CLEO].map(|user| state.people.presence(user))
}

#[test]
fn of_those_who_are_not_watched_nothing_is_known() {
    let mut state = window(1, true);
    let _ = state.connected(vec![]);
    let _ = state.apply(ServerEvent::OnlineUsers(vec![BEN]));
    let _ = state.apply(ServerEvent::UserOnline(CLEO));
    assert_eq!(presence(&state), [None, None]);
    assert_eq!(asked(&state.act(Action::Watch(vec![BEN]))), Some(&[BEN][..]));
    let _ = state.answer(Answer::Watched(vec![BEN], Ok(vec![])));
    assert_eq!(presence(&state), [Some(false), None]);
    // A person who goes out of sight is forgotten.
    assert_eq!(asked(&state.act(Action::Watch(vec![CLEO]))), Some(&[CLEO][..]));
    assert_eq!(presence(&state), [None, None]);
}

#[test]
fn what_is_heard_before_the_answer_is_newer_than_the_answer_or_the_next_one_says_otherwise() {
    let mut state = window(1, true);
    let _ = state.connected(vec![]);
    let _ = state.act(Action::Watch(vec![BEN, CLEO]));
    let changed = PresenceChanged { online: vec![BEN], offline: vec![CLEO] };
    let _ = state.apply(ServerEvent::PresenceChanged(changed));
    let both = || vec![BEN, CLEO];
    let effects = state.answer(Answer::Watched(both(), Ok(vec![CLEO])));
    assert_eq!(presence(&state), [Some(true), Some(false)]);
    // Of Cleo it was late, and from before the question.
    assert_eq!(asked(&effects), Some(&[BEN, CLEO][..]));
    let effects = state.answer(Answer::Watched(both(), Ok(both())));
    assert_eq!((asked(&effects), presence(&state)), (None, [Some(true), Some(true)]));
}

#[test]
fn the_server_is_asked_one_thing_at_a_time_and_again_after_a_failure() {
    let mut state = window(1, true);
    let _ = state.connected(vec![]);
    assert_eq!(asked(&state.act(Action::Watch(vec![BEN]))), Some(&[BEN][..]));
    assert_eq!(asked(&state.act(Action::Watch(vec![CLEO]))), None);
    let effects = state.answer(Answer::Watched(vec![BEN], Ok(vec![BEN])));
    assert_eq!(asked(&effects), Some(&[CLEO][..]));
    assert_eq!(asked(&state.answer(Answer::Watched(vec![CLEO], Err("no".into())))), None);
    assert_eq!(asked(&state.look_again()), Some(&[CLEO][..]));
}

#[test]
fn a_new_connection_watches_from_its_beginning_and_is_asked_nothing_more() {
    let mut state = window(1, true);
    let effects = state.act(Action::Watch(vec![BEN, CLEO]));
    assert!(effects.contains(&Effect::Watch { users: vec![BEN, CLEO], ask: false }));
    assert_eq!(asked(&state.connected(vec![BEN, CLEO])), None);
    let _ = state.apply(ServerEvent::OnlineUsers(vec![BEN]));
    assert_eq!(presence(&state), [Some(true), Some(false)]);
    // People who came into sight while it was made are asked for; the first list is not about them.
    assert_eq!(asked(&state.connected(vec![BEN])), Some(&[BEN, CLEO][..]));
    assert_eq!(presence(&state), [None, None], "of the former connection nothing is left");
    let _ = state.apply(ServerEvent::OnlineUsers(vec![]));
    assert_eq!(presence(&state), [Some(false), None]);
    let _ = state.answer(Answer::Watched(vec![BEN, CLEO], Ok(vec![CLEO])));
    assert_eq!(presence(&state), [Some(false), Some(true)]);
}

#[test]
fn the_window_that_leads_watches_for_all_and_tells_them() {
    let (mut leader, mut other) = (window(1, true), window(2, false));
    let _ = leader.connected(vec![]);
    let hear = |state: &mut ChatState, news: Vec<TabNews>| -> Vec<Effect> {
        news.into_iter().flat_map(|news| state.apply_tab(news)).collect()
    };
    let _ = leader.act(Action::Watch(vec![BEN]));
    let _ = leader.answer(Answer::Watched(vec![BEN], Ok(vec![BEN])));

    // A window that comes later asks whom the others show, and does not ask the server.
    let mut news = told(other.joined());
    let effects = other.act(Action::Watch(vec![BEN, CLEO]));
    assert_eq!(asked(&effects), None);
    news.extend(told(effects));
    let effects = hear(&mut leader, news);
    assert_eq!(asked(&effects), Some(&[BEN, CLEO][..]));
    // It is told at once what is known already.
    let _ = hear(&mut other, told(effects));
    assert_eq!(presence(&other), [Some(true), None]);
    let effects = leader.answer(Answer::Watched(vec![BEN, CLEO], Ok(vec![BEN, CLEO])));
    let _ = hear(&mut other, told(effects));
    assert_eq!(presence(&other), [Some(true), Some(true)]);

    // It believes only the leader.
    let _ = other.apply(ServerEvent::UserOffline(CLEO));
    assert_eq!(presence(&other), [Some(true), Some(true)]);
    let effects = leader.apply(ServerEvent::UserOffline(CLEO));
    let _ = hear(&mut other, told(effects));
    assert_eq!(presence(&other), [Some(true), Some(false)]);

    // It knows whom the other shows when it comes to lead.
    other.leads = true;
    let _ = hear(&mut other, vec![TabNews::Watches { tab: 1, users: vec![ANN], asks: false }]);
    assert_eq!(other.watched(), [BEN, ANN, CLEO]);

    // When a window goes, nobody watches for it any more.
    assert_eq!(asked(&hear(&mut leader, vec![TabNews::Gone(2)])), Some(&[BEN][..]));
}

#[test]
fn a_window_that_says_nothing_any_more_is_watched_for_no_longer() {
    let mut leader = window(1, true);
    let _ = leader.connected(vec![]);
    let _ = leader.apply_tab(TabNews::Watches { tab: 2, users: vec![BEN], asks: false });
    let _ = leader.answer(Answer::Watched(vec![BEN], Ok(vec![])));
    for _ in 0..3 {
        assert_eq!(asked(&leader.look_again()), None);
    }
    assert_eq!(asked(&leader.look_again()), Some(&[][..]));
}

#[test]
fn no_more_are_watched_than_a_connection_may_and_no_window_takes_all_the_room() {
    let many = |kind: u8| {
        let user = move |n: usize| {
            let mut bytes = [kind; 16];
            bytes[..8].copy_from_slice(&n.to_be_bytes());
            UserId::from_bytes(bytes)
        };
        (0..limits::WATCHED_USERS + 1).map(user).collect::<Vec<_>>()
    };
    let mut state = window(1, true);
    let _ = state.act(Action::Watch(many(7)));
    assert_eq!(state.watched().len(), limits::WATCHED_USERS);
    let _ = state.apply_tab(TabNews::Watches { tab: 2, users: many(8), asks: false });
    let watched = state.watched();
    assert_eq!(watched.len(), limits::WATCHED_USERS);
    let of_the_other = watched.iter().filter(|user| user.into_bytes()[15] == 8).count();
    assert_eq!(of_the_other, limits::WATCHED_USERS / 2);
}
