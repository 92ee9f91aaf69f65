//! What only a browser has: the disk that it gives to a page.
//!
//! Storage may be denied, broken or full. Then nothing is kept, [`can_keep`] says so, and nothing
//! else breaks.
//!
//! - [`outbox`]: what the person wrote and the server does not have yet, on top of [`journal`].
//! - [`drafts`]: what somebody began to write in each conversation.
//! - [`database`] (IndexedDB) and [`local`] (`localStorage`): the two places.

mod database;
mod drafts;
mod journal;
mod local;
mod outbox;
#[cfg(test)]
#[cfg(target_arch = "wasm32")]
pub(crate) mod testing;

pub(crate) use drafts::{Drafts, Kept, Part};
pub(crate) use local::{
    collapsed_sections, notify_wish, set_collapsed_sections, set_notify_wish, set_sidebar_width,
    set_signed_in, set_sound_wish, sidebar_width, signed_in, sound_wish, was_here,
};
pub(crate) use outbox::OutboxRows;

/// Milliseconds that have passed since some moment, whatever somebody does to the clock.
pub(crate) fn elapsed() -> i64 {
    let performance = web_sys::window().and_then(|window| window.performance());
    performance.map_or(0, |performance| performance.now() as i64)
}

/// Whether anything that the person writes survives the page. If not, the page must say so.
pub(crate) async fn can_keep() -> bool {
    local::works() || database::works().await
}
