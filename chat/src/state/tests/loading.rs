//! Pages of messages that did not come.

use super::*;

const LOST: &str = "The server did not answer.";

fn fetches(effects: &[Effect]) -> Vec<FetchHistory> {
    let fetch = |effect: &Effect| match effect {
        Effect::Fetch(fetch) => Some(fetch.clone()),
        _ => None,
    };
    effects.iter().filter_map(fetch).collect()
}

/// Ann looks at the middle of what Ben wrote.
fn ann_in_the_middle() -> ChatState {
    let mut state = ann(vec![listed(Some(from_ben(90)), 90)]);
    let around = fetches(&state.act(Action::OpenAt(WITH_BEN, Seq(50)))).remove(0);
    let _ = state.answer(Answer::Fetched(around, Ok(page((40..=60).map(from_ben).collect(), 90))));
    state
}

#[test]
fn what_could_not_be_loaded_can_be_asked_for_again_and_is_when_the_connection_is_back() {
    for load in [Action::LoadOlder, Action::LoadNewer] {
        let mut state = ann_in_the_middle();
        let how = |state: &ChatState| {
            let one = &state.conversations[&WITH_BEN];
            [one.older.clone(), one.newer.clone()]
        };
        let fetch = fetches(&state.act(load(WITH_BEN))).remove(0);
        let fails = |state: &mut ChatState| {
            let _ = state.answer(Answer::Fetched(fetch.clone(), Err(LOST.to_owned())));
            assert!(how(state).contains(&Load::Failed(LOST.to_owned())));
        };
        fails(&mut state);
        assert_eq!(fetches(&state.act(load(WITH_BEN))), std::slice::from_ref(&fetch), "somebody asks");
        let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
        fails(&mut state);
        let _ = state.take_changes();
        let _ = state.link(Link::Online);
        assert_eq!(how(&state), [Load::Loaded, Load::Loaded], "the page may ask by itself");
        assert!(state.take_changes().contains(&Topic::Conversation(WITH_BEN)));
    }
}

fn names(effects: &[Effect]) -> Vec<Vec<UserId>> {
    let names = |effect: &Effect| match effect {
        Effect::GetUsers(ids) => Some(ids.clone()),
        _ => None,
    };
    effects.iter().filter_map(names).collect()
}

#[test]
fn names_that_did_not_come_are_asked_for_again_until_somebody_answers() {
    let mut state = ann(vec![]);
    let effects = state.apply(ServerEvent::PrivateMessage(from_ben(1)));
    assert_eq!(names(&effects), [[BEN]]);
    assert_eq!(names(&state.look_again()), [[BEN; 0]; 0], "the answer is on its way");
    let lost = |state: &mut ChatState| state.answer(Answer::Users(vec![BEN], Err(LOST.to_owned())));
    assert_eq!(names(&lost(&mut state)), [[BEN; 0]; 0]);
    assert_eq!(names(&state.look_again()), [[BEN]]);
    let _ = lost(&mut state);
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    assert_eq!(names(&state.link(Link::Online)), [[BEN]]);
    let _ = state.answer(Answer::Users(vec![BEN], Ok(vec![user(BEN, "ben")])));
    assert_eq!(names(&state.look_again()), [[BEN; 0]; 0]);
}

#[test]
fn names_that_do_not_fit_into_one_request_are_asked_for_with_the_next() {
    let mut state = ann_with_ben(1);
    let many = protocol::limits::GET_USERS_IDS;
    let ids: Vec<UserId> =
        (0..many + 2).map(|n| UserId::from_bytes((1_000 + n as u128).to_be_bytes())).collect();
    let mentions = Message { mentions: ids.clone(), ..from_ben(2) };
    let asked = names(&state.apply(ServerEvent::PrivateMessage(mentions))).remove(0);
    assert_eq!(asked.len(), many);
    // The server does not know any of them, and is asked once.
    let rest = names(&state.answer(Answer::Users(asked, Ok(vec![])))).remove(0);
    assert_eq!(rest, ids[many..]);
    assert_eq!(names(&state.answer(Answer::Users(rest, Ok(vec![])))), [[BEN; 0]; 0]);
    assert_eq!(names(&state.look_again()), [[BEN; 0]; 0]);
}

#[test]
fn a_conversation_that_somebody_has_left_open_at_a_place_does_not_grow_for_ever() {
    const MANY: u64 = 12_000;
    let mut state = ann_with_ben(20);
    let _ = state.act(Action::Look(WITH_BEN, Seq(15)));
    for seq in 21..=MANY {
        let _ = state.apply(ServerEvent::PrivateMessage(from_ben(seq)));
    }
    let how_many = |state: &ChatState| {
        state.conversations[&WITH_BEN].timeline.runs().map(<[Message]>::len).sum::<usize>()
    };
    assert!((10_000..=10_001).contains(&how_many(&state)), "{} are there", how_many(&state));
    let one = &state.conversations[&WITH_BEN];
    assert_eq!(one.timeline.run(one.place)[0].seq, Seq(1), "what they look at stays");
    assert_eq!((one.timeline.head(), one.unread), (Seq(MANY), MANY), "and what came is known");
    // They scroll down.
    let fetch = fetches(&state.act(Action::LoadNewer(WITH_BEN))).remove(0);
    let last = state.conversations[&WITH_BEN].timeline.run(Some(Seq(15))).last().unwrap().seq;
    assert_eq!(fetch, FetchHistory { after: Some(last), ..newest() });
    // They go to the newest messages.
    let fetch = fetches(&state.act(Action::Follow(WITH_BEN))).remove(0);
    assert_eq!(fetch, newest());
    let messages = (MANY - 49..=MANY).map(from_ben).collect();
    let _ = state.answer(Answer::Fetched(fetch, Ok(page(messages, MANY))));
    let _ = state.apply(ServerEvent::PrivateMessage(from_ben(MANY + 1)));
    assert_eq!(shown(&state).last(), Some(&(MANY + 1)));
    assert_eq!(how_many(&state), 51, "what nobody looks at any more is forgotten");
}

#[test]
fn when_it_is_not_known_who_came_and_went_no_message_is_missing() {
    let in_lunch = |seq| message(BEN, Recipient::Group(LUNCH), seq, None);
    let of_lunch = || Conversation { with: Peer::Group(lunch(2)), ..listed(Some(in_lunch(3)), 3) };
    let mut state = ann(vec![of_lunch()]);
    let first = fetches(&state.act(Action::Open(IN_LUNCH))).remove(0);
    let _ = state.answer(Answer::Fetched(first, Ok(page((1..=3).map(in_lunch).collect(), 3))));
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let effects = state.link(Link::Online);
    let asks = fetches(&effects).remove(0);
    assert_eq!(asks.after, Some(Seq(3)));
    let _ = state.answer(Answer::Fetched(asks.clone(), Err(LOST.to_owned())));
    let how = |state: &ChatState| {
        let one = &state.conversations[&IN_LUNCH];
        [one.older.clone(), one.newest.clone(), one.newer.clone()]
    };
    assert_eq!(how(&state), [Load::Loaded, Load::Loaded, Load::Loaded]);
    assert_eq!(fetches(&state.look_again()), [asks], "it is asked again");
}
