//! Ids that cannot be mixed up: 16 bytes and `Copy` here, opaque strings on the wire.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
};
use uuid::Uuid;

use crate::error_code::{Coded, ErrorCode};

macro_rules! ids {
    ($( $(#[doc = $doc:literal])+ $name:ident unknown $code:ident $sentence:literal; )+) => { $(
        $(#[doc = $doc])+
        ///
        /// An opaque string on the wire; compare it, do not take it apart.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id made of these 16 bytes. Only the server makes ids.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The id's 16 bytes, as the store keeps them.
            #[must_use]
            pub const fn into_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        impl FromStr for $name {
            type Err = Coded;

            // A text that is no id of ours names nothing that we know, and the answer says so.
            fn from_str(text: &str) -> Result<Self, Coded> {
                Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| Coded(ErrorCode::$code, $sentence))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut buffer = Uuid::encode_buffer();
                serializer.serialize_str(self.0.hyphenated().encode_lower(&mut buffer))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "description": concat!($($doc),+) })
            }
        }
    )+ };
}

ids! {
    /// Identifies a person.
    UserId unknown UnknownUser "There is no such person.";
    /// Identifies a group. The id of a private group is also the invitation: who knows it may join.
    GroupId unknown UnknownGroup "There is no such group.";
    /// Identifies a message.
    MessageId unknown UnknownMessage "There is no such message.";
    /// Identifies a change of a message. If the change was its sending, this is the message's id.
    ChangeId unknown InvalidPayload "That is not a change's id.";
}

/// For a list of people in which those whom nobody knows are left out: whether a text has the form of an id is not the
/// client's business.
pub(crate) fn known_users<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<UserId>, D::Error> {
    Ok(known(&Vec::deserialize(deserializer)?))
}

/// The same for a list that may be left out, with `default`.
pub(crate) fn known_users_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<UserId>>, D::Error> {
    Ok(Option::<Vec<_>>::deserialize(deserializer)?.map(|texts| known(&texts)))
}

fn known(texts: &[Cow<'_, str>]) -> Vec<UserId> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

impl From<MessageId> for ChangeId {
    fn from(MessageId(id): MessageId) -> Self {
        Self(id)
    }
}

/// Identifies a conversation as one of its members sees it: the other person, or the group.
///
/// `{ "user": "…" }` or `{ "group": "…" }` on the wire. The conversation with yourself (notes) has your
/// own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConversationId {
    /// The private conversation with this person.
    User(UserId),
    /// The conversation of this group.
    Group(GroupId),
}

/// Written by hand, so that a refusal says what is expected.
impl<'de> Deserialize<'de> for ConversationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier, rename_all = "camelCase")]
        enum Side {
            User,
            Group,
        }

        struct One;

        impl<'de> Visitor<'de> for One {
            type Value = ConversationId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(r#"either { "user": id } or { "group": id }"#)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ConversationId, A::Error> {
                let refusal = || {
                    let sentence = r#"A conversation is either { "user": id } or { "group": id }."#;
                    de::Error::custom(Coded(ErrorCode::InvalidPayload, sentence))
                };
                let mut found = None;
                while let Some(side) = map.next_key()? {
                    let one = match side {
                        Side::User => ConversationId::User(map.next_value()?),
                        Side::Group => ConversationId::Group(map.next_value()?),
                    };
                    if found.replace(one).is_some() {
                        return Err(refusal());
                    }
                }
                found.ok_or_else(refusal)
            }
        }

        deserializer.deserialize_map(One)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0192e4a0-7b3c-7000-8000-000000000001";

    #[test]
    fn an_id_is_a_string_on_the_wire_and_comes_back_the_same() {
        let id: UserId = TEXT.parse().unwrap();
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{TEXT}\""));
        assert_eq!(serde_json::from_str::<UserId>(&json).unwrap(), id);
        assert_eq!(UserId::from_bytes(id.into_bytes()), id);
    }

    #[test]
    fn of_a_list_of_people_those_whom_nobody_knows_are_left_out_whatever_their_ids_look_like() {
        let id: UserId = TEXT.parse().unwrap();
        let asked = format!(r#"{{"userIds":["me","{TEXT}","\u0000"]}}"#);
        assert_eq!(serde_json::from_str::<crate::GetUsers>(&asked).unwrap().user_ids, [id]);
        assert_eq!(serde_json::from_str::<crate::WatchPresence>(&asked).unwrap().user_ids, [id]);
        let auth = |watch: &str| {
            serde_json::from_str::<crate::session::ConnectAuth>(&format!(r#"{{"token":"t"{watch}}}"#))
                .unwrap()
                .watch
        };
        assert_eq!(auth(&format!(r#","watch":["me","{TEXT}"]"#)), Some(vec![id]));
        assert_eq!(auth(r#","watch":["me"]"#), Some(vec![]), "not everybody");
        assert_eq!([auth(r#","watch":null"#), auth("")], [None, None]);
    }

    #[test]
    fn a_conversation_says_whether_it_is_a_persons_or_a_groups() {
        let id = ConversationId::Group(TEXT.parse().unwrap());
        let json = format!(r#"{{"group":"{TEXT}"}}"#);
        assert_eq!(serde_json::to_string(&id).unwrap(), json);
        assert_eq!(serde_json::from_str::<ConversationId>(&json).unwrap(), id);
    }
}
