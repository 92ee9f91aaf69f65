//! Two people in two browsers: what the product promises, done as they would do it.
//!
//! [`scene`] puts server, browsers and people in place, an [`engine`] starts a browser; a [`person`]
//! finds each [`thing`] by label, role and visible text, as somebody would who has never seen the source.
//! [`engines`] is a short round in each browser, everything else runs in Chromium.

mod account;
mod content;
mod conversations;
mod door;
mod drafts;
mod engine;
mod engines;
mod figures;
mod find;
mod first_load;
mod groups;
mod history;
mod keyboard;
mod paste;
mod person;
mod plain_page;
mod polling;
mod restart;
mod scene;
mod screenshots;
mod search;
mod seed;
mod session;
mod silence;
mod storage;
mod tabs;
mod thing;
mod translation;
mod writing_systems;
