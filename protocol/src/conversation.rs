//! Conversations: the list of them, their history, and how far a person has read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    group::{Group, MembershipChange},
    id::{ChangeId, ConversationId},
    message::Message,
    number::{Rev, Seq, Timestamp},
    role::Role,
    user::User,
};

/// A conversation as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Whom it is with.
    pub with: Peer,
    /// Its newest message; left out in a group in which nobody has written yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// How far you have read, on any of your devices.
    pub read_up_to: Seq,
    /// How often you marked something here as unread; left out if never. See [`ReadUpTo::mark`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mark: u64,
    /// How many messages came after that. Deleted ones do not count.
    pub unread: u64,
    /// How many of these mention you; left out if none does.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unread_mentions: u64,
    /// Its revision: how many changes there were.
    pub rev: Rev,
    /// Identifies the last change; left out if that was the sending of `lastMessage`, which its id
    /// identifies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_id: Option<ChangeId>,
    /// When its newest message came, or when you joined. The list is sorted by it, newest first.
    pub updated_at: Timestamp,
    /// Whether you muted it; left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub muted: bool,
    /// Your role, if it is a group; left out if it is `member`.
    #[serde(default, skip_serializing_if = "Role::is_member")]
    pub role: Role,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Conversation {
    /// The conversation's id.
    #[must_use]
    pub fn id(&self) -> ConversationId {
        match &self.with {
            Peer::User(user) => ConversationId::User(user.id),
            Peer::Group(group) => ConversationId::Group(group.id),
        }
    }

    /// Its last change; `None` if there was none yet.
    #[must_use]
    pub fn last_change(&self) -> Option<(Rev, ChangeId)> {
        let sending = || self.last_message.as_ref().map(|message| message.id.into());
        self.change_id.or_else(sending).map(|id| (self.rev, id))
    }
}

/// The other side of a conversation: `{ "user": User }` or `{ "group": Group }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Peer {
    /// A person; you yourself in the conversation for notes.
    User(User),
    /// A group.
    Group(Group),
}

/// Asks for your conversations, those with the newest messages first. A page has fewer of them than its limit when
/// their last messages are long: ask for the next one until a page is empty. If a message comes while you ask for
/// the pages, its conversation goes to the front: you may get it twice, and miss none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListConversations {
    /// The last conversation of the page before; left out for the first page. If it is none of yours any more,
    /// because you have left the group since, the list begins again: you get some of it twice, and miss none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ConversationId>,
    /// How many at most: 1 to 500, 500 if left out; a number outside of that is moved to its nearest
    /// end.
    #[serde(
        default,
        deserialize_with = "crate::number::page_length",
        skip_serializing_if = "Option::is_none"
    )]
    pub limit: Option<u32>,
}

/// Asks for a page of a conversation's messages.
///
/// With neither `before` nor `after`: the newest. With `before`: the newest ahead of that place.
/// With `after`: the oldest behind it. With both: the oldest between the two. With `around`: those
/// next to that place, as many on each side as there are; the other two do not count then. With `at`:
/// those next to the first message of that time or later, or the newest if there is none; with one of the
/// others it is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FetchHistory {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Only messages with a smaller `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Seq>,
    /// Only messages with a greater `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Seq>,
    /// The place in the middle of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<Seq>,
    /// The time of the message in the middle of the page, or an earlier one. Clocks may have gone back while
    /// messages came; then it is a place near that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How many at most: 1 to 200, 50 if left out; a number outside of that is moved to its nearest
    /// end.
    #[serde(
        default,
        deserialize_with = "crate::number::page_length",
        skip_serializing_if = "Option::is_none"
    )]
    pub limit: Option<u32>,
}

impl FetchHistory {
    /// The newest page. The other ones differ by `before`, `after`, `around` or `at`.
    #[must_use]
    pub const fn newest(conversation: ConversationId) -> Self {
        Self { conversation, before: None, after: None, around: None, at: None, limit: None }
    }
}

/// A page of a conversation's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// The messages, in ascending order of `seq`, without gaps. There may be fewer than were asked for,
    /// because long ones fill a page earlier; if there is any message, there is at least one.
    pub messages: Vec<Message>,
    /// The `seq` of the conversation's newest message; 0 when there is none.
    pub head: Seq,
    /// The revision of the conversation that this page shows.
    pub rev: Rev,
    /// Who joined the group and who left it between the first and the last of these messages, in their
    /// order: the newest 100 of these changes. If `after` was given, they begin after it; if there is
    /// no earlier message, they begin with the group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<MembershipChange>,
}

/// Says that you have read a conversation up to a message. It never goes back; [`MarkUnread`] does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarkRead {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The last message read.
    pub seq: Seq,
    /// The `mark` that you know. If you have marked something as unread since, perhaps on another device,
    /// nothing changes. If it is left out, this counts in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<u64>,
}

/// Says that a message, and all that came after it, shall count as unread. If it is unread already,
/// nothing changes: this never goes forward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarkUnread {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The first message that is unread then.
    pub seq: Seq,
}

/// How far you have read a conversation, on any of your devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadUpTo {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The last message read.
    pub seq: Seq,
    /// How many messages came after that, at the revision `rev`.
    pub unread: u64,
    /// How many of these mention you; left out if none does.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unread_mentions: u64,
    /// The revision of the conversation.
    pub rev: Rev,
    /// How often you marked something here as unread; left out if never. Of two of these, the one with the
    /// greater `mark` is newer; if that is the same, the one with the greater `seq`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mark: u64,
}

/// Mutes a conversation, or no longer does: a muted one is listed and counted as before, but programs
/// do not ask for attention because of it. For a person to whom nobody has written yet nothing is kept:
/// the answer says `false`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MuteConversation {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Whether it is muted from now on.
    pub muted: bool,
}

/// Whether a conversation is muted, on all of your devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationMuted {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Whether it is muted.
    pub muted: bool,
}
