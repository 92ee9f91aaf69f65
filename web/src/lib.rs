//! The page.
//!
//! In reading order:
//!
//! 1. `store`: the only connection between the components and the chat, which is the crate [`chat`]:
//!    what they read, what they do, what they ask for. `browser`: what survives a reload.
//! 2. `app`: the whole page and its routes; `routes`: which address means what.
//! 3. `session`: who is logged in, and the way in.
//! 4. `frame`: what stands around everything while somebody is logged in; `screen`: what its parts
//!    share. In it, a folder for each feature, with its style sheets: `sidebar`, `home`,
//!    `conversation`, `timeline`, `message`, `composer`, `details`, `group`, `notification`, and `link` about
//!    the connection.
//! 5. What they are made of: `ui` (icons, avatars, dialogs, fields, …), `intl` (times, numbers,
//!    names and their order, in the reader's language), `pause` (a wait that may be cut short).

#![allow(unreachable_pub, reason = "the component macro makes what it generates public")]

mod app;
mod browser;
mod composer;
mod conversation;
mod details;
mod emoji;
mod frame;
mod group;
mod home;
mod intl;
mod link;
mod message;
mod notification;
mod pause;
mod routes;
mod screen;
mod session;
mod shell;
mod sidebar;
mod store;
mod timeline;
mod ui;

#[cfg(test)]
mod style_sheets;
#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;

/// Puts the page into the browser's window.
pub fn start() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
