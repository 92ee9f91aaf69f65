//! Messages: sending one, receiving one, correcting, deleting and pinning it.

mod excerpt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

pub use self::excerpt::{beginning, excerpt, shortened};
use crate::{
    id::{ChangeId, ConversationId, GroupId, MessageId, UserId},
    number::{Rev, Seq, Timestamp},
    reaction::Reaction,
    text::{ClientId, MessageText, stored, stored_option},
};

/// A message as the server keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The id that its sender gave it, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Who wrote it.
    pub sender_id: UserId,
    /// Whom it is for: `recipientId` of a private message, `groupId` of a group's.
    #[serde(flatten)]
    pub recipient: Recipient,
    /// The text; empty if it was deleted.
    #[schemars(with = "String")]
    pub content: MessageText,
    /// Its place in the conversation; both people of a private conversation see the same.
    pub seq: Seq,
    /// The revision that its last change made of the conversation.
    pub rev: Rev,
    /// Identifies its last change; left out if that was its sending, which its own id identifies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_id: Option<ChangeId>,
    /// When the server accepted it.
    pub created_at: Timestamp,
    /// When its text was corrected last; left out if it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted; left out if it was not. A deleted message keeps its place, and is never
    /// changed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it, if that was not the person who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
    /// When it was pinned; left out if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
    /// The message that it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    /// Who reacted to it, in the order in which each emoji came first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Who is mentioned in it by an `@` and their name, in that order. They are in the conversation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// Whether everybody in the group is mentioned, by `@all`; left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentions_all: bool,
}

/// A message that another one replies to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// Its id. It is in the same conversation.
    pub message_id: MessageId,
    /// Its place there.
    pub seq: Seq,
    /// Who wrote it.
    pub sender_id: UserId,
    /// The beginning of its present text, on one line, as [`excerpt`] makes it; empty if it was
    /// deleted. If the message changes, this changes with it, without a change of the one that replies.
    pub excerpt: String,
}

impl Message {
    /// A message to which nothing has happened since it was sent, in a conversation in which nothing was
    /// changed: its revision is its place. It mentions nobody.
    #[must_use]
    pub fn new(
        id: MessageId,
        sender_id: UserId,
        recipient: Recipient,
        seq: Seq,
        content: MessageText,
    ) -> Self {
        Self {
            id,
            client_id: None,
            sender_id,
            recipient,
            content,
            seq,
            rev: Rev(seq.0),
            change_id: None,
            created_at: Timestamp(0),
            edited_at: None,
            deleted_at: None,
            deleted_by: None,
            pinned_at: None,
            reply_to: None,
            reactions: Vec::new(),
            mentions: Vec::new(),
            mentions_all: false,
        }
    }

    /// The id of its last change.
    #[must_use]
    pub fn last_change(&self) -> ChangeId {
        self.change_id.unwrap_or_else(|| self.id.into())
    }

    /// Its place among the pinned messages; `None` if it is not pinned.
    #[must_use]
    pub fn pin_place(&self) -> Option<PinPlace> {
        self.pinned_at.map(|pinned_at| PinPlace { pinned_at, seq: self.seq })
    }

    /// Whether it was deleted.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// Whether somebody else mentions this person, by name or together with everybody.
    #[must_use]
    pub fn mentions(&self, me: UserId) -> bool {
        self.sender_id != me && (self.mentions_all || self.mentions.contains(&me))
    }

    /// The conversation that this message is in, as `me` sees it.
    #[must_use]
    pub fn conversation(&self, me: UserId) -> ConversationId {
        match self.recipient {
            Recipient::Group(group) => ConversationId::Group(group),
            Recipient::User(recipient) if self.sender_id == me => ConversationId::User(recipient),
            Recipient::User(_) => ConversationId::User(self.sender_id),
        }
    }
}

/// Written by hand: a derived implementation would buffer every message to find out whom it is for.
impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields {
            id: MessageId,
            #[serde(default, deserialize_with = "stored_option")]
            client_id: Option<ClientId>,
            sender_id: UserId,
            #[serde(default)]
            recipient_id: Option<UserId>,
            #[serde(default)]
            group_id: Option<GroupId>,
            #[serde(deserialize_with = "stored")]
            content: MessageText,
            seq: Seq,
            rev: Rev,
            #[serde(default)]
            change_id: Option<ChangeId>,
            created_at: Timestamp,
            #[serde(default)]
            edited_at: Option<Timestamp>,
            #[serde(default)]
            deleted_at: Option<Timestamp>,
            #[serde(default)]
            deleted_by: Option<UserId>,
            #[serde(default)]
            pinned_at: Option<Timestamp>,
            #[serde(default)]
            reply_to: Option<Quote>,
            #[serde(default)]
            reactions: Vec<Reaction>,
            #[serde(default)]
            mentions: Vec<UserId>,
            #[serde(default)]
            mentions_all: bool,
        }
        let fields = Fields::deserialize(deserializer)?;
        let recipient = match (fields.recipient_id, fields.group_id) {
            (Some(user), None) => Recipient::User(user),
            (None, Some(group)) => Recipient::Group(group),
            _ => return Err(de::Error::custom("a message has either a recipientId or a groupId")),
        };
        Ok(Self {
            id: fields.id,
            client_id: fields.client_id,
            sender_id: fields.sender_id,
            recipient,
            content: fields.content,
            seq: fields.seq,
            rev: fields.rev,
            change_id: fields.change_id,
            created_at: fields.created_at,
            edited_at: fields.edited_at,
            deleted_at: fields.deleted_at,
            deleted_by: fields.deleted_by,
            pinned_at: fields.pinned_at,
            reply_to: fields.reply_to,
            reactions: fields.reactions,
            mentions: fields.mentions,
            mentions_all: fields.mentions_all,
        })
    }
}

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Recipient {
    /// One person.
    #[serde(rename = "recipientId")]
    User(UserId),
    /// The members of a group.
    #[serde(rename = "groupId")]
    Group(GroupId),
}

/// Sends a message to one person. You may also send one to yourself: a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendPrivateMessage {
    /// Whom it is for.
    pub recipient_id: UserId,
    /// The text.
    pub content: MessageText,
    /// Sending again with the same id returns the first message and stores no second one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The message of the same conversation that this one replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
}

impl SendPrivateMessage {
    /// A message that is no reply, and has no `clientId` yet.
    #[must_use]
    pub const fn new(recipient_id: UserId, content: MessageText) -> Self {
        Self { recipient_id, content, client_id: None, reply_to: None }
    }
}

/// Sends a message to a group that the sender is a member of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendGroupMessage {
    /// The group.
    pub group_id: GroupId,
    /// The text.
    pub content: MessageText,
    /// Sending again with the same id returns the first message and stores no second one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The message of the same conversation that this one replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
}

impl SendGroupMessage {
    /// A message that is no reply, and has no `clientId` yet.
    #[must_use]
    pub const fn new(group_id: GroupId, content: MessageText) -> Self {
        Self { group_id, content, client_id: None, reply_to: None }
    }
}

/// Corrects the text of a message of one's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditMessage {
    /// Which message.
    pub message_id: MessageId,
    /// The new text.
    pub content: MessageText,
    /// Asking again with the same id changes nothing and answers the message as it is now, even if it
    /// was changed again in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

/// Deletes a message of one's own, or, as the owner or an admin of its group, anybody's: its text, its reactions
/// and its former texts are gone for good, its place stays. Deleting again is harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeleteMessage {
    /// Which message.
    pub message_id: MessageId,
}

/// Pins a message, for everybody in the conversation. Pinning again is harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinMessage {
    /// Which message.
    pub message_id: MessageId,
}

/// Unpins a message. If it is not pinned, nothing happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnpinMessage {
    /// Which message.
    pub message_id: MessageId,
}

/// Asks for the former texts of a message, the oldest first. A page has fewer of them when they are long: ask for
/// the next one until a page is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListEdits {
    /// Which message.
    pub message_id: MessageId,
    /// How many of the oldest texts you have from the pages before; left out for the first page. Texts are only
    /// added behind the last one, so that the number means the same for every page.
    #[serde(
        default,
        deserialize_with = "crate::number::page_length",
        skip_serializing_if = "Option::is_none"
    )]
    pub after: Option<u32>,
}

impl ListEdits {
    /// The first page.
    #[must_use]
    pub const fn of(message_id: MessageId) -> Self {
        Self { message_id, after: None }
    }
}

/// A text that a message had once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FormerText {
    /// The text.
    #[serde(deserialize_with = "stored")]
    pub content: MessageText,
    /// When it was replaced.
    pub replaced_at: Timestamp,
}

/// Asks for the pinned messages of a conversation, those pinned last first. A page has fewer of them when they are
/// long: ask for the next one until a page is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListPins {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The place of the last message of the page before; left out for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<PinPlace>,
}

impl ListPins {
    /// The first page.
    #[must_use]
    pub const fn of(conversation: ConversationId) -> Self {
        Self { conversation, after: None }
    }
}

/// The place of a message among the pinned ones of its conversation: two fields of the [`Message`] as it was on the
/// page. It stays where it was when that message is unpinned meanwhile, or pinned again; what is pinned meanwhile
/// comes before the first page, and you receive `messageChanged`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinPlace {
    /// Its `pinnedAt`.
    pub pinned_at: Timestamp,
    /// Its `seq`.
    pub seq: Seq,
}

/// Asks for one message by its id: what a link to it leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GetMessage {
    /// Which message.
    pub message_id: MessageId,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "0192e4a0-7b3c-7000-8000-00000000000a";
    const BEN: &str = "0192e4a0-7b3c-7000-8000-00000000000b";

    fn message(extra: &str) -> String {
        format!(
            r#"{{"id":"0192e4a0-7b3c-7000-8000-0000000000f1","senderId":"{ANN}",{extra},"content":"Hello","seq":1,"rev":1,"createdAt":1763800000000}}"#
        )
    }

    #[test]
    fn a_deleted_message_fits_its_schema_and_an_empty_one_is_not_sent() {
        let least = |schema: schemars::Schema| {
            let schema = schema.to_value();
            let content = &schema["properties"]["content"];
            let named =
                content["$ref"].as_str().map(|path| &schema["$defs"][path.rsplit('/').next().unwrap()]);
            named.unwrap_or(content)["minLength"].as_u64().unwrap_or(0)
        };
        assert_eq!(least(schemars::schema_for!(Message)), 0);
        assert_eq!(least(schemars::schema_for!(SendPrivateMessage)), 1);
    }

    #[test]
    fn a_private_message_has_a_recipient_id_and_a_group_message_a_group_id() {
        for field in ["recipientId", "groupId"] {
            let json = message(&format!(r#""{field}":"{BEN}""#));
            let parsed: Message = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&parsed).unwrap(), json);
        }
    }

    #[test]
    fn whom_a_message_mentions_is_read_and_its_sender_is_not_mentioned() {
        let json = message(&format!(r#""groupId":"{BEN}""#));
        let parse = |extra: &str| {
            let json = json.replace('}', extra);
            let parsed: Message = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&parsed).unwrap(), json);
            parsed
        };
        let (ann, ben): (UserId, UserId) = (ANN.parse().unwrap(), BEN.parse().unwrap());
        let both = parse(&format!(r#","mentions":["{BEN}","{ANN}"]}}"#));
        assert_eq!((both.mentions(ben), both.mentions(ann)), (true, false));
        let all = parse(r#","mentionsAll":true}"#);
        assert_eq!((all.mentions(ben), all.mentions(ann)), (true, false));
        assert!(!parse("}").mentions(ben));
    }

    #[test]
    fn a_message_for_nobody_or_for_two_is_none() {
        for fields in ["\"x\":1".to_owned(), format!(r#""recipientId":"{BEN}","groupId":"{BEN}""#)] {
            assert!(serde_json::from_str::<Message>(&message(&fields)).is_err());
        }
    }

    #[test]
    fn both_people_see_a_private_message_in_the_conversation_with_the_other() {
        let message: Message = serde_json::from_str(&message(&format!(r#""recipientId":"{BEN}""#))).unwrap();
        let (ann, ben) = (ANN.parse().unwrap(), BEN.parse().unwrap());
        assert_eq!(message.conversation(ann), ConversationId::User(ben));
        assert_eq!(message.conversation(ben), ConversationId::User(ann));
    }
}
