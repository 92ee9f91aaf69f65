//! People, and finding them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{id::UserId, text::Username};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their name.
    #[serde(deserialize_with = "crate::text::stored")]
    pub username: Username,
}

/// Searches people by a part of their name; an empty query finds all. At most 100: first who has exactly this name,
/// then those whose names begin with it, then the others, each by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindUsers {
    /// A part of the name. Case, accents and the width of letters do not matter.
    #[serde(default)]
    pub query: String,
}

/// Asks who these ids are. At most 200 ids; those that nobody has are left out of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GetUsers {
    /// The ids.
    #[serde(deserialize_with = "crate::id::known_users")]
    pub user_ids: Vec<UserId>,
}
