//! What a timeline shows, apart from how it looks: its rows and the links in them.

pub(crate) mod links;
pub(crate) mod rows;
