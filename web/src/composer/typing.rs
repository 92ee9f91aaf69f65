//! Who is typing, in a place below the field that is always there.

use chat::Topic;
use leptos::prelude::*;
use protocol::ConversationId;

use crate::{
    browser::elapsed, conversation::names::username, intl::direction::isolated, screen::Screen, store::Store,
};

/// For so long after it was said aloud that somebody is typing, it is not said again, in milliseconds: in
/// a lively conversation somebody always is.
const QUIET: i64 = 30_000;

#[component]
pub(super) fn TypingLine(id: ConversationId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let line = store.select(
        move || [Topic::Typing(id), Topic::People],
        move |state| {
            let names: Vec<String> = state.typing(id).into_iter().map(|user| username(state, user)).collect();
            sentence(&names)
        },
    );
    Effect::new(move |said: Option<Option<i64>>| {
        let (said, now) = (said.flatten(), elapsed());
        let is_quiet = said.is_none_or(|said| now - said >= QUIET);
        line.with(|line| {
            if line.is_empty() || !is_quiet || !screen.attention.get_untracked() {
                return said;
            }
            screen.announcer.say(line.clone());
            Some(now)
        })
    });
    view! { <span class="composer-typing truncate" prop:textContent=line></span> }
}

/// What is said of the people with these names; a name may be unknown as yet.
fn sentence(names: &[String]) -> String {
    let name = |name: &String| match name.as_str() {
        "" => "Somebody".to_owned(),
        name => isolated(name).into_owned(),
    };
    match names {
        [] => String::new(),
        [one] => format!("{} is typing", name(one)),
        [one, other] => format!("{} and {} are typing", name(one), name(other)),
        more => format!("{} people are typing", more.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_two_are_named_and_more_are_counted() {
        let said =
            |names: &[&str]| sentence(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(said(&[]), "");
        assert_eq!(said(&["Ann"]), "Ann is typing");
        assert_eq!(said(&[""]), "Somebody is typing");
        assert_eq!(said(&["Ann", "محمد"]), "Ann and \u{2068}محمد\u{2069} are typing");
        assert_eq!(said(&["Ann", "Ben", "Eve"]), "3 people are typing");
    }
}
