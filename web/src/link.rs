//! How the connection stands, for people.

pub(crate) mod aloud;
pub(crate) mod banner;
pub(crate) mod breaks;
mod dead_letter;
