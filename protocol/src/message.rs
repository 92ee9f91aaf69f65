//! Messages: sending one, receiving one.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{
    id::{ConversationId, GroupId, MessageId, UserId},
    number::{Seq, Timestamp},
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
    /// The text.
    pub content: MessageText,
    /// Its place in the conversation; both people of a private conversation see the same.
    pub seq: Seq,
    /// When the server accepted it.
    pub created_at: Timestamp,
}

impl Message {
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
            created_at: Timestamp,
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
            created_at: fields.created_at,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "0192e4a0-7b3c-7000-8000-00000000000a";
    const BEN: &str = "0192e4a0-7b3c-7000-8000-00000000000b";

    fn message(extra: &str) -> String {
        format!(
            r#"{{"id":"0192e4a0-7b3c-7000-8000-0000000000f1","senderId":"{ANN}",{extra},"content":"Hello","seq":1,"createdAt":1763800000000}}"#
        )
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
