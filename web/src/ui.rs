//! What the features are made of: the same everywhere, and without knowledge of the chat's state.

pub(crate) mod anew;
pub(crate) mod announcer;
pub(crate) mod avatar;
pub(crate) mod badge;
pub(crate) mod breakpoint;
pub(crate) mod button;
pub(crate) mod clipboard;
pub(crate) mod copy_field;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod focus;
pub(crate) mod growing_for;
pub(crate) mod icon;
pub(crate) mod matched;
pub(crate) mod notice;
pub(crate) mod popover;
pub(crate) mod rested;
pub(crate) mod shortcut;
pub(crate) mod shortened;
pub(crate) mod skeleton;
pub(crate) mod windowed_list;
