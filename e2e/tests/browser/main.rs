//! Two people in two browsers: what the product promises, done as they would do it.
//!
//! [`scene`] puts server, browsers and people in place; a [`person`] acts by labels, roles and
//! visible text, as somebody would who has never seen the source.

mod conversations;
mod figures;
mod first_load;
mod groups;
mod person;
mod polling;
mod restart;
mod scene;
mod screenshots;
mod session;
mod tabs;
