//! Unsent messages in `localStorage`, until they are in the database.
//!
//! A write here is done when the call returns, so nothing that was sent is lost with a page that
//! dies a moment later, and where IndexedDB does not work it is the only place. One item a message.

use client::delivery::Unsent;
use gloo_storage::{LocalStorage, Storage as _};
use protocol::UserId;

use super::is_open;

/// Says whether it is kept.
pub(super) fn put(key: &str, row: &str) -> bool {
    is_open() && LocalStorage::raw().set_item(&item(key), row).is_ok()
}

pub(super) fn delete(key: &str) {
    if is_open() {
        LocalStorage::delete(item(key));
    }
}

/// The keys and rows of a person.
pub(super) fn read(me: UserId) -> Vec<(String, String)> {
    if !is_open() {
        return vec![];
    }
    take_over_first_form(me);
    let storage = LocalStorage::raw();
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
    let entries: Vec<Unsent> = LocalStorage::get(&list).unwrap_or_default();
    let kept = entries.into_iter().zip(0..).all(|(mut entry, order)| {
        let key = format!("{me}/{}", entry.client_id);
        entry.order = order;
        LocalStorage::set(item(&key), entry).is_ok()
    });
    if kept {
        LocalStorage::delete(list);
    }
}

fn item(key: &str) -> String {
    format!("parlance.unsent.{key}")
}
