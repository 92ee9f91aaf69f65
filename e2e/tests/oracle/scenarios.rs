//! The scenarios, by what they are about.

pub(crate) mod ack;
pub(crate) mod binary;
pub(crate) mod connect;
pub(crate) mod event;
pub(crate) mod leave;
pub(crate) mod namespace;
pub(crate) mod offline;
pub(crate) mod transport;
pub(crate) mod volatile;
