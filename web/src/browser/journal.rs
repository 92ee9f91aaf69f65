//! Unsent messages in `localStorage`, until they are in the database.
//!
//! A write here is done when the call returns, so nothing that was sent is lost with a page that dies a
//! moment later. Where IndexedDB does not work, this is the only place. Each message is one item, as
//! JSON.

use chat::Unsent;
use protocol::UserId;

use super::local;

/// Says whether it is kept.
pub(super) fn put(key: &str, unsent: &Unsent) -> bool {
    serde_json::to_string(unsent).is_ok_and(|row| local::put(&item(key), &row))
}

pub(super) fn delete(key: &str) {
    local::remove(&item(key));
}

/// The messages of a person, with their keys.
pub(super) fn read(me: UserId) -> Vec<(String, Unsent)> {
    let Some(storage) = local::storage() else { return vec![] };
    let (all, ours) = (item(""), item(&format!("{me}/")));
    (0..storage.length().unwrap_or_default())
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|item| item.starts_with(&ours))
        .filter_map(|item| {
            let unsent = serde_json::from_str(&local::text(&item)?).ok()?;
            Some((item[all.len()..].to_owned(), unsent))
        })
        .collect()
}

fn item(key: &str) -> String {
    format!("parlance.unsent.{key}")
}
