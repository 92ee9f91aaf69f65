//! Every event of every client × what they are to the group that it names.

use protocol::{
    AddReaction, Catalogue, Chat, ClientEvent, ConversationId, CreateGroup, DeleteMessage, ErrorCode,
    EventEnum, GetMessage, Group, Handle, JoinGroup, LeaveGroup, ListMembers, Message, MessageId,
    SendGroupMessage, SendPrivateMessage, Visibility,
    event::{Direction, DispatchError},
};
use serde_json::{Value, value::RawValue};

use super::Standing;
use crate::{error::Error, session::Session, testing::TestApp};

/// What a person must be so that an event is carried out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Needs {
    /// Anybody who is logged in.
    Login,
    /// A member of the group that it names, or whose message it names.
    Membership,
    /// The same, and the author of the message.
    Authorship,
}

/// A row for each event. The match is exhaustive on purpose: a new event must be decided on here.
fn needs(event: &ClientEvent) -> Needs {
    let conversation = |conversation: &ConversationId| match conversation {
        ConversationId::User(_) => Needs::Login,
        ConversationId::Group(_) => Needs::Membership,
    };
    match event {
        ClientEvent::SendPrivateMessage(_)
        | ClientEvent::CreateGroup(_)
        | ClientEvent::JoinGroup(_)
        | ClientEvent::FindUsers(_)
        | ClientEvent::GetUsers(_)
        | ClientEvent::FindGroups(_)
        | ClientEvent::ListGroups(_)
        | ClientEvent::GetGroup(_)
        | ClientEvent::ListSharedGroups(_)
        | ClientEvent::ListConversations(_)
        | ClientEvent::Synchronise(_)
        | ClientEvent::ListOnline(_)
        | ClientEvent::WatchPresence(_)
        | ClientEvent::LastSeen(_)
        | ClientEvent::RenewToken(_) => Needs::Login,
        ClientEvent::LeaveGroup(_)
        | ClientEvent::AddMembers(_)
        | ClientEvent::SetRole(_)
        | ClientEvent::RemoveMember(_)
        | ClientEvent::BanMember(_)
        | ClientEvent::UnbanMember(_)
        | ClientEvent::ListBanned(_)
        | ClientEvent::SendGroupMessage(_)
        | ClientEvent::ListMembers(_)
        | ClientEvent::AddReaction(_)
        | ClientEvent::RemoveReaction(_)
        | ClientEvent::PinMessage(_)
        | ClientEvent::UnpinMessage(_)
        | ClientEvent::ListEdits(_)
        | ClientEvent::GetMessage(_) => Needs::Membership,
        ClientEvent::EditMessage(_) | ClientEvent::DeleteMessage(_) => Needs::Authorship,
        ClientEvent::ListPins(event) => conversation(&event.conversation),
        ClientEvent::FetchChanges(event) => conversation(&event.conversation),
        ClientEvent::FetchHistory(event) => conversation(&event.conversation),
        ClientEvent::MarkRead(event) => conversation(&event.conversation),
        ClientEvent::MarkUnread(event) => conversation(&event.conversation),
        ClientEvent::MarkDelivered(event) => {
            event.conversations.first().map_or(Needs::Login, |mark| conversation(&mark.conversation))
        }
        ClientEvent::ListReceipts(event) => conversation(&event.conversation),
        ClientEvent::MuteConversation(event) => conversation(&event.conversation),
        // Without a conversation it is about one's own only.
        ClientEvent::SearchMessages(event) => event.conversation.as_ref().map_or(Needs::Login, conversation),
        ClientEvent::Typing(event) => conversation(&event.conversation),
    }
}

/// The ids in the catalogue's examples.
const GROUP: &str = "0192e4a0-7b3c-7000-8000-0000000000aa";
const BEN: &str = "0192e4a0-7b3c-7000-8000-00000000000b";
const MESSAGE: &str = "0192e4a0-7b3c-7000-8000-0000000000f1";

/// Each event's example, with this group, person and message in it; twice if it may be about group or
/// person.
fn events(group: &Group, ben: &Session, message: MessageId) -> Vec<ClientEvent> {
    let specs = <Chat as Catalogue>::events().into_iter();
    let examples = specs.filter(|spec| spec.direction == Direction::Client).flat_map(|spec| {
        let example: Value = (spec.example)();
        let mut payloads = vec![example.clone()];
        for place in ["/conversation", "/conversations/0/conversation"] {
            let mut other = example.clone();
            let Some(conversation) = other.pointer_mut(place) else { continue };
            *conversation = match conversation.get("user") {
                Some(_) => serde_json::json!({ "group": GROUP }),
                None => serde_json::json!({ "user": BEN }),
            };
            payloads.push(other);
        }
        payloads.into_iter().map(move |payload| (spec.name, payload))
    });
    examples
        .map(|(name, payload)| {
            let json = payload
                .to_string()
                .replace(GROUP, &group.id.to_string())
                .replace(BEN, &ben.user.id.to_string())
                .replace(MESSAGE, &message.to_string());
            ClientEvent::decode(name, &RawValue::from_string(json).unwrap()).unwrap()
        })
        .collect()
}

async fn refusal(who: &Session, event: ClientEvent) -> Option<ErrorCode> {
    match event.dispatch(who).await {
        Ok(_) => None,
        Err(DispatchError::Refused(Error::Refused(body))) => Some(body.code),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_event_is_carried_out_for_those_who_may_and_for_nobody_else() {
    for visibility in [Visibility::Public, Visibility::Private] {
        for standing in ["stranger", "member", "former member"] {
            let test_app = TestApp::new();
            let (owner, asker, ben) = (
                test_app.session("owner").await,
                test_app.session("asker").await,
                test_app.session("ben").await,
            );
            let group = create(&owner, visibility).await;
            let message = say(&owner, &group, "hello").await;
            let standing_of = async || {
                // Some events change it.
                if standing != "stranger" {
                    asker.handle(JoinGroup { group_id: group.id }).await.unwrap();
                }
                if standing == "former member" {
                    asker.handle(LeaveGroup { group_id: group.id }).await.unwrap();
                }
                if standing == "member" { Standing::Member } else { Standing::Stranger }
            };
            let mut asked = 0;
            for event in events(&group, &ben, message.id) {
                let is = if standing == "stranger" && asker_is_in(&asker, &group).await {
                    asker.handle(LeaveGroup { group_id: group.id }).await.unwrap();
                    Standing::Stranger
                } else {
                    standing_of().await
                };
                let expected = match (needs(&event), is) {
                    (Needs::Membership | Needs::Authorship, Standing::Stranger) => {
                        Some(ErrorCode::NotAMember)
                    }
                    (Needs::Authorship, Standing::Member) => Some(ErrorCode::NotYourMessage),
                    (Needs::Login, _) | (Needs::Membership, Standing::Member) => None,
                };
                let name = event.name();
                assert_eq!(refusal(&asker, event).await, expected, "{name} by a {standing}");
                asked += 1;
            }
            assert!(asked >= 45, "every event was asked: {asked}");
        }
    }
}

async fn create(owner: &Session, visibility: Visibility) -> Group {
    let event = serde_json::json!({ "name": "Lunch", "visibility": visibility });
    owner.handle(serde_json::from_value::<CreateGroup>(event).unwrap()).await.unwrap()
}

async fn say(who: &Session, group: &Group, text: &str) -> Message {
    who.handle(SendGroupMessage::new(group.id, text.parse().unwrap())).await.unwrap()
}

async fn asker_is_in(asker: &Session, group: &Group) -> bool {
    let event = serde_json::json!({ "groupId": group.id });
    asker.handle(serde_json::from_value::<ListMembers>(event).unwrap()).await.is_ok()
}

#[tokio::test]
async fn nobody_reads_what_two_others_wrote_or_what_a_group_wrote_that_they_left() {
    let test_app = TestApp::new();
    let (ann, ben, eve) =
        (test_app.session("ann").await, test_app.session("ben").await, test_app.session("eve").await);
    let secret = "the secret of ann and ben";
    let content: protocol::MessageText = secret.parse().unwrap();
    let private = SendPrivateMessage::new(ben.user.id, content.clone());
    let private = ann.handle(private).await.unwrap();
    let group = create(&ann, Visibility::Public).await;
    eve.handle(JoinGroup { group_id: group.id }).await.unwrap();
    eve.handle(LeaveGroup { group_id: group.id }).await.unwrap();
    let grouped = say(&ann, &group, secret).await;
    let events = [private.id, grouped.id].map(|message| events(&group, &ben, message));
    for event in events.into_iter().flatten() {
        // After this event she would be a member.
        if matches!(event, ClientEvent::JoinGroup(_)) {
            continue;
        }
        let name = event.name();
        let answer = match event.dispatch(&eve).await {
            Ok(answer) => answer.get().to_owned(),
            Err(DispatchError::Refused(error)) => error.to_string(),
            Err(other) => panic!("{other:?}"),
        };
        assert!(!answer.contains("secret"), "{name}: {answer}");
    }
    // Nor does anybody learn that there is such a message, or change it.
    let react = AddReaction { message_id: private.id, emoji: "👍".parse().unwrap() };
    assert_eq!(refusal(&eve, ClientEvent::AddReaction(react)).await, Some(ErrorCode::UnknownMessage));
    let delete = DeleteMessage { message_id: private.id };
    assert_eq!(refusal(&eve, ClientEvent::DeleteMessage(delete)).await, Some(ErrorCode::UnknownMessage));
    assert_eq!(ann.handle(GetMessage { message_id: private.id }).await.unwrap(), private);
}
