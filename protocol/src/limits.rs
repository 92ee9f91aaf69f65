//! Every limit, named once. The server enforces them; clients show them before sending.
//!
//! A "character" is a Unicode scalar value (`char`), counted after the trimming that the text's
//! type does.

use std::{ops::RangeInclusive, time::Duration};

/// Characters of a message, after line ends at both ends were trimmed.
pub const MESSAGE_CHARS: RangeInclusive<usize> = 1..=4_000;
/// Characters of a user name.
pub const USERNAME_CHARS: RangeInclusive<usize> = 3..=32;
/// Characters of a group's name, after white space at both ends was trimmed.
pub const GROUP_NAME_CHARS: RangeInclusive<usize> = 1..=64;
/// Accents and other marks that one letter of a name may carry. More than that reach into the lines above and below.
pub const MARKS_A_LETTER: usize = 6;
/// Characters of a password. The upper end bounds the work of hashing.
pub const PASSWORD_CHARS: RangeInclusive<usize> = 8..=256;
/// Characters of a `clientId`; a UUID is usual.
pub const CLIENT_ID_CHARS: RangeInclusive<usize> = 1..=64;

/// Messages on one page of a conversation's history.
pub const HISTORY_PAGE: RangeInclusive<u32> = 1..=200;
/// Characters of an emoji, because many are made of several. The longest of Unicode's have 10.
pub const EMOJI_CHARS: RangeInclusive<usize> = 1..=16;
/// Characters of what a reply shows of the message that it replies to.
pub const EXCERPT_CHARS: usize = 120;
/// Different emojis on one message.
pub const EMOJIS_A_MESSAGE: usize = 20;
/// Of these, emojis of the same person: nobody takes all the room.
pub const EMOJIS_OF_A_PERSON: usize = 10;
/// Reactions on one message, over all people and emojis.
pub const REACTIONS_A_MESSAGE: usize = 200;
/// Pinned messages of one conversation. `listPins` has them on several pages if they are long.
pub const PINS: usize = 50;
/// Different names after an `@` that are looked for in one message; the names after that mention nobody.
pub const MENTIONS_A_MESSAGE: usize = 50;
/// What these names may be, over all of them: in a script without spaces between words a name may end behind each letter,
/// and each end is looked for. What comes after so many mentions nobody.
pub const SPELLINGS_A_MESSAGE: usize = 256;
/// Members of a group in which `@all` of a member mentions everybody. In a larger one it is a word like any other,
/// unless the owner or an admin writes it.
pub const MENTION_ALL_MEMBERS: u64 = 100;
/// Corrections of one message. `listEdits` has them on several pages if they are long.
pub const EDITS_A_MESSAGE: usize = 100;
/// Messages on a page when the request names no number.
pub const HISTORY_PAGE_DEFAULT: u32 = 50;
/// Bytes of what can be long in the messages of a page (text, quote, reactions, mentions), as JSON: it has fewer
/// messages than were asked for when they are long, but at least one if there is any. Pages of history, of changes,
/// of what was found, of pinned messages, and of former texts. The rest of a message takes at most 1 KB, so that this and
/// the number of messages bound a page. Of a page of `listConversations` it is all bytes.
///
/// Where the answer is a list and nothing else (`listPins`, `listEdits`, `listConversations`), it does not say whether
/// there is more: the last page is the one that is empty.
pub const HISTORY_PAGE_BYTES: usize = 256 * 1024;
/// Changes of members on a page of a group's history: the newest ones.
pub const HISTORY_PAGE_CHANGES: usize = 100;
/// People or groups on one page of `listMembers` and `listGroups`. The maximum is also the default.
pub const LIST_PAGE: RangeInclusive<u32> = 1..=1_000;
/// Conversations on one page of `listConversations`, and at most [`HISTORY_PAGE_BYTES`]. The maximum is also the
/// default.
pub const CONVERSATIONS_PAGE: RangeInclusive<u32> = 1..=500;
/// People or groups that one search returns at most.
pub const SEARCH_RESULTS: usize = 100;
/// People whom one `addMembers` may add. Each counts as an event.
pub const ADD_MEMBERS: usize = 50;
/// Groups that one person may have made or joined. Whoever joins several at the same moment may come to have a few more.
pub const GROUPS_A_PERSON: usize = 10_000;
/// Groups that one person may be in besides because others added them, so that nobody uses up another's room for groups
/// of their own.
pub const GROUPS_ADDED_TO: usize = 2_000;
/// Of these, groups to which the same person added them.
pub const GROUPS_ADDED_TO_BY_ONE: usize = 100;
/// People who are banned from one group.
pub const BANS_A_GROUP: usize = 1_000;
/// Groups that one `listSharedGroups` answers at most.
pub const SHARED_GROUPS: usize = 100;
/// Ids that one `getUsers` may ask for.
pub const GET_USERS_IDS: usize = 200;
/// Bytes of the conversations that `sync` answers at once: a page of them, or those in which something happened last to
/// those who do not ask for pages. Each socket of a person may have such an answer waiting, with room for what others say
/// meanwhile. One conversation may be larger; it comes alone.
pub const SYNC_BYTES: usize = OUTGOING_BYTES / 4;
/// Messages that one `sync` may ask about.
pub const SYNC_ANCHORS: usize = 100;
/// Characters of a search query; what follows is ignored.
pub const QUERY_CHARS: usize = 64;

/// Characters of a query that searches messages.
pub const SEARCH_QUERY_CHARS: usize = 256;
/// Words, phrases and conditions of such a query.
pub const SEARCH_TERMS: usize = 16;
/// Messages on one page of what was found.
pub const SEARCH_PAGE: RangeInclusive<u32> = 1..=50;
/// Messages on a page when the request names no number.
pub const SEARCH_PAGE_DEFAULT: u32 = 20;
/// Parts of one message that are marked as what was searched for; the first ones.
pub const SEARCH_MATCHES: usize = 32;
/// Minutes by which somebody's clock may differ from UTC, in either direction.
pub const UTC_OFFSET_MINUTES: i32 = 14 * 60;

/// Bytes of one frame from a client. A larger one ends the connection, as with Socket.IO's own
/// `maxHttpBufferSize`, whose default this is.
pub const FRAME_BYTES: usize = 1_000_000;
/// Bytes of one event from a client. The largest that can be accepted is well below it; a larger one
/// is answered `invalidPayload`.
pub const EVENT_BYTES: usize = 64 * 1024;
/// Bytes of a packet that connects to a namespace in which the namespace's name has to end, with its query. A longer one
/// ends the connection, because the name is repeated in the answer.
pub const NAMESPACE_BYTES: usize = 512;
/// How often a client may ask over one connection to be let in, to whatever namespace, without being let in. Then the
/// connection ends. Somebody whose token has expired shows a new one over the same connection.
pub const CONNECTS_A_CONNECTION: u32 = 16;
/// Refused attempts to connect that one address may make at once, over several for each of its connections.
pub const REFUSED_CONNECTS_AT_ONCE: u32 = 300;
/// How many a second after that. Beyond it the connection of a refused attempt is good for no other one.
pub const REFUSED_CONNECTS_A_SECOND: u32 = 5;
/// Lines about refused clients that the log gets at once. The others are counted, and the next line says how many they
/// were.
pub const REFUSALS_LOGGED_AT_ONCE: u32 = 20;
/// The time between two such lines after that.
pub const REFUSALS_LOGGED_APART: Duration = Duration::from_secs(3);
/// WebSocket pings of a client that are answered while it reads nothing.
pub const UNREAD_PONGS: u32 = 16;
/// Events of one socket that wait for their turn. When so many wait, or [`QUEUED_BYTES`], the server
/// reads nothing more from that client until half of them were carried out.
pub const QUEUED_EVENTS: usize = 1_024;
/// Bytes of such events that wait for their turn.
pub const QUEUED_BYTES: usize = 256 * 1024;
/// Bytes that may wait for a client that reads slowly. When half of that waits, no more of its own
/// events are carried out; when all of it does, or when it reads nothing for 30 seconds, it is
/// disconnected, and catches up when it comes back.
pub const OUTGOING_BYTES: usize = 512 * 1024;

/// Sockets that one person may have at the same time. So it also bounds what waits for all sockets of a
/// person.
pub const SOCKETS_A_PERSON: usize = 64;
/// Times that one person may connect at once.
pub const CONNECTS_AT_ONCE: u32 = 300;
/// How often a second one person may connect after that.
pub const CONNECTS_A_SECOND: u32 = 5;

/// Events that one person may send at once, over all their sockets.
pub const EVENTS_AT_ONCE: u32 = 1_000;
/// How many events a second one person may send after that. More are answered `rateLimited`.
pub const EVENTS_A_SECOND: u32 = 100;
/// How often one person may renew the token of a connection, at once and then in the time for which a token is
/// accepted: twice for each socket that they may have. More are answered `rateLimited`.
pub const RENEWALS_A_TOKEN: u32 = 128;
/// People whose presence a connection may watch.
pub const WATCHED_USERS: usize = 500;
/// Events that a search counts for.
pub const SEARCH_COST: u32 = 5;
/// Frames a second about people who come and go, to all connections together. If more are due, the
/// changes are collected and told together: with many people online a little later.
pub const PRESENCE_FRAMES_A_SECOND: u32 = 5_000;
/// Bytes a second of lists of who is online. Such a list goes to those who just connected, and as often
/// as this limit allows to those who show no version of the catalogue.
pub const PRESENCE_BYTES_A_SECOND: u32 = 50_000_000;
/// Changes of presence that a client without a version is told one by one, if more are due at once.
pub const PRESENCE_SINGLY: usize = 64;
/// How long somebody counts as typing after they said so.
pub const TYPING_LASTS: Duration = Duration::from_secs(6);
/// How often a client says so while it is true.
pub const TYPING_AGAIN: Duration = Duration::from_secs(3);
/// The shortest time between two `typing` of one connection in one conversation of which the others are
/// told.
pub const TYPING_APART: Duration = Duration::from_secs(2);
/// Members of a group up to which they are told who is typing.
pub const TYPING_MEMBERS: u64 = 100;
/// Members of a group up to which they are told who has read what.
pub const RECEIPT_MEMBERS: u64 = 100;
/// The shortest time between two events that tell somebody of receipts in one conversation. What comes meanwhile is
/// told together when it has passed.
pub const RECEIPTS_APART: Duration = Duration::from_millis(200);
/// Conversations of one `markDelivered`. Each counts as an event.
pub const MARK_DELIVERED: usize = 100;
/// How long a client waits for more that was delivered before it says so. What is read meanwhile need not be
/// said.
pub const DELIVERED_SOON: Duration = Duration::from_millis(300);
/// The shortest time between two `markDelivered` of a client.
pub const DELIVERED_APART: Duration = Duration::from_secs(2);
/// Attempts to register, log in, refresh or log out that one address may make at once.
pub const LOGINS_AT_ONCE: u32 = 300;
/// How many attempts a second one address may make after that.
pub const LOGINS_A_SECOND: u32 = 5;
/// Sessions that one person may have. Who logs in once more ends the session that was not used for the longest time: each
/// login makes one, also that of a program which never logs out.
pub const SESSIONS_A_PERSON: usize = 100;
/// Wrong passwords that may be tried for one user name at once, from one address or by a browser in
/// which the owner of the name has logged in before.
pub const WRONG_PASSWORDS_AT_ONCE: u32 = 10;
/// How many a minute may be tried after that.
pub const WRONG_PASSWORDS_A_MINUTE: u32 = 10;
/// Wrong passwords that may be tried from one address at once, whatever the user names.
pub const WRONG_PASSWORDS_OF_AN_ADDRESS_AT_ONCE: u32 = 100;
/// How many a minute may be tried after that.
pub const WRONG_PASSWORDS_OF_AN_ADDRESS_A_MINUTE: u32 = 20;
/// Wrong passwords that may be tried for one user name at once, from everywhere together. A browser in
/// which the owner of the name has logged in before does not count here.
pub const WRONG_PASSWORDS_OF_AN_ACCOUNT_AT_ONCE: u32 = 100;
/// How many a minute after that: more than one address may try, so that one address locks nobody out.
pub const WRONG_PASSWORDS_OF_AN_ACCOUNT_A_MINUTE: u32 = 20;

/// Bytes of an HTTP request's body.
pub const HTTP_BODY_BYTES: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;
    use crate::{
        BannedUser, Group, GroupId, Member, Receipt, Role, Seq, Timestamp, User, UserId, Visibility,
        text::Stored,
    };

    /// Bytes of a list that has so many of the largest items.
    fn bytes(most: usize, item: &impl Serialize) -> usize {
        most * (serde_json::to_vec(item).unwrap().len() + 1)
    }

    #[test]
    fn a_list_that_is_bounded_in_items_alone_is_smaller_than_what_may_wait_for_a_client() {
        let id = UserId::from_bytes([1; 16]);
        let letters = |limit: RangeInclusive<usize>| "\u{1F600}".repeat(*limit.end());
        let user = User { id, username: Stored::stored(letters(USERNAME_CHARS)) };
        let group = Group {
            id: GroupId::from_bytes([1; 16]),
            name: Stored::stored(letters(GROUP_NAME_CHARS)),
            visibility: Visibility::Private,
            member_count: u64::MAX,
            created_at: Timestamp(i64::MIN),
        };
        let banned =
            BannedUser { id, username: user.username.clone(), banned_by: id, banned_at: Timestamp(i64::MIN) };
        let last = Seq(u64::MAX);
        let receipt = Receipt { user_id: id, delivered_up_to: last, read_up_to: last, joined_after: last };
        let page = *LIST_PAGE.end() as usize;
        for (list, bytes) in [
            ("listGroups", bytes(page, &group)),
            ("listMembers", bytes(page, &Member::new(user.clone(), Role::Member))),
            ("listBanned", bytes(page, &banned)),
            ("findGroups", bytes(SEARCH_RESULTS, &group)),
            ("listSharedGroups", bytes(SHARED_GROUPS, &group)),
            ("findUsers", bytes(SEARCH_RESULTS, &user)),
            ("getUsers", bytes(GET_USERS_IDS, &user)),
            ("listReceipts", bytes(RECEIPT_MEMBERS as usize, &receipt)),
            ("watchPresence", bytes(WATCHED_USERS, &id)),
        ] {
            assert!(bytes <= OUTGOING_BYTES, "{list}: {bytes}");
        }
    }

    #[test]
    fn beside_a_list_of_conversations_as_much_of_what_others_say_may_wait_for_a_client() {
        for (list, bytes) in [("listConversations", HISTORY_PAGE_BYTES), ("sync", SYNC_BYTES)] {
            assert!(bytes <= OUTGOING_BYTES / 2, "{list}: {bytes}");
        }
    }
}
