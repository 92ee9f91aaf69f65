//! Parts of the page that come and go: one, one on a condition, and many in an order.

use leptos::prelude::{Owner, untrack};
use web_sys::Node;

use super::{View, text_node, together};
use crate::live::{memo, render};

/// A part of the page that is built anew whenever what it reads has changed. What is live inside
/// of it does not count as read by it.
pub(crate) fn part<V: Into<View>>(build: impl Fn() -> V + 'static) -> View {
    fn one(build: Box<dyn Fn() -> View>) -> View {
        let (view, start, end) = place();
        render(Box::new(move || {
            // By now the owner has disposed of what was live in the old content.
            let new = build();
            while let Some(old) = start.next_sibling().filter(|node| *node != end) {
                remove(&old);
            }
            insert(&new.node, &end);
        }));
        view
    }
    one(Box::new(move || build().into()))
}

/// A part of the page that is there only while something holds.
pub(crate) fn when<V: Into<View>>(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    build: impl Fn() -> V + 'static,
) -> View {
    let holds = memo(holds);
    part(move || holds.get().then(&build))
}

/// One of many: its key, and how to build it.
pub(crate) struct Item {
    key: String,
    build: Box<dyn FnOnce() -> View>,
}

impl Item {
    pub(crate) fn new<V: Into<View>>(key: String, build: impl FnOnce() -> V + 'static) -> Self {
        Self { key, build: Box::new(move || build().into()) }
    }
}

/// A list whose items stay what they are while others come, go and change places: an item is built
/// when its key appears and disposed of when its key is gone. Of those that stay as few as possible
/// are moved; the others keep focus, selection and scroll position.
pub(crate) fn list(items: impl Fn() -> Vec<Item> + 'static) -> View {
    fn one(items: Box<dyn Fn() -> Vec<Item>>) -> View {
        let (view, _, end) = place();
        // Not the effect's own, which disposes of everything each time.
        let owner = Owner::current().unwrap_or_default().downgrade();
        let mut rows = Vec::new();
        render(Box::new(move || {
            let items = items();
            let Some(owner) = owner.upgrade() else { return };
            let old = std::mem::take(&mut rows);
            // What an item reads while it is built is no concern of the list.
            rows = untrack(|| arrange(&owner, old, items, &end));
        }));
        view
    }
    one(Box::new(items))
}

/// An item that has been built: what stands between its first and its last node.
struct Row {
    key: String,
    first: Node,
    last: Node,
    owner: Owner,
}

impl Row {
    fn build(owner: &Owner, Item { key, build }: Item, next: &Node) -> Self {
        let owner = owner.child();
        let view = owner.with(build);
        insert(&view.node, next);
        let (first, last) = view.ends();
        Self { key, first, last, owner }
    }

    fn nodes(&self) -> Vec<Node> {
        let mut nodes = vec![self.first.clone()];
        while let Some(next) =
            nodes.last().filter(|node| **node != self.last).and_then(|node| node.next_sibling())
        {
            nodes.push(next);
        }
        nodes
    }

    fn move_before(&self, next: &Node) {
        self.nodes().iter().for_each(|node| insert(node, next));
    }

    fn dispose(self) {
        self.owner.cleanup();
        self.nodes().iter().for_each(remove);
    }
}

/// Makes the rows those of the new items, in their order. All of them stand before `end`.
fn arrange(owner: &Owner, mut old: Vec<Row>, mut items: Vec<Item>, end: &Node) -> Vec<Row> {
    // Most often something came or went at one end, and all else is as it was.
    let is = |(row, item): &(&Row, &Item)| row.key == item.key;
    let front = old.iter().zip(&items).take_while(is).count();
    let back = old[front..].iter().rev().zip(items[front..].iter().rev()).take_while(is).count();
    let after = old.split_off(old.len() - back);
    let mut between: Vec<Option<Row>> = old.split_off(front).into_iter().map(Some).collect();
    items.truncate(items.len() - back);
    items.drain(..front);

    let has_key = |row: &Option<Row>, key: &str| row.as_ref().is_some_and(|row| row.key == key);
    let places: Vec<Option<usize>> =
        items.iter().map(|item| between.iter().position(|row| has_key(row, &item.key))).collect();
    for (place, row) in between.iter_mut().enumerate() {
        if !places.contains(&Some(place)) {
            row.take().into_iter().for_each(Row::dispose);
        }
    }

    let stay = longest_rise(&places);
    // From the end, so that what comes next is in its place already.
    let mut next = after.first().map_or(end, |row| &row.first).clone();
    let mut arranged = Vec::with_capacity(items.len() + back);
    for (item, place) in items.into_iter().zip(places).rev() {
        let row = match place.and_then(|place| between[place].take()) {
            Some(row) => {
                if !place.is_some_and(|place| stay.contains(&place)) {
                    row.move_before(&next);
                }
                row
            }
            None => Row::build(owner, item, &next),
        };
        next = row.first.clone();
        arranged.push(row);
    }
    arranged.reverse();
    old.extend(arranged);
    old.extend(after);
    old
}

/// The places of those that can stay where they are while the others are moved around them: the
/// longest series of them that rises.
fn longest_rise(places: &[Option<usize>]) -> Vec<usize> {
    // For each length: the series that ends lowest. Of a list of people or conversations so few
    // change places at a time that copying is no matter.
    let mut best: Vec<Vec<usize>> = vec![vec![]];
    for &place in places.iter().flatten() {
        let length = best.partition_point(|series| series.last().is_none_or(|last| *last < place));
        let mut longer = best[length - 1].clone();
        longer.push(place);
        if length == best.len() {
            best.push(longer);
        } else {
            best[length] = longer;
        }
    }
    best.pop().unwrap_or_default()
}

/// A place between two nodes that show nothing and stay there.
fn place() -> (View, Node, Node) {
    let (start, end) = (text_node(""), text_node(""));
    let view = together([start.clone().into(), end.clone().into()]);
    (view, start, end)
}

fn insert(node: &Node, next: &Node) {
    if let Some(parent) = next.parent_node() {
        let _ = parent.insert_before(node, Some(next));
    }
}

fn remove(node: &Node) {
    if let Some(parent) = node.parent_node() {
        let _ = parent.remove_child(node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_as_possible_are_moved() {
        let stay = |places: &[usize]| longest_rise(&places.iter().copied().map(Some).collect::<Vec<_>>());
        assert!(stay(&[]).is_empty());
        assert_eq!(stay(&[0, 1, 2]), [0, 1, 2]);
        // The last comes first, the first goes last, two change places in the middle.
        assert_eq!(stay(&[3, 0, 1, 2]), [0, 1, 2]);
        assert_eq!(stay(&[1, 2, 3, 0]), [1, 2, 3]);
        assert_eq!(stay(&[0, 2, 1, 3]), [0, 1, 3]);
        assert_eq!(longest_rise(&[None, Some(1), None, Some(0)]), [0]);
    }
}
