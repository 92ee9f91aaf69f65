//! The page.
//!
//! In reading order:
//!
//! 1. [`state`]: what the page knows, as plain Rust. It changes by events of the server and by
//!    what a person does, and says what is to be done about it.
//! 2. `session`: who is logged in, over `http`. `place`: which address means what.
//! 3. `app`: joins the state to the connection: the one loop that hears the server, the one
//!    function that carries out what follows. Components see nothing else of either.
//! 4. `views`: the components, a file each, named as their style sheets in `web/styles`.
//! 5. What they use: `timeline` (rows and links, plain Rust), `calendar` (times in words),
//!    `browser` (what survives a reload), `announcer` (what is said to those who cannot see it),
//!    `pause` (a wait that may be cut short), `live` (values that follow the state), `dom` (elements
//!    that do).

mod announcer;
mod app;
mod browser;
mod calendar;
mod dom;
mod http;
mod live;
mod pause;
mod place;
mod reactive;
mod session;
pub mod state;
mod timeline;
mod views;

/// Puts the page into the browser's window.
pub fn start() {
    console_error_panic_hook::set_once();
    let body = crate::reactive::document().body();
    let owner = body.map(|body| dom::mount(&body, views::page));
    // The page lives as long as its window.
    std::mem::forget(owner);
}
