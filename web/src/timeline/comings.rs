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
    /// Who removed them, if they did not leave by themselves.
    removed_by: Option<UserId>,
}

impl Comings {
    /// The lines that belong here; `None` if there are none.
    pub(super) fn of<'a>(lines: impl IntoIterator<Item = &'a MembershipLine>) -> Option<Arc<Self>> {
        let mut comings: Vec<Coming> = Vec::new();
        for line in lines {
            let (user, joined) = (line.user, line.joined);
            match comings.iter_mut().find(|coming| coming.user == user) {
                Some(coming) => {
                    coming.did.1 = joined;
                    if !joined {
                        coming.removed_by = line.removed_by;
                    }
                }
                None => {
                    comings.push(Coming { user, did: (joined, joined), removed_by: line.removed_by });
                }
            }
        }
        (!comings.is_empty()).then(|| Arc::new(Self(comings)))
    }

    /// Those who did the same have one line. First those who joined.
    fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for Coming { user, did, removed_by } in &self.0 {
            // Somebody who was there, left and is there again joined as far as anybody sees.
            let removed_by = removed_by.filter(|_| *did != (true, true));
            match lines.iter_mut().find(|line| (line.did, line.removed_by) == (*did, removed_by)) {
                Some(line) => line.users.push(*user),
                None => lines.push(Line { users: vec![*user], did: *did, removed_by }),
            }
        }
        lines.sort_by_key(|line| ORDER.iter().position(|did| *did == line.did));
        lines
    }
}

const ORDER: [(bool, bool); 4] = [(true, true), (true, false), (false, false), (false, true)];

#[derive(Clone, Debug, PartialEq)]
struct Line {
    users: Vec<UserId>,
    did: (bool, bool),
    removed_by: Option<UserId>,
}

impl Line {
    /// What they did, without who removed them. `is_one`: it is said of one other person.
    fn verb(&self, is_one: bool) -> &'static str {
        match (self.did, self.removed_by, is_one) {
            ((true, true), ..) => "joined",
            ((true, false), None, _) => "joined and left",
            ((false, false), None, _) => "left",
            ((false, true), None, _) => "left and joined again",
            ((true, false), Some(_), true) => "joined and was removed",
            ((true, false), Some(_), false) => "joined and were removed",
            ((false, false), Some(_), true) => "was removed",
            ((false, false), Some(_), false) => "were removed",
            ((false, true), Some(_), true) => "was removed and joined again",
            ((false, true), Some(_), false) => "were removed and joined again",
        }
    }
}

#[component]
pub(super) fn ComingsLines(comings: Arc<Comings>) -> impl IntoView {
    let store = Store::expect();
    let line = move |line: Line| {
        let verb = line.verb(line.users.len() == 1 && line.users[0] != store.me());
        let by = line.removed_by.filter(|_| !line.did.1).map(|by| {
            let name = store.select(move || [Topic::Person(by)], move |state| by_name(state, by));
            view! { " by " <bdi prop:textContent=name></bdi> }
        });
        let users = line.users;
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
                view! { {before}<bdi prop:textContent=name></bdi> }
            };
            names.into_iter().enumerate().map(piece).collect_view()
        };
        let others = (others > 0).then(|| format!(" and {others} others"));
        view! { <p class="timeline-comings">{pieces}{others}" "{verb}{by}</p> }
    };
    comings.lines().into_iter().map(line).collect_view()
}

fn by_name(state: &ChatState, user: UserId) -> String {
    if user == state.me.id { "you".to_owned() } else { username(state, user) }
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
    const CY: UserId = UserId::from_bytes([3; 16]);

    fn line(user: UserId, joined: bool) -> MembershipLine {
        MembershipLine { after: Seq(1), user, joined, removed_by: None }
    }

    #[test]
    fn each_person_is_in_one_line_whatever_they_did_in_between() {
        assert_eq!(Comings::of(&[]), None);
        let lines = [line(ANN, true), line(BEN, false), line(ANN, false), line(BEN, true), line(ANN, true)];
        let comings = |lines: &[MembershipLine]| Comings::of(lines).unwrap().lines();
        let said = |user, did| Line { users: vec![user], did, removed_by: None };
        assert_eq!(comings(&lines), [said(ANN, (true, true)), said(BEN, (false, true))]);
        assert_eq!(comings(&lines[..3]), [said(ANN, (true, false)), said(BEN, (false, false))]);
    }

    #[test]
    fn who_was_removed_has_another_line_than_who_left() {
        let removed = |user| MembershipLine { removed_by: Some(CY), ..line(user, false) };
        let lines = |lines: &[MembershipLine]| Comings::of(lines).unwrap().lines();
        let [left, gone] = &lines(&[line(ANN, false), removed(BEN)])[..] else { panic!("two lines") };
        assert_eq!((left.verb(true), gone.verb(true), gone.removed_by), ("left", "was removed", Some(CY)));
        let [both] = &lines(&[removed(ANN), removed(BEN)])[..] else { panic!("one line") };
        assert_eq!((both.users.len(), both.verb(false)), (2, "were removed"));
        // Who was removed, came back and left is one who left.
        let [again] = &lines(&[removed(ANN), line(ANN, true), line(ANN, false)])[..] else {
            panic!("one line")
        };
        assert_eq!((again.verb(true), again.removed_by), ("left", None));
    }
}
