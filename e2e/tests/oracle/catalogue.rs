//! A catalogue whose payloads are whatever a scenario says.

use protocol::events;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Any JSON.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct Payload(pub(crate) Value);

macro_rules! payloads {
    ($($name:ident),+) => { $(
        #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) Payload);
    )+ };
}

payloads!(Echo, Refuse, Late, Silent, Bounce, Greet);

events! {
    /// What the recorded server knows (`e2e/interop/oracle/stage.mjs`).
    pub(crate) catalogue Oracle { error: Payload, fingerprint: "" }

    /// What a scenario's program sends.
    client Said {
        /// Answered with what it carries.
        "echo" => Echo -> Payload, null;
        /// Refused with what it carries.
        "refuse" => Refuse -> Payload, null;
        /// Answered after a quarter of a second.
        "late" => Late -> Payload, null;
        /// Never answered.
        "silent" => Silent -> Payload, null;
        /// Comes back as `said`.
        "bounce" => Bounce -> Payload, null;
        /// A name with more than letters.
        "grüß \"dich\" 🎉" => Greet -> Payload, null;
    }

    /// What the server of a scenario sends.
    server Heard {
        /// Anything.
        "said" => Said(Payload), null;
        /// A name with more than letters.
        "grüß \"dich\" 🎉" => Greeted(Payload), null;
    }
}
