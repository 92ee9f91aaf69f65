//! What the page that measures the client asks and gets. A crate of its own, as the product's catalogue is: what reads
//! a message is built for speed, and the page around it for size.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_socketio::{DataOrError, events};

/// Asks the server for this many messages.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Flood {
    /// How many.
    pub count: u32,
}

/// What a chat's message carries.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Identifies it.
    pub id: String,
    /// Who wrote it.
    pub sender_id: String,
    /// To whom.
    pub recipient_id: String,
    /// The text.
    pub content: String,
    /// Which of the conversation it is.
    pub seq: u64,
    /// When, in milliseconds since 1970.
    pub created_at: i64,
}

events! {
    /// Floods.
    pub catalogue Bench {
        error: String,
        ack: DataOrError,
    }

    /// What the page asks.
    client Ask {
        /// Asks for messages.
        "flood" => Flood -> u32,
            { "count": 1 };
    }

    /// What it gets.
    server Tell {
        /// One of them.
        "message" => Message(Message),
            { "id": "1", "senderId": "2", "recipientId": "3", "content": "hi", "seq": 1, "createdAt": 1 };
    }
}
