//! What a timeline shows, apart from how it looks: which messages, their rows, and the links in them.

pub(crate) mod links;
pub(crate) mod rows;
pub(crate) mod window;
