//! Asking for people or groups while somebody types.

use std::future::Future;

use leptos::prelude::*;

use crate::ui::rested::rested;

/// How long to wait for the next letter.
const TYPING: u32 = 200;

/// What was found; `None` while the first answer is on its way. Answers to an older query stay until
/// the next ones come.
pub(crate) type Found<T> = LocalResource<Result<Vec<T>, String>>;

/// What a query finds, asked for again when it has changed and rested.
pub(crate) fn search<T, F>(
    query: impl Into<Signal<String>>,
    ask: impl Fn(String) -> F + Copy + 'static,
) -> Found<T>
where
    T: Clone + 'static,
    F: Future<Output = Result<Vec<T>, String>> + 'static,
{
    let query = rested(query, TYPING);
    LocalResource::new(move || ask(query.get()))
}
