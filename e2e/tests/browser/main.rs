//! Two people in two browsers: what the product promises, done as they would do it.
//!
//! The people, their browsers and the server are in the library (`e2e/src`). [`engines`] is a short round in
//! each browser, everything else runs in Chromium.

mod accessibility;
mod changes;
mod content;
mod conversations;
mod door;
mod drafts;
mod engines;
mod find;
mod first_load;
mod formatting;
mod forward;
mod groups;
mod history;
mod home;
mod keyboard;
mod memory;
mod mentions;
mod notification_worker;
mod notifications;
mod paste;
mod plain_page;
mod polling;
mod receipts;
mod restart;
mod roles;
mod search;
mod sections;
mod session;
mod shortcuts;
mod silence;
mod storage;
mod tabs;
mod touch;
mod translation;
mod typing;
mod unread;
mod ways;
mod writing_systems;
