//! Every limit, named once. The server enforces them; clients show them before sending.
//!
//! A "character" is a Unicode scalar value (`char`), counted after the trimming that the text's
//! type does.

use std::ops::RangeInclusive;

/// Characters of a message, after line ends at both ends were trimmed.
pub const MESSAGE_CHARS: RangeInclusive<usize> = 1..=4_000;
/// Characters of a user name.
pub const USERNAME_CHARS: RangeInclusive<usize> = 3..=32;
/// Characters of a group's name, after white space at both ends was trimmed.
pub const GROUP_NAME_CHARS: RangeInclusive<usize> = 1..=64;
/// Characters of a password. The upper end bounds the work of hashing.
pub const PASSWORD_CHARS: RangeInclusive<usize> = 8..=256;
/// Characters of a `clientId`; a UUID is usual.
pub const CLIENT_ID_CHARS: RangeInclusive<usize> = 1..=64;

/// Messages on one page of a conversation's history.
pub const HISTORY_PAGE: RangeInclusive<u32> = 1..=200;
/// Messages on a page when the request names no number.
pub const HISTORY_PAGE_DEFAULT: u32 = 50;
/// People or groups that one search returns at most.
pub const SEARCH_RESULTS: usize = 100;
/// Ids that one `getUsers` may ask for.
pub const GET_USERS_IDS: usize = 200;
/// Messages that one `sync` may ask about.
pub const SYNC_ANCHORS: usize = 100;
/// Characters of a search query; what follows is ignored.
pub const QUERY_CHARS: usize = 64;

/// Bytes of one frame from a client. A larger one ends the connection, as with Socket.IO's own
/// `maxHttpBufferSize`, whose default this is.
pub const FRAME_BYTES: usize = 1_000_000;
/// Events of one socket that wait for their turn. A client that sends more without waiting for
/// acks is answered `rateLimited`.
pub const QUEUED_EVENTS: usize = 1_024;

/// Events that one person may send at once, over all their sockets.
pub const EVENTS_AT_ONCE: u32 = 1_000;
/// And how many a second after that. More are answered `rateLimited`.
pub const EVENTS_A_SECOND: u32 = 100;
/// Events that a search counts for.
pub const SEARCH_COST: u32 = 5;
/// Frames a second that all connections together are sent because people come and go. When more
/// would be due, what changed meanwhile is told at once: with many online a little later.
pub const PRESENCE_FRAMES_A_SECOND: u32 = 5_000;
/// The same for clients that show no fingerprint. What they are told at once is longer: it is
/// everybody who is online.
pub const PRESENCE_LISTS_A_SECOND: u32 = 500;
/// Lists of who is online that all who just connected are sent a second.
pub const PRESENCE_GREETINGS_A_SECOND: u32 = 50_000;
/// Changes of presence that such a client is told one by one, when more are due at once.
pub const PRESENCE_SINGLY: usize = 64;
/// Attempts to register, log in or refresh that one address may make at once.
pub const LOGINS_AT_ONCE: u32 = 300;
/// And how many a second after that.
pub const LOGINS_A_SECOND: u32 = 5;
/// Wrong passwords that may be tried for one user name at once, from one address or by a browser in
/// which its owner has logged in before.
pub const WRONG_PASSWORDS_AT_ONCE: u32 = 10;
/// And how many a minute after that.
pub const WRONG_PASSWORDS_A_MINUTE: u32 = 10;
/// Wrong passwords that may be tried from one address at once, whatever the user names.
pub const WRONG_PASSWORDS_OF_AN_ADDRESS_AT_ONCE: u32 = 100;
/// And how many a minute after that.
pub const WRONG_PASSWORDS_OF_AN_ADDRESS_A_MINUTE: u32 = 20;
/// Wrong passwords that may be tried for one user name at once, from everywhere together, but not
/// by a browser in which its owner has logged in before.
pub const WRONG_PASSWORDS_OF_AN_ACCOUNT_AT_ONCE: u32 = 100;
/// And how many a minute after that: more than one address may try, so that it locks nobody out.
pub const WRONG_PASSWORDS_OF_AN_ACCOUNT_A_MINUTE: u32 = 20;

/// Bytes of an HTTP request's body.
pub const HTTP_BODY_BYTES: usize = 16 * 1024;
