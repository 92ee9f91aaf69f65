//! Every event of the chat, once.
//!
//! A row says: documentation, wire name, payload, ack (for what clients send), example. The compiler
//! derives the rest from it: the traits that make [`Call`](crate::Call) and [`Handle`](crate::Handle)
//! fit, one exhaustive enum for each direction, the documents of [`crate::documents`] and the
//! fingerprint. How to add a row is in ARCHITECTURE.md.

use typed_socketio::{DataOrError, events};

use crate::{
    ErrorEvent,
    change::*,
    conversation::*,
    error::ErrorBody,
    group::*,
    id::UserId,
    message::*,
    presence::*,
    reaction::*,
    receipt::*,
    role::*,
    search::*,
    session::*,
    sync::*,
    typing::*,
    user::*,
    version::{FINGERPRINT, VERSION},
};

events! {
    /// The protocol of Parlance.
    pub catalogue Chat {
        error: ErrorBody,
        ack: DataOrError,
        version: VERSION,
        fingerprint: FINGERPRINT,
    }

    /// What a client may send.
    client ClientEvent {
        /// Sends a message to one person, who receives `privateMessage` on every device; the
        /// sender's devices receive `messageSent`.
        "privateMessage" => SendPrivateMessage -> Message,
            { "recipientId": "0192e4a0-7b3c-7000-8000-00000000000b", "content": "Hello, this is a private message!" };

        /// Makes a group. You are its first member and its owner; your other devices receive `joinedGroup`. Sent
        /// again with the same `clientId`, it answers the same group.
        "createGroup" => CreateGroup -> Group,
            { "name": "Lunch", "visibility": "public" };

        /// Joins a group, until you leave it. Your devices receive `joinedGroup`, the other members
        /// `userJoinedGroup`. Joining again is answered the same and announces nothing.
        "joinGroup" => JoinGroup -> Group,
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa" };

        /// Leaves a group. Your devices receive `leftGroup`, the other members `userLeftGroup`. If you are its
        /// owner, another member becomes the owner, and the members receive `roleChanged`.
        "leaveGroup" => LeaveGroup -> LeftGroup,
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa" };

        /// Adds people to a group that you are a member of. Their devices receive `joinedGroup`, the
        /// other members `userJoinedGroup`, once for each person.
        "addMembers" => AddMembers -> Group,
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa", "userIds": ["0192e4a0-7b3c-7000-8000-00000000000b"] };

        /// Gives a member of a group another role, as its owner. Everybody in the group receives `roleChanged`,
        /// once for each person whose role changed.
        "setRole" => SetRole -> (),
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa", "userId": "0192e4a0-7b3c-7000-8000-00000000000b",
              "role": "admin" };

        /// Removes somebody from a group: as its owner anybody else, as an admin a member who is neither. Their
        /// devices receive `leftGroup`, the other members `userLeftGroup`.
        "removeMember" => RemoveMember -> (),
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa", "userId": "0192e4a0-7b3c-7000-8000-00000000000b" };

        /// Removes somebody from a group, as `removeMember` does, and keeps them out: they can neither join nor
        /// be added. People who are not in the group can be banned from it, too.
        "banMember" => BanMember -> (),
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa", "userId": "0192e4a0-7b3c-7000-8000-00000000000b" };

        /// Lets somebody join again who was banned, as the group's owner or an admin. They are not told.
        "unbanMember" => UnbanMember -> (),
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa", "userId": "0192e4a0-7b3c-7000-8000-00000000000b" };

        /// Asks who is banned from a group, as its owner or an admin.
        "listBanned" => ListBanned -> Vec<BannedUser>,
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa" };

        /// Sends a message to a group that you are a member of. Every device of every member, yours
        /// included, receives `groupMessage`.
        "groupMessage" => SendGroupMessage -> Message,
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa", "content": "Hello everyone in the group!" };

        /// Corrects the text of a message of yours. Everybody in the conversation receives
        /// `messageChanged`. If the text is the same, nothing changes.
        "editMessage" => EditMessage -> Message,
            { "messageId": "0192e4a0-7b3c-7000-8000-0000000000f1", "content": "Hello, this is a corrected message!" };

        /// Deletes a message of yours, or anybody's in a group whose owner or admin you are. Everybody in the
        /// conversation receives `messageChanged`, with an empty text.
        "deleteMessage" => DeleteMessage -> Message,
            { "messageId": "0192e4a0-7b3c-7000-8000-0000000000f1" };

        /// Puts an emoji on a message. Everybody in the conversation receives `messageChanged`.
        "addReaction" => AddReaction -> Message,
            { "messageId": "0192e4a0-7b3c-7000-8000-0000000000f1", "emoji": "👍" };

        /// Takes your emoji off a message again. Everybody in the conversation receives `messageChanged`.
        "removeReaction" => RemoveReaction -> Message,
            { "messageId": "0192e4a0-7b3c-7000-8000-0000000000f1", "emoji": "👍" };

        /// Pins a message for everybody in the conversation, who receive `messageChanged`.
        "pinMessage" => PinMessage -> Message,
            { "messageId": "0192e4a0-7b3c-7000-8000-0000000000f1" };

        /// Unpins a message. Everybody in the conversation receives `messageChanged`.
        "unpinMessage" => UnpinMessage -> Message,
            { "messageId": "0192e4a0-7b3c-7000-8000-0000000000f1" };

        /// Asks for the pinned messages of a conversation, those pinned last first, in pages. The last page is
        /// the one that is empty.
        "listPins" => ListPins -> Vec<Message>,
            { "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" } };

        /// Asks for the former texts of a message that was corrected, the oldest first, in pages. The last page
        /// is the one that is empty.
        "listEdits" => ListEdits -> Vec<FormerText>,
            { "messageId": "0192e4a0-7b3c-7000-8000-0000000000f1" };

        /// Asks for one message.
        "getMessage" => GetMessage -> Message,
            { "messageId": "0192e4a0-7b3c-7000-8000-0000000000f1" };

        /// Searches people by a part of their name.
        "findUsers" => FindUsers -> Vec<User>,
            { "query": "an" };

        /// Asks who these ids are.
        "getUsers" => GetUsers -> Vec<User>,
            { "userIds": ["0192e4a0-7b3c-7000-8000-00000000000a"] };

        /// Searches the public groups by a part of their name.
        "findGroups" => FindGroups -> Vec<Group>,
            { "query": "lun" };

        /// Asks for the groups that you are a member of.
        "listGroups" => ListGroups -> Vec<Group>,
            {};

        /// Asks for the groups that you share with somebody.
        "listSharedGroups" => ListSharedGroups -> Vec<Group>,
            { "userId": "0192e4a0-7b3c-7000-8000-00000000000b" };

        /// Looks at one group before joining it.
        "getGroup" => GetGroup -> Group,
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa" };

        /// Asks for the members of a group that you are a member of, and their roles.
        "listMembers" => ListMembers -> Vec<Member>,
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa" };

        /// Asks for your conversations with their last messages and unread counts, newest first, in pages. The
        /// last page is the one that is empty.
        "listConversations" => ListConversations -> Vec<Conversation>,
            {};

        /// Asks what changed in your conversations since you last knew them, and whether the messages
        /// that you hold still exist. Send it after each reconnect. If the digest is equal and nothing
        /// diverged, the answer is `{}`.
        "sync" => Synchronise -> Synced,
            { "state": "16d8f0a35b7c9e24",
              "known": [{ "conversation": { "group": "0192e4a0-7b3c-7000-8000-0000000000aa" }, "seq": 0,
                          "rev": 53, "id": "0192e4a0-7b3c-7000-8000-0000000000f1" }] };

        /// Asks which messages of a conversation are new or were changed after a revision of it. Ask when
        /// the `rev` of what you receive is not the next one after the last that you know.
        "fetchChanges" => FetchChanges -> ChangesPage,
            { "conversation": { "group": "0192e4a0-7b3c-7000-8000-0000000000aa" }, "since": 53 };

        /// Asks for a page of a conversation's messages, before, after or around a place in it, or at a time.
        "fetchHistory" => FetchHistory -> HistoryPage,
            { "conversation": { "group": "0192e4a0-7b3c-7000-8000-0000000000aa" }, "before": 51, "limit": 50 };

        /// Says how far you have read. Your other devices receive `readUpTo`, the others in the conversation
        /// `receiptChanged` or `receiptsChanged`, unless it is a group with more than 100 members.
        "markRead" => MarkRead -> ReadUpTo,
            { "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" }, "seq": 7 };

        /// Marks a message, and all that came after it, as unread. Your other devices receive `readUpTo`.
        "markUnread" => MarkUnread -> ReadUpTo,
            { "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" }, "seq": 5 };

        /// Mutes a conversation, or no longer does. Your other devices receive `conversationMuted`.
        "muteConversation" => MuteConversation -> ConversationMuted,
            { "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" }, "muted": true };

        /// Says how far messages have reached a device of yours, if that is further than you have read. In a
        /// private conversation the other person receives `receiptChanged`.
        "markDelivered" => MarkDelivered -> (),
            { "conversations": [{ "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" }, "seq": 7 }] };

        /// Asks how far the messages of a conversation have reached the others in it, and how far these have
        /// read: ask when you open it, and after each reconnect. A group with more than 100 members is
        /// refused.
        "listReceipts" => ListReceipts -> Vec<Receipt>,
            { "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" } };

        /// Says that you are typing. The others in the conversation receive `userTyping`, unless they have
        /// not read yet what they were told before. Nothing is kept. Sent again within 2 seconds over the
        /// same connection, and in a group with more than 100 members, it tells nobody.
        "typing" => Typing -> (),
            { "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" } };

        /// Asks who is online now, you included.
        "listOnline" => ListOnline -> Vec<UserId>,
            {};

        /// Asks to be told of the presence of these people only, at most 500: those on your screen.
        /// They come and go in `userOnline`, `userOffline` and `presenceChanged`. The answer says which
        /// of them are online.
        "watchPresence" => WatchPresence -> Vec<UserId>,
            { "userIds": ["0192e4a0-7b3c-7000-8000-00000000000b"] };

        /// Asks when somebody was online last.
        "lastSeen" => LastSeen -> LastSeenAt,
            { "userId": "0192e4a0-7b3c-7000-8000-00000000000b" };

        /// Asks for a new token of the same session, so that a connection outlives its token.
        "renewToken" => RenewToken -> RenewedToken,
            {};

        /// Searches the messages of your conversations, newest first: words, a `"quoted phrase"`,
        /// `from:name`, `in:name`, `before:2026-01-31`, `after:2026-01-31`, `has:link`.
        "searchMessages" => SearchMessages -> FoundMessages,
            { "query": "biscuits", "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" } };
    }

    /// What the server sends.
    server ServerEvent {
        /// Somebody sent you a private message.
        "privateMessage" => PrivateMessage(Message),
            { "id": "0192e4a0-7b3c-7000-8000-0000000000f1", "clientId": "7f9c24e5-1d2b-4f6a-9d3e-5b8a7c6d4e2f",
              "senderId": "0192e4a0-7b3c-7000-8000-00000000000a", "recipientId": "0192e4a0-7b3c-7000-8000-00000000000b",
              "content": "Hello, this is a private message!", "seq": 1, "rev": 1, "createdAt": 1_763_800_000_000_i64 };

        /// Your own private message was accepted, from this device or another.
        "messageSent" => MessageSent(Message),
            { "id": "0192e4a0-7b3c-7000-8000-0000000000f1",
              "senderId": "0192e4a0-7b3c-7000-8000-00000000000a", "recipientId": "0192e4a0-7b3c-7000-8000-00000000000b",
              "content": "Hello, this is a private message!", "seq": 1, "rev": 1, "createdAt": 1_763_800_000_000_i64 };

        /// Somebody, perhaps you, wrote to a group.
        "groupMessage" => GroupMessage(Message),
            { "id": "0192e4a0-7b3c-7000-8000-0000000000f2",
              "senderId": "0192e4a0-7b3c-7000-8000-00000000000a", "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa",
              "content": "Hello everyone in the group!", "seq": 1, "rev": 1, "createdAt": 1_763_800_000_000_i64 };

        /// A message was corrected, deleted or pinned, or somebody reacted to it: its whole new state.
        /// Take it if its `rev` is greater than that of what you have.
        "messageChanged" => MessageChanged(Message),
            { "id": "0192e4a0-7b3c-7000-8000-0000000000f2",
              "senderId": "0192e4a0-7b3c-7000-8000-00000000000a", "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa",
              "content": "Hello everybody in the group!", "seq": 1, "rev": 3,
              "changeId": "0192e4a0-7b3c-7000-8000-0000000000e3",
              "createdAt": 1_763_800_000_000_i64, "editedAt": 1_763_800_060_000_i64,
              "reactions": [{ "emoji": "👍", "userIds": ["0192e4a0-7b3c-7000-8000-00000000000b"] }] };

        /// You joined a group, on this device or another.
        "joinedGroup" => JoinedGroup(JoinedGroup),
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa", "name": "Lunch" };

        /// You left a group, on this device or another, or somebody removed you.
        "leftGroup" => LeftGroup(LeftGroup),
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa", "name": "Lunch" };

        /// Somebody joined a group that you are a member of.
        "userJoinedGroup" => UserJoinedGroup(UserJoinedGroup),
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa",
              "user": { "id": "0192e4a0-7b3c-7000-8000-00000000000b", "username": "ben" } };

        /// Somebody left a group that you are a member of, or was removed.
        "userLeftGroup" => UserLeftGroup(UserLeftGroup),
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa", "userId": "0192e4a0-7b3c-7000-8000-00000000000b" };

        /// Somebody, perhaps you, has another role in a group that you are a member of.
        "roleChanged" => RoleChanged(RoleChanged),
            { "groupId": "0192e4a0-7b3c-7000-8000-0000000000aa", "userId": "0192e4a0-7b3c-7000-8000-00000000000b",
              "role": "admin" };

        /// Who is online, you included; if you watch people, only those of them. Sent at the start of a
        /// connection. A client that shows no version also gets it later, instead of many `userOnline`
        /// and `userOffline`.
        "onlineUsers" => OnlineUsers(Vec<UserId>),
            ["0192e4a0-7b3c-7000-8000-00000000000a", "0192e4a0-7b3c-7000-8000-00000000000b"];

        /// Somebody came online: their first device connected.
        "userOnline" => UserOnline(UserId),
            "0192e4a0-7b3c-7000-8000-00000000000b";

        /// Somebody went offline: their last device was gone for a short grace time.
        "userOffline" => UserOffline(UserId),
            "0192e4a0-7b3c-7000-8000-00000000000b";

        /// Several people came and went at once. A client that shows its version gets this instead of
        /// many `userOnline` and `userOffline`.
        "presenceChanged" => PresenceChanged(PresenceChanged),
            { "online": ["0192e4a0-7b3c-7000-8000-00000000000a"], "offline": ["0192e4a0-7b3c-7000-8000-00000000000b"] };

        /// You read further, or marked something as unread, on another device.
        "readUpTo" => ReadUpTo(ReadUpTo),
            { "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" }, "seq": 7, "unread": 2, "rev": 9 };

        /// You muted a conversation, or no longer do, on another device.
        "conversationMuted" => ConversationMuted(ConversationMuted),
            { "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" }, "muted": true };

        /// Somebody is typing. It ends by itself after 6 seconds, and with a message of theirs.
        "userTyping" => UserTyping(UserTyping),
            { "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" },
              "userId": "0192e4a0-7b3c-7000-8000-00000000000b" };

        /// More messages have reached somebody, or they have read further: in a private conversation, and
        /// what they have read also in a group with at most 100 members. A message of theirs says the same:
        /// who writes has read what is above. You are left out if you have not read yet what you were told
        /// before; `listReceipts` says what you missed.
        "receiptChanged" => ReceiptChanged(ReceiptChanged),
            { "conversation": { "user": "0192e4a0-7b3c-7000-8000-00000000000b" },
              "userId": "0192e4a0-7b3c-7000-8000-00000000000b", "deliveredUpTo": 8, "readUpTo": 7 };

        /// The same of several people at once: what comes within 200 milliseconds after one of these events about
        /// a conversation is collected and told in one. A client that shows no version, or one before 1.2, gets
        /// `receiptChanged` for each instead.
        "receiptsChanged" => ReceiptsChanged(ReceiptsChanged),
            { "conversation": { "group": "0192e4a0-7b3c-7000-8000-0000000000aa" },
              "receipts": [{ "userId": "0192e4a0-7b3c-7000-8000-00000000000b", "deliveredUpTo": 8, "readUpTo": 8 },
                           { "userId": "0192e4a0-7b3c-7000-8000-00000000000c", "deliveredUpTo": 8, "readUpTo": 7,
                             "joinedAfter": 3 }] };

        /// You may not have been told everything, because the server could not hear other servers for a
        /// moment. Ask what changed, with `sync`.
        "eventsMissed" => EventsMissed(EventsMissed),
            {};

        /// An event that asked for no ack was refused.
        "error" => Error(ErrorEvent),
            { "code": "notAMember", "message": "You are not a member of this group.", "event": "groupMessage" };
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use typed_socketio::{Catalogue as _, EventEnum as _};

    use super::*;
    use crate::{ErrorCode, Seq};

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn refused(name: &str, json: &str) -> ErrorBody {
        ClientEvent::decode(name, &raw(json)).unwrap_err().into()
    }

    #[test]
    fn every_example_is_a_payload_and_comes_back_the_same() {
        for event in Chat::events() {
            let example = (event.example)();
            let back = (event.round_trip)(&raw(&example.to_string())).unwrap();
            let back: serde_json::Value = serde_json::from_str(back.get()).unwrap();
            assert_eq!(back, example, "{}", event.name);
        }
    }

    #[test]
    fn a_missing_payload_is_an_empty_object() {
        for json in ["null", "{}"] {
            assert!(ClientEvent::decode("listGroups", &raw(json)).is_ok());
        }
    }

    #[test]
    fn a_payload_that_is_no_object_is_refused() {
        for json in ["7", "\"x\"", "[]", r#"["0192e4a0-7b3c-7000-8000-00000000000b","hi"]"#, "true"] {
            let body = refused("privateMessage", json);
            assert_eq!(body.code, ErrorCode::InvalidPayload);
            assert_eq!(body.message, "The payload of `privateMessage` must be an object.");
        }
    }

    #[test]
    fn a_refusal_names_the_field_and_the_reason() {
        let id = "0192e4a0-7b3c-7000-8000-00000000000b";
        let cases = [
            (
                format!(r#"{{"recipientId":"{id}"}}"#),
                ErrorCode::InvalidPayload,
                "content",
                "The field `content` is missing.",
            ),
            (
                format!(r#"{{"recipientId":"{id}","content":7}}"#),
                ErrorCode::InvalidPayload,
                "content",
                "The field `content` cannot be read: invalid type: integer `7`, expected a string.",
            ),
            (
                format!(r#"{{"recipientId":"{id}","content":""}}"#),
                ErrorCode::TextTooShort,
                "content",
                "A message must have at least 1 character.",
            ),
            (
                format!(r#"{{"recipientId":"{id}","content":"{}"}}"#, "x".repeat(4001)),
                ErrorCode::TextTooLong,
                "content",
                "A message must have at most 4000 characters; this one has 4001.",
            ),
            (
                r#"{"recipientId":"nobody","content":"hi"}"#.to_owned(),
                ErrorCode::UnknownUser,
                "recipientId",
                "There is no such person.",
            ),
        ];
        for (json, code, field, message) in cases {
            let body = refused("privateMessage", &json);
            assert_eq!(
                (body.code, body.field.as_deref(), body.message.as_str()),
                (code, Some(field), message)
            );
        }
    }

    #[test]
    fn a_conversation_that_is_none_is_refused_with_what_is_expected() {
        let id = "0192e4a0-7b3c-7000-8000-00000000000b";
        let expected = r#"either { "user": id } or { "group": id }"#;
        let whole = format!("A conversation is {expected}.");
        let unread = |what: &str| format!("The field `conversation` cannot be read: {what}.");
        let (invalid, unknown) = (ErrorCode::InvalidPayload, ErrorCode::UnknownUser);
        let no_person = || "There is no such person.".to_owned();
        for (json, code, field, message) in [
            ("{}".to_owned(), invalid, "conversation", whole.clone()),
            (format!(r#"{{"user":"{id}","group":"{id}"}}"#), invalid, "conversation", whole.clone()),
            (format!(r#"{{"user":"{id}","user":"{id}"}}"#), invalid, "conversation", whole),
            (
                format!(r#""{id}""#),
                invalid,
                "conversation",
                unread(&format!("invalid type: string \"{id}\", expected {expected}")),
            ),
            (
                format!(r#"["{id}"]"#),
                invalid,
                "conversation",
                unread(&format!("invalid type: sequence, expected {expected}")),
            ),
            (
                "null".to_owned(),
                invalid,
                "conversation",
                unread(&format!("invalid type: null, expected {expected}")),
            ),
            (r#"{"user":"ben"}"#.to_owned(), unknown, "conversation.user", no_person()),
        ] {
            let body = refused("listPins", &format!(r#"{{"conversation":{json}}}"#));
            assert_eq!(
                (body.code, body.field.as_deref(), body.message),
                (code, Some(field), message),
                "{json}"
            );
        }
        let body = refused("listPins", &format!(r#"{{"conversation":{{"groupId":"{id}"}}}}"#));
        assert!(body.message.contains("expected `user` or `group`"), "{}", body.message);
    }

    #[test]
    fn an_unknown_event_is_refused_by_name() {
        let body = refused("userOnline", "{}");
        assert_eq!(
            (body.code, body.message.as_str()),
            (ErrorCode::UnknownEvent, "There is no event `userOnline`.")
        );
    }

    #[test]
    fn optional_fields_may_be_left_out() {
        let json = r#"{"conversation":{"group":"0192e4a0-7b3c-7000-8000-0000000000aa"},"after":3}"#;
        let Ok(ClientEvent::FetchHistory(fetch)) = ClientEvent::decode("fetchHistory", &raw(json)) else {
            panic!("not read")
        };
        assert_eq!((fetch.before, fetch.after, fetch.limit), (None, Some(Seq(3)), None));
    }
}
