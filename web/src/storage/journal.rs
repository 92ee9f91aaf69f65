//! Unsent messages in `localStorage`, until they are in the database.
//!
//! A write here is done when the call returns, so nothing that was sent is lost with a page that
//! dies a moment later, and where IndexedDB does not work it is the only place. One item a message.

use client::delivery::Unsent;
use protocol::UserId;

use super::{keep, kept, local_storage};

/// Says whether it is kept.
pub(super) fn put(key: &str, row: &str) -> bool {
    keep(&item(key), Some(row))
}

pub(super) fn delete(key: &str) {
    keep(&item(key), None);
}

/// The keys and rows of a person.
pub(super) fn read(me: UserId) -> Vec<(String, String)> {
    let Some(storage) = local_storage() else { return vec![] };
    take_over_first_form(me);
    let (all, ours) = (item(""), item(&format!("{me}/")));
    (0..storage.length().unwrap_or_default())
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|item| item.starts_with(&ours))
        .filter_map(|item| Some((item[all.len()..].to_owned(), storage.get_item(&item).ok()??)))
        .collect()
}

/// Earlier versions kept a person's outbox as one list.
fn take_over_first_form(me: UserId) {
    let list = format!("parlance.outbox.{me}");
    let Some(entries) = kept(&list) else { return };
    let entries: Vec<Unsent> = serde_json::from_str(&entries).unwrap_or_default();
    let taken_over = entries.into_iter().zip(0..).all(|(mut entry, order)| {
        let key = format!("{me}/{}", entry.client_id);
        entry.order = order;
        put(&key, &serde_json::to_string(&entry).unwrap_or_default())
    });
    if taken_over {
        keep(&list, None);
    }
}

fn item(key: &str) -> String {
    format!("parlance.unsent.{key}")
}
