//! The names of those whom a message mentions, marked in its text.

use std::ops::Range;

use chat::Topic;
use leptos::prelude::*;
use protocol::{UserId, Username, mention};

use crate::store::Store;

/// Whom a message mentions, by their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mentions {
    /// Folded, and whether it is this person's.
    names: Vec<(String, bool)>,
    all: bool,
}

impl Mentions {
    /// Within an effect: runs again when a name that is missing has come.
    pub(crate) fn of(store: Store, (people, all): &(Vec<UserId>, bool)) -> Self {
        let name = |id: &UserId| {
            let name = store.with(|state| state.people.get(*id).map(|user| user.username.folded()));
            if name.is_none() {
                store.track(Topic::Person(*id));
            }
            Some((name?, *id == store.me()))
        };
        Self { names: people.iter().filter_map(name).collect(), all: *all }
    }

    /// The words, with the names marked.
    pub(super) fn marked_in(&self, text: String) -> AnyView {
        let found = self.find(&text);
        if found.is_empty() {
            return text.into_any();
        }
        let (mut parts, mut end) = (Vec::with_capacity(2 * found.len() + 1), 0);
        for (range, is_me) in found {
            parts.push(text[end..range.start].to_owned().into_any());
            end = range.end;
            let name = text[range].to_owned();
            parts.push(match is_me {
                true => view! { <mark class="mention is-me">{name}</mark> }.into_any(),
                false => view! { <span class="mention">{name}</span> }.into_any(),
            });
        }
        parts.push(text[end..].to_owned().into_any());
        parts.into_any()
    }

    /// Where they are, and whether each is this person.
    fn find(&self, text: &str) -> Vec<(Range<usize>, bool)> {
        if self.names.is_empty() && !self.all {
            return vec![];
        }
        let of = |name: &Username| {
            let name = name.folded();
            let is_all = self.all && name == mention::ALL;
            is_all.then_some(true).or_else(|| self.names.iter().find(|one| one.0 == name).map(|one| one.1))
        };
        let found = mention::mentions(text).filter_map(|one| {
            let range = one.range(|name| of(name).is_some())?;
            let is_me = text[range.start + 1..range.end].parse().ok().and_then(|name| of(&name))?;
            Some((range, is_me))
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_are_mentioned_are_marked_and_everybody_includes_oneself() {
        let names = vec![("ann".to_owned(), true), ("ben.lee".to_owned(), false)];
        let mentions = Mentions { names: names.clone(), all: false };
        let found = mentions.find("@Ann, @ben.lee. @cleo @all x@ann");
        assert_eq!(found, [(0..4, true), (6..14, false)]);
        assert_eq!(Mentions { names, all: true }.find("@all"), [(0..4, true)]);
        assert_eq!(Mentions::default().find("@ann @all"), []);
    }
}
