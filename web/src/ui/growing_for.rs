//! Leptos' `For` for a list that grows at its beginning, as a timeline does.
//!
//! If more than one item is put before the others, `For` takes all of them out of the document and puts them
//! in again, and the browser finds the style and the layout of each anew. So the items that came together
//! are a list of their own here, a run, and what comes before them is another run.

use std::{collections::HashMap, hash::Hash};

use leptos::{prelude::*, tachys::view::keyed::SerializableKey};

#[component]
pub(crate) fn GrowingFor<T, K, EF, N>(
    #[prop(into)] each: Signal<Vec<T>>,
    key: fn(&T) -> K,
    children: EF,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    K: Eq + Hash + SerializableKey + 'static,
    EF: Fn(T) -> N + Clone + Send + 'static,
    N: IntoView + 'static,
{
    let runs = Memo::new_owning(move |old: Option<Vec<Run<T>>>| {
        (divide(&old.unwrap_or_default(), each.get(), key), true)
    });
    let ids = move || runs.with(|runs| runs.iter().map(|run| run.id).collect::<Vec<_>>());
    let items = move |id| {
        let of_run = |runs: &Vec<Run<T>>| Some(runs.iter().find(|run| run.id == id)?.items.clone());
        runs.with(of_run).unwrap_or_default()
    };
    view! {
        <For each=ids key=|id| *id let:id>
            <For each=move || items(id) key=key children=children.clone() />
        </For>
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Run<T> {
    id: usize,
    items: Vec<T>,
}

/// Divides items into runs. An item that is known stays in its run. A new one joins the run of the item
/// before it; those at the beginning are a new run.
fn divide<T, K: Eq + Hash>(old: &[Run<T>], items: Vec<T>, key: fn(&T) -> K) -> Vec<Run<T>> {
    let place =
        |(place, run): (usize, &Run<T>)| run.items.iter().map(|item| (key(item), place)).collect::<Vec<_>>();
    let places: HashMap<K, usize> = old.iter().enumerate().flat_map(place).collect();
    let unused = old.iter().map(|run| run.id + 1).max().unwrap_or_default();
    let mut runs: Vec<Run<T>> = Vec::new();
    let mut current = None;
    for item in items {
        let place = places.get(&key(&item)).copied();
        // Runs never change places: an item that went back joins the run that is there now.
        if let Some(place) = place.filter(|place| current.is_none_or(|current| *place > current)) {
            current = Some(place);
            runs.push(Run { id: old[place].id, items: Vec::new() });
        } else if runs.is_empty() {
            runs.push(Run { id: unused, items: Vec::new() });
        }
        if let Some(run) = runs.last_mut() {
            run.items.push(item);
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    fn after(old: &[Run<u32>], items: impl IntoIterator<Item = u32>) -> Vec<Run<u32>> {
        divide(old, items.into_iter().collect(), |item| *item)
    }

    fn run(id: usize, items: Range<u32>) -> Run<u32> {
        Run { id, items: items.collect() }
    }

    #[test]
    fn what_comes_first_is_a_run_of_its_own_and_what_comes_last_is_not() {
        let runs = after(&[], 50..100);
        assert_eq!(runs, [run(0, 50..100)]);
        let runs = after(&runs, 20..103);
        assert_eq!(runs, [run(1, 20..50), run(0, 50..103)]);
        let runs = after(&runs, 0..60);
        assert_eq!(runs, [run(2, 0..20), run(1, 20..50), run(0, 50..60)]);
        // Back again.
        let runs = after(&runs, 30..120);
        assert_eq!(runs, [run(1, 30..50), run(0, 50..120)]);
        assert_eq!(after(&runs, []), []);
    }

    #[test]
    fn all_items_stay_in_their_order_whatever_changes_places() {
        let runs = after(&after(&[], 10..20), 0..20);
        assert_eq!(runs.len(), 2);
        for items in [[3, 15, 4, 30, 16], [16, 15, 4, 3, 2], [40, 41, 42, 43, 44]] {
            let all: Vec<u32> = after(&runs, items).into_iter().flat_map(|run| run.items).collect();
            assert_eq!(all, items);
        }
    }
}
