//! Sessions: registering, logging in, and the token that a connection shows.
//!
//! Login is HTTP; the bodies are in this file because both ends must agree on them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::UserId,
    number::Timestamp,
    text::{Password, Username},
    user::User,
    version::{NEEDS, VERSION},
};

/// The HTTP paths.
pub mod path {
    /// `POST` [`Credentials`](super::Credentials) → 201 [`LoggedIn`](super::LoggedIn).
    pub const REGISTER: &str = "/api/auth/register";
    /// `POST` [`Credentials`](super::Credentials) → 200 [`LoggedIn`](super::LoggedIn). Begins a session, and ends the one
    /// that was not used for the longest time if there are more than
    /// [`SESSIONS_A_PERSON`](crate::limits::SESSIONS_A_PERSON).
    pub const LOGIN: &str = "/api/auth/login";
    /// `POST` with the refresh cookie → 200 [`LoggedIn`](super::LoggedIn).
    pub const REFRESH: &str = "/api/auth/refresh";
    /// `POST` with the refresh cookie or a bearer token → 204. Ends this session.
    pub const LOGOUT: &str = "/api/auth/logout";
    /// `POST` with a bearer token or the refresh cookie → 204. Ends all sessions of the person.
    pub const LOGOUT_ALL: &str = "/api/auth/logout-all";
    /// `GET` → 200 while the server runs.
    pub const HEALTH: &str = "/health";
    /// `GET` → 200 when the server can keep what it is sent, else 503 with the reason.
    pub const READY: &str = "/ready";
    /// The list of emojis, which a page loads when somebody looks for one.
    pub const EMOJIS: &str = "/emojis.txt";
    /// Where Socket.IO is spoken.
    pub const SOCKET_IO: &str = "/socket.io/";
}

/// What you register and log in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The name.
    pub username: Username,
    /// The password.
    pub password: Password,
}

/// The answer to a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoggedIn {
    /// A JWT to connect with.
    pub token: String,
    /// When the token stops being accepted, by the server's clock.
    pub expires_at: Timestamp,
    /// The same as a time from now on, in milliseconds: the client's clock may be wrong.
    pub expires_in: u64,
    /// Who you are.
    pub user: User,
}

/// The `auth` object of a Socket.IO CONNECT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectAuth {
    /// The token from login.
    pub token: String,
    /// The version of the catalogue that the client was built from. A client that leaves it out is
    /// accepted; one whose version the server does not serve is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The earliest version of a server that the client can use; its own unless it says another. While servers are
    /// upgraded, an older one lets it in if it has at least this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    /// The people whose presence the connection watches from its beginning, perhaps none, as
    /// `watchPresence` says it later: its `onlineUsers` then has those of them who are online. If it is
    /// left out, the connection is told of everybody.
    #[serde(
        default,
        deserialize_with = "crate::id::known_users_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub watch: Option<Vec<UserId>>,
}

impl ConnectAuth {
    /// What a client that was built from this catalogue shows.
    #[must_use]
    pub fn new(token: String) -> Self {
        Self { token, protocol: Some(VERSION.to_owned()), needs: Some(NEEDS.to_owned()), watch: None }
    }
}

/// Asks for a new token of the same session, before the present one expires.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RenewToken {}

/// A new token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenewedToken {
    /// A JWT to connect with.
    pub token: String,
    /// When it stops being accepted, by the server's clock.
    pub expires_at: Timestamp,
    /// The same as a time from now on, in milliseconds: the client's clock may be wrong.
    pub expires_in: u64,
}
