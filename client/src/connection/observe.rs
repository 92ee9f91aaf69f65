//! Watching every event that passes, for logs.

use std::{fmt, sync::Arc};

use serde_json::value::{RawValue, to_raw_value};
pub use typed_socketio::event::Direction;

/// An event that is being sent or has arrived.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// Who sends it.
    pub direction: Direction,
    /// In which namespace.
    pub namespace: &'a str,
    /// Its name.
    pub event: &'a str,
    /// What it carries: its only argument, `null` where there is none, an array of several.
    /// Attachments are placeholders.
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

/// Arguments as one value: the only one, `null` where there is none, an array of several.
pub(crate) fn as_one(arguments: &[&RawValue]) -> Box<RawValue> {
    match arguments {
        [] => RawValue::NULL.to_owned(),
        [only] => (*only).to_owned(),
        several => to_raw_value(several).unwrap_or_default(),
    }
}
