//! A name with the part marked that somebody looks for.

use leptos::prelude::*;

use crate::intl::collation::folded;

/// What somebody looks for, in context where names are results.
#[derive(Clone, Copy)]
pub(crate) struct Wanted(pub(crate) Memo<String>);

/// The name; where it is a result, with the match marked.
#[component]
pub(crate) fn Matched(#[prop(into)] name: Signal<String>) -> impl IntoView {
    let wanted = use_context::<Wanted>();
    move || {
        let name = name.get();
        let query = wanted.map(|Wanted(query)| query.get()).unwrap_or_default();
        match part(&name, &query) {
            Some((before, matched, after)) => {
                view! { <bdi>{before}<mark>{matched}</mark>{after}</bdi> }.into_any()
            }
            None => view! { <bdi>{name}</bdi> }.into_any(),
        }
    }
}

/// The name in three parts, of which the second is what was looked for. `None` if the two spellings
/// cannot be compared letter by letter.
fn part(name: &str, query: &str) -> Option<(String, String, String)> {
    let (letters, folded_letters) = (name.chars().count(), folded(name));
    let query = folded(query);
    if query.is_empty() || folded_letters.chars().count() != letters {
        return None;
    }
    let start = folded_letters[..folded_letters.find(&query)?].chars().count();
    let length = query.chars().count();
    let take = |from: usize, count: usize| name.chars().skip(from).take(count).collect::<String>();
    Some((take(0, start), take(start, length), take(start + length, letters)))
}
