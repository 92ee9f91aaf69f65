//! Changes: what became of a conversation's messages since one looked last.
//!
//! Each conversation counts its changes: a new message, a correction, a deletion, a reaction, a pin
//! each make its next [revision](Rev). What is told is the whole new state of the message, so that
//! hearing it twice does nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{id::ConversationId, message::Message, number::Rev};

/// Asks for every message of a conversation that is new or was changed after a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FetchChanges {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The last revision that you know.
    pub since: Rev,
    /// How many messages at most: 1 to 200, 200 if left out; a number outside of that is moved to its
    /// nearest end.
    #[serde(
        default,
        deserialize_with = "crate::number::page_length",
        skip_serializing_if = "Option::is_none"
    )]
    pub limit: Option<u32>,
}

/// Messages that changed, as they are now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangesPage {
    /// The messages, those whose last change is oldest first. There may be fewer than were asked for,
    /// because long ones fill a page earlier; if anything changed, there is at least one.
    pub messages: Vec<Message>,
    /// The revision up to which this page tells everything: ask for the next page since this one.
    pub rev: Rev,
    /// Whether there are more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}
