//! Why an event could not be read.

/// Why an event could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The catalogue has no event of this name in this direction.
    #[error("There is no event `{0}`.")]
    UnknownEvent(String),
    /// The payload does not fit the event.
    #[error("{0}")]
    Payload(PayloadError),
}

/// What is wrong with a payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PayloadError {
    /// The field at fault, where there is one: `content`, `members[2].name`.
    pub field: Option<String>,
    /// A sentence for people.
    pub message: String,
    /// What the payload's own `Deserialize` said; a program that wrote it may look here for something
    /// that it put in.
    pub reason: String,
}

impl PayloadError {
    /// An error of the payload as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { field: None, reason: message.clone(), message }
    }
}
