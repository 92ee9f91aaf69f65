//! What the browser knows about languages: times, numbers, names and their order.

pub(crate) mod calendar;
pub(crate) mod collation;
pub(crate) mod direction;
pub(crate) mod initials;
pub(crate) mod number;
pub(crate) mod relative;
