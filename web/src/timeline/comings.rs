//! Who joined a group and who left between two messages, as a few quiet lines.

use std::sync::Arc;

use chat::{ChatState, MembershipLine, Topic};
use leptos::prelude::*;
use protocol::UserId;

use crate::{conversation::names::username, store::Store};

/// If there are more people than this, only some are named.
const NAMED: usize = 3;

/// Each person once, whatever they did in between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Comings(Vec<Coming>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Coming {
    user: UserId,
    /// Whether they joined (true) or left, first and last.
    did: (bool, bool),
}

impl Comings {
    /// The lines that belong here; `None` if there are none.
    pub(super) fn of<'a>(lines: impl IntoIterator<Item = &'a MembershipLine>) -> Option<Arc<Self>> {
        let mut comings: Vec<Coming> = Vec::new();
        for line in lines {
            match comings.iter_mut().find(|coming| coming.user == line.user) {
                Some(coming) => coming.did.1 = line.joined,
                None => comings.push(Coming { user: line.user, did: (line.joined, line.joined) }),
            }
        }
        (!comings.is_empty()).then(|| Arc::new(Self(comings)))
    }

    fn who_did(&self, did: (bool, bool)) -> Vec<UserId> {
        self.0.iter().filter(|coming| coming.did == did).map(|coming| coming.user).collect()
    }
}

const WORDS: [((bool, bool), &str); 4] = [
    ((true, true), "joined"),
    ((true, false), "joined and left"),
    ((false, false), "left"),
    ((false, true), "left and joined again"),
];

#[component]
pub(super) fn ComingsLines(comings: Arc<Comings>) -> impl IntoView {
    let store = Store::expect();
    let lines = WORDS.map(|(did, verb)| (comings.who_did(did), verb));
    let lines = lines.into_iter().filter(|(users, _)| !users.is_empty());
    let line = move |(users, verb): (Vec<UserId>, &'static str)| {
        let named = users.iter().take(if users.len() > NAMED { NAMED - 1 } else { NAMED });
        let named: Vec<UserId> = named.copied().collect();
        let others = users.len() - named.len();
        let topics = named.clone();
        let names = store.select(
            move || topics.iter().copied().map(Topic::Person).collect::<Vec<_>>(),
            move |state| named.iter().map(|user| name(state, *user)).collect::<Vec<_>>(),
        );
        let pieces = move || {
            let names = names.get();
            let last = names.len() - 1;
            let piece = move |(index, name): (usize, String)| {
                let before = match index {
                    0 => "",
                    index if index == last && others == 0 => " and ",
                    _ => ", ",
                };
                view! { {before}<bdi>{name}</bdi> }
            };
            names.into_iter().enumerate().map(piece).collect_view()
        };
        let others = (others > 0).then(|| format!(" and {others} others"));
        view! { <p class="timeline-comings">{pieces}{others}" "{verb}</p> }
    };
    lines.map(line).collect_view()
}

fn name(state: &ChatState, user: UserId) -> String {
    if user == state.me.id { "You".to_owned() } else { username(state, user) }
}

#[cfg(test)]
mod tests {
    use protocol::Seq;

    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BEN: UserId = UserId::from_bytes([2; 16]);

    fn line(user: UserId, joined: bool) -> MembershipLine {
        MembershipLine { after: Seq(1), user, joined, removed_by: None }
    }

    #[test]
    fn each_person_is_in_one_line_whatever_they_did_in_between() {
        assert_eq!(Comings::of(&[]), None);
        let lines = [line(ANN, true), line(BEN, false), line(ANN, false), line(BEN, true), line(ANN, true)];
        let comings = Comings::of(&lines).unwrap();
        assert_eq!(comings.who_did((true, true)), [ANN]);
        assert_eq!(comings.who_did((false, true)), [BEN]);
        assert_eq!(Comings::of(&lines[..3]).unwrap().who_did((true, false)), [ANN]);
    }
}
