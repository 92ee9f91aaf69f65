//! Catching up: how a person's conversations stand, in a few bytes if nothing changed.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    conversation::{Conversation, Peer},
    error::{Coded, ErrorCode},
    id::{ChangeId, ConversationId, MessageId},
    number::{Rev, Seq},
    role::Role,
};

/// Something that was to be told may not have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventsMissed {}

/// Asks what changed. Send it after each (re)connect, when the server has joined the socket to its
/// rooms already, and now and then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Synchronise {
    /// What you know of all your conversations, changes of messages included. If neither this nor
    /// `heads` is there, everything is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<HeadsDigest>,
    /// The same as programs computed it before messages could be changed. Not used if `state` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heads: Option<HeadsDigest>,
    /// Your roles in your groups, as far as you know them. If it is left out, as by programs from before there
    /// were roles, they are not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<HeadsDigest>,
    /// What you hold from an earlier connection, the newest of each conversation: at most 100. The server
    /// says whether its history still has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<Anchor>,
    /// The conversations may come in pages. If it is left out, those in which something happened last come at once,
    /// 128 KiB at most.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paged: bool,
    /// The last conversation of the page before; left out for the first page. The rest of the question
    /// was answered with the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ConversationId>,
}

/// Something that a client holds: a message at a place of a conversation, or a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Anchor {
    /// Which conversation.
    pub conversation: ConversationId,
    /// A message's place in it; 0 if this is about a change.
    #[serde(default)]
    pub seq: Seq,
    /// The revision that a change made; left out if this is about a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<Rev>,
    /// The message, or the change.
    pub id: ChangeId,
}

impl Anchor {
    /// A message, and where it stands.
    #[must_use]
    pub fn message(conversation: ConversationId, seq: Seq, id: MessageId) -> Self {
        Self { conversation, seq, rev: None, id: id.into() }
    }

    /// A change, and the revision that it made.
    #[must_use]
    pub const fn change(conversation: ConversationId, rev: Rev, id: ChangeId) -> Self {
        Self { conversation, seq: Seq::ZERO, rev: Some(rev), id }
    }
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Synced {
    /// Your conversations, as `listConversations` answers them; left out if the digests were equal and
    /// nothing diverged. Pages have an order of their own, so that a message that is written meanwhile
    /// moves no conversation from one page to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversations: Option<Vec<Conversation>>,
    /// There are more of them. Whoever asked for pages asks again, with the last of these as `after`; a page has about
    /// 128 KiB at most. Whoever did not goes on with `listConversations`, with the last of these as `after`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Conversations whose history is not the one that you hold messages of, because a backup was
    /// restored, or that are not yours any more. Drop what was loaded of them, and load it anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diverged: Vec<ConversationId>,
}

/// How a conversation stands, for a [`HeadsDigest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Its newest message; `None` if nobody has written yet.
    pub last: Option<(Seq, MessageId)>,
    /// How far the person has read.
    pub read_up_to: Seq,
    /// How often they marked something as unread.
    pub mark: u64,
    /// How many members a group has; 0 for a private conversation.
    pub members: u64,
    /// Whether it is muted.
    pub muted: bool,
    /// How many messages are unread.
    pub unread: u64,
    /// How many of these mention the person.
    pub unread_mentions: u64,
    /// Its last change.
    pub change: Option<(Rev, ChangeId)>,
    /// The person's role in a group; the default in a private conversation.
    pub role: Role,
}

impl From<&Conversation> for Head {
    fn from(conversation: &Conversation) -> Self {
        Self {
            conversation: conversation.id(),
            last: conversation.last_message.as_ref().map(|message| (message.seq, message.id)),
            read_up_to: conversation.read_up_to,
            mark: conversation.mark,
            members: match &conversation.with {
                Peer::User(_) => 0,
                Peer::Group(group) => group.member_count,
            },
            muted: conversation.muted,
            unread: conversation.unread,
            unread_mentions: conversation.unread_mentions,
            change: conversation.last_change(),
            role: conversation.role,
        }
    }
}

/// A digest of how all of somebody's conversations stand, whatever their order: 16 hexadecimal
/// digits on the wire.
///
/// It is the sum modulo 2⁶⁴ of a 64-bit hash of each [`Head`]. Two different states have the same
/// digest with a chance of one in 2⁶⁴; then the client sees the change together with the next one. It
/// is no signature: it only tells two honest ends whether they know the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeadsDigest(u64);

impl HeadsDigest {
    /// For [`Synchronise::state`].
    pub fn of_state(heads: impl IntoIterator<Item = Head>) -> Self {
        Self::sum(heads, |head| {
            let (rev, change) = head.change.map_or((0, [0; 16]), |(rev, id)| (rev.0, id.into_bytes()));
            let words = halves(change).into_iter().chain([rev, head.unread]);
            // Without an unread mention, the digest is the one that it was before mentions existed.
            let words = words.chain((head.unread_mentions > 0).then_some(head.unread_mentions));
            // The same holds for what was marked as unread. Inverted, it is never taken for such a number.
            let words = words.chain((head.mark > 0).then_some(!head.mark));
            words.fold(hash(head), |hash, word| mix(hash ^ word))
        })
    }

    /// For [`Synchronise::roles`]. Whoever makes a group is its owner, so most people have a role other than the
    /// default somewhere. In the digest of the state it would make programs from before there were roles load
    /// everything each time.
    pub fn of_roles(heads: impl IntoIterator<Item = Head>) -> Self {
        let special = heads.into_iter().filter(|head| !head.role.is_member());
        Self::sum(special, |head| {
            let role = match head.role {
                Role::Member => 0,
                Role::Admin => 1,
                Role::Owner => 2,
            };
            let words = identity(head.conversation).into_iter().chain([role]);
            words.fold(0, |hash, word| mix(hash ^ word))
        })
    }

    /// For [`Synchronise::heads`].
    pub fn of_heads(heads: impl IntoIterator<Item = Head>) -> Self {
        Self::sum(heads, hash)
    }

    fn sum(heads: impl IntoIterator<Item = Head>, hash: impl Fn(&Head) -> u64) -> Self {
        Self(heads.into_iter().fold(0, |sum, head| sum.wrapping_add(hash(&head))))
    }
}

fn hash(head: &Head) -> u64 {
    // A conversation that is not muted has the digest that it had before muting existed.
    let [kind, high, low] = identity(head.conversation);
    let kind = if head.muted { kind + 2 } else { kind };
    let (seq, last) = head.last.map_or((0, [0; 16]), |(seq, id)| (seq.0, id.into_bytes()));
    [[high, low], halves(last), [seq, head.read_up_to.0], [head.members, kind]]
        .into_iter()
        .flatten()
        .fold(0, |hash, word| mix(hash ^ word))
}

/// Whether it is a person's or a group's, and its id.
fn identity(conversation: ConversationId) -> [u64; 3] {
    let (kind, id) = match conversation {
        ConversationId::User(user) => (1, user.into_bytes()),
        ConversationId::Group(group) => (2, group.into_bytes()),
    };
    let [high, low] = halves(id);
    [kind, high, low]
}

fn halves(bytes: [u8; 16]) -> [u64; 2] {
    let both = u128::from_be_bytes(bytes);
    [(both >> 64) as u64, both as u64]
}

/// One step of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators):
/// every bit of the input changes half of the output's.
fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl fmt::Display for HeadsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for HeadsDigest {
    type Err = Coded;

    fn from_str(text: &str) -> Result<Self, Coded> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u64::from_str_radix(text, 16) {
            Ok(sum) if digits => Ok(Self(sum)),
            _ => Err(Coded(ErrorCode::InvalidPayload, "A digest has 16 hexadecimal digits.")),
        }
    }
}

impl Serialize for HeadsDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for HeadsDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for HeadsDigest {
    fn schema_name() -> Cow<'static, str> {
        "HeadsDigest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A digest of how all of one's conversations stand: 16 hexadecimal digits. How it is made is in protocol/src/sync.rs."
        })
    }
}

/// Asks who is online now. `onlineUsers` tells that at the start of a connection anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListOnline {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{GroupId, UserId};

    fn head(conversation: ConversationId) -> Head {
        let last = Some((Seq(7), MessageId::from_bytes([7; 16])));
        let change = Some((Rev(9), ChangeId::from_bytes([9; 16])));
        Head {
            conversation,
            last,
            read_up_to: Seq(3),
            mark: 0,
            members: 0,
            muted: false,
            unread: 4,
            unread_mentions: 0,
            change,
            role: Role::Member,
        }
    }

    const BEN: ConversationId = ConversationId::User(UserId::from_bytes([2; 16]));
    const LUNCH: ConversationId = ConversationId::Group(GroupId::from_bytes([2; 16]));

    fn digest(heads: &[Head]) -> HeadsDigest {
        HeadsDigest::of_heads(heads.iter().copied())
    }

    fn of_state(heads: &[Head]) -> HeadsDigest {
        HeadsDigest::of_state(heads.iter().copied())
    }

    #[test]
    fn a_digest_does_not_depend_on_the_order() {
        assert_eq!(digest(&[head(BEN), head(LUNCH)]), digest(&[head(LUNCH), head(BEN)]));
    }

    #[test]
    fn the_digest_of_the_state_also_covers_changes_and_what_is_unread() {
        let one = head(BEN);
        let others = [
            Head { muted: true, ..one },
            Head { unread: 5, ..one },
            Head { unread_mentions: 1, ..one },
            Head { unread_mentions: 2, ..one },
            Head { mark: 1, ..one },
            Head { change: None, ..one },
            Head { change: Some((Rev(10), ChangeId::from_bytes([9; 16]))), ..one },
            Head { change: Some((Rev(9), ChangeId::from_bytes([8; 16]))), ..one },
            one,
        ];
        let mut digests: Vec<String> = others.iter().map(|other| of_state(&[*other]).to_string()).collect();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), others.len());
        assert_eq!(digest(&[one]), digest(&[others[5]]), "programs of before do not know changes");
        assert_eq!(of_state(&[one]).to_string(), "b6a6171d97da4b4c");
        assert_eq!(of_state(&[others[3]]).to_string(), "c6796d4eb95ca42a");
    }

    #[test]
    fn whatever_differs_makes_another_digest() {
        let one = head(BEN);
        let others = [
            Head { conversation: LUNCH, ..one },
            Head { last: None, ..one },
            Head { last: Some((Seq(8), MessageId::from_bytes([7; 16]))), ..one },
            Head { last: Some((Seq(7), MessageId::from_bytes([8; 16]))), ..one },
            Head { read_up_to: Seq(4), ..one },
            Head { members: 1, ..one },
            Head { muted: true, ..one },
        ];
        let mut digests: Vec<String> = others.iter().map(|other| digest(&[*other]).to_string()).collect();
        digests.extend([digest(&[]), digest(&[one]), digest(&[one, one])].map(|one| one.to_string()));
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }

    #[test]
    fn roles_have_a_digest_of_their_own_in_which_members_do_not_count() {
        let one = head(LUNCH);
        let [admin, owner] = [Role::Admin, Role::Owner].map(|role| Head { role, ..one });
        let of_roles = |heads: &[Head]| HeadsDigest::of_roles(heads.iter().copied()).to_string();
        assert_eq!(of_roles(&[one, head(BEN)]), of_roles(&[]));
        assert_ne!(of_roles(&[admin]), of_roles(&[one]));
        assert_ne!(of_roles(&[owner]), of_roles(&[admin]));
        let elsewhere = Head { conversation: ConversationId::Group(GroupId::from_bytes([3; 16])), ..admin };
        assert_ne!(of_roles(&[elsewhere, one]), of_roles(&[admin]));
        assert_eq!(of_state(&[owner]), of_state(&[one]), "programs of before do not know roles");
        assert_eq!(of_roles(&[]), "0000000000000000");
        assert_eq!(of_roles(&[owner]), "28e83d0de6e03f1c");
    }

    /// Clients in other languages compute it, too: it must never change silently.
    #[test]
    fn a_digest_is_16_digits_and_stays_what_it_is() {
        assert_eq!(digest(&[]).to_string(), "0000000000000000");
        let one = digest(&[head(BEN)]);
        assert_eq!(one.to_string(), "3f2c4beb4ba8e073");
        assert_eq!(one.to_string().parse(), Ok(one));
        for wrong in ["", "f", "+00000000000000f", "000000000000000g", "00000000000000000"] {
            assert!(wrong.parse::<HeadsDigest>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_answer_without_news_is_tiny() {
        let nothing = Synced::default();
        assert_eq!(serde_json::to_string(&nothing).unwrap(), "{}");
        assert_eq!(serde_json::from_str::<Synced>("{}").unwrap(), nothing);
    }
}
