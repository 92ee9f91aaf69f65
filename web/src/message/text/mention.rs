//! The names of those whom a message mentions, marked in its text.

use std::ops::Range;

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, UserId, Username, mention};

use crate::{routes::conversation_path, store::Store};

/// Whom a message mentions, by their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mentions {
    /// Folded, and whose each is; `None` is this person's own.
    names: Vec<(String, Option<UserId>)>,
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
            Some((name?, Some(*id).filter(|id| *id != store.me())))
        };
        Self { names: people.iter().filter_map(name).collect(), all: *all }
    }

    /// The words, with the names marked; each leads to the person.
    pub(super) fn marked_in(&self, text: String) -> AnyView {
        let found = self.find(&text);
        if found.is_empty() {
            return text.into_any();
        }
        let (mut parts, mut end) = (Vec::with_capacity(2 * found.len() + 1), 0);
        for (range, who) in found {
            parts.push(text[end..range.start].to_owned().into_any());
            end = range.end;
            let name = text[range].to_owned();
            parts.push(match who {
                None => view! { <mark class="mention is-me">{name}</mark> }.into_any(),
                Some(user) => {
                    let href = conversation_path(ConversationId::User(user));
                    view! { <a class="mention" href=href tabindex="-1">{name}</a> }.into_any()
                }
            });
        }
        parts.push(text[end..].to_owned().into_any());
        parts.into_any()
    }

    /// Where they are, and whose; `None` is this person's own, as one of all.
    fn find(&self, text: &str) -> Vec<(Range<usize>, Option<UserId>)> {
        if self.names.is_empty() && !self.all {
            return vec![];
        }
        let of = |name: &Username| {
            let name = name.folded();
            let is_all = self.all && name == mention::ALL;
            is_all.then_some(None).or_else(|| self.names.iter().find(|one| one.0 == name).map(|one| one.1))
        };
        let found = mention::mentions(text).filter_map(|one| {
            let range = one.range(|name| of(name).is_some())?;
            let who = text[range.start + 1..range.end].parse().ok().and_then(|name| of(&name))?;
            Some((range, who))
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_are_mentioned_are_marked_and_everybody_includes_oneself() {
        let ben = Some(UserId::from_bytes([2; 16]));
        let names = vec![("ann".to_owned(), None), ("ben.lee".to_owned(), ben)];
        let mentions = Mentions { names: names.clone(), all: false };
        let found = mentions.find("@Ann, @ben.lee. @cleo @all x@ann");
        assert_eq!(found, [(0..4, None), (6..14, ben)]);
        assert_eq!(Mentions { names, all: true }.find("@all"), [(0..4, None)]);
        assert_eq!(Mentions::default().find("@ann @all"), []);
    }
}
