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
