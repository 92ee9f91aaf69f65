//! A name in a list: with the part marked that somebody looks for, and shortened in its middle.

use std::ops::Range;

use leptos::prelude::*;

use super::{anew::Anew, shortened::end_of};
use crate::intl::collation::folded;

/// What somebody looks for, in context where names are results.
#[derive(Clone, Copy)]
pub(crate) struct Wanted(pub(crate) Memo<String>);

/// The name; where it is a result, with the match marked.
#[component]
pub(crate) fn Matched(#[prop(into)] name: Signal<String>) -> impl IntoView {
    let wanted = use_context::<Wanted>();
    let words = Anew::new();
    move || {
        let name = name.get();
        let query = wanted.map(|Wanted(query)| query.get()).unwrap_or_default();
        let found = part(&name, &query).unwrap_or_default();
        let letters = name.chars().count();
        let says = (name.clone(), found.clone());
        let view = match end_of(&name) {
            None => view! { <bdi>{marked(&name, 0..letters, &found)}</bdi> }.into_any(),
            // A screen reader would make two words of the parts.
            Some(end) => {
                let (start, end) = (marked(&name, 0..end, &found), marked(&name, end..letters, &found));
                view! {
                    <bdi class="visually-hidden">{name}</bdi>
                    <bdi class="shortened" aria-hidden="true">
                        <span class="shortened-start">{start}</span>
                        <span class="shortened-end">{end}</span>
                    </bdi>
                }
                .into_any()
            }
        };
        words.view(says, view)
    }
}

/// Some characters of a name; of them, those that were found are marked.
fn marked(name: &str, shown: Range<usize>, found: &Range<usize>) -> AnyView {
    let take = |from: usize, to: usize| name.chars().skip(from).take(to - from).collect::<String>();
    let at = |place: usize| place.clamp(shown.start, shown.end);
    let (from, to) = (at(found.start), at(found.end));
    if from == to {
        return take(shown.start, shown.end).into_any();
    }
    view! { {take(shown.start, from)}<mark>{take(from, to)}</mark>{take(to, shown.end)} }.into_any()
}

/// Which characters of the name were looked for. `None` if the two spellings cannot be compared letter by
/// letter.
fn part(name: &str, query: &str) -> Option<Range<usize>> {
    let (letters, folded_letters) = (name.chars().count(), folded(name));
    let query = folded(query);
    if query.is_empty() || folded_letters.chars().count() != letters {
        return None;
    }
    let start = folded_letters[..folded_letters.find(&query)?].chars().count();
    Some(start..start + query.chars().count())
}
