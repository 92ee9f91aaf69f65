//! A part of a list that may be long.

use std::ops::{ControlFlow, RangeInclusive};

/// What comes behind `after`, and not more than `limit`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<I> {
    pub(crate) after: Option<I>,
    pub(crate) limit: Option<u32>,
}

impl<I> Part<I> {
    pub(super) fn limit(&self, allowed: RangeInclusive<u32>) -> u32 {
        self.limit.unwrap_or(*allowed.end()).clamp(*allowed.start(), *allowed.end())
    }
}

impl<I> Default for Part<I> {
    fn default() -> Self {
        Self { after: None, limit: None }
    }
}

/// What an answer has room for.
#[derive(Debug)]
pub(super) struct Filling<T> {
    items: Vec<T>,
    room: usize,
    is_full: bool,
}

impl<T> Filling<T> {
    pub(super) fn new(bytes: usize) -> Self {
        Self { items: Vec::new(), room: bytes, is_full: false }
    }

    /// Takes an item that takes so many bytes. If there is no room for it, nothing more is taken; the first one always
    /// has room.
    pub(super) fn put(&mut self, item: T, bytes: usize) -> ControlFlow<()> {
        self.is_full |= bytes > self.room && !self.items.is_empty();
        if self.is_full {
            return ControlFlow::Break(());
        }
        self.room = self.room.saturating_sub(bytes);
        self.items.push(item);
        ControlFlow::Continue(())
    }

    /// Whether there was no room for an item.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    pub(super) fn into_items(self) -> Vec<T> {
        self.items
    }
}

/// Bytes of a text in JSON, without its quotation marks. Only a few characters of ASCII are escaped, but a control
/// character becomes six.
pub(super) fn json_bytes(text: &str) -> usize {
    let more = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 1,
        0x00..0x20 => 5,
        _ => 0,
    };
    text.len() + text.bytes().map(more).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_takes_as_many_bytes_as_in_json() {
        let ascii: String = (0..128).map(char::from).collect();
        for text in ["", "hello", "\u{80}\u{2028}\u{1F600}", &ascii] {
            assert_eq!(json_bytes(text) + 2, serde_json::to_string(text).unwrap().len(), "{text:?}");
        }
    }

    #[test]
    fn the_first_item_has_room_however_large_it_is_and_behind_the_last_there_is_none() {
        let mut page = Filling::new(10);
        assert!(page.put("a", 11).is_continue());
        assert!(page.put("b", 1).is_break());
        let mut page = Filling::new(10);
        for (item, bytes) in [("a", 4), ("b", 6), ("c", 1)] {
            assert_eq!(page.put(item, bytes).is_break(), item == "c");
            assert_eq!(page.is_full(), item == "c");
        }
        assert_eq!(page.into_items(), ["a", "b"]);
    }
}
