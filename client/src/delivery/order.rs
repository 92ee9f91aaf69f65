//! Sorting, for what runs in a browser.

/// The items in order; of equals the one that came first stays first.
///
/// The standard library's sorts are made for speed and are compiled anew for every type, two to
/// four kilobytes of program each. This one takes a hundred bytes a type; some thousand items are
/// as many as it should get.
#[must_use]
pub fn sorted<T>(items: Vec<T>, is_before: impl Fn(&T, &T) -> bool) -> Vec<T> {
    fn order(count: usize, is_before: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
        let mut order = Vec::with_capacity(count);
        for item in 0..count {
            let place = order.partition_point(|other| !is_before(item, *other));
            order.insert(place, item);
        }
        order
    }
    let order = order(items.len(), &|a, b| is_before(&items[a], &items[b]));
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|item| items[item].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_keep_their_order() {
        let items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        let sorted = sorted(items, |a, b| a.0 < b.0);
        assert_eq!(sorted, [(0, 'd'), (1, 'b'), (1, 'e'), (2, 'a'), (2, 'c')]);
        assert!(super::sorted(Vec::<u8>::new(), |a, b| a < b).is_empty());
    }
}
