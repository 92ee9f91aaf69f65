//! Watching every event that passes, for logs.

use std::{fmt, sync::Arc};

pub use protocol::event::Direction;
use serde_json::value::RawValue;

/// An event that is being sent or has arrived.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// Who sends it.
    pub direction: Direction,
    /// Where.
    pub namespace: &'a str,
    /// Its name.
    pub event: &'a str,
    /// What it carries; attachments are placeholders.
    pub payload: &'a RawValue,
}

/// What is told of every event.
#[derive(Clone)]
pub(crate) struct Observer(pub(crate) Arc<dyn Fn(Observed<'_>) + Send + Sync>);

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
