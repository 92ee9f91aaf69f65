//! Every event of every client × what they are to the group that it names.

use protocol::{
    Catalogue, Chat, ClientEvent, ConversationId, CreateGroup, ErrorCode, EventEnum, Group, Handle,
    JoinGroup, LeaveGroup, ListMembers, SendGroupMessage, SendPrivateMessage, Visibility,
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
    /// A member of the group that it names.
    Membership,
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
        | ClientEvent::RenewToken(_) => Needs::Login,
        ClientEvent::LeaveGroup(_)
        | ClientEvent::AddMembers(_)
        | ClientEvent::SendGroupMessage(_)
        | ClientEvent::ListMembers(_) => Needs::Membership,
        ClientEvent::FetchHistory(event) => conversation(&event.conversation),
        ClientEvent::MarkRead(event) => conversation(&event.conversation),
        ClientEvent::MuteConversation(event) => conversation(&event.conversation),
        // Without a conversation it is about one's own only.
        ClientEvent::SearchMessages(event) => event.conversation.as_ref().map_or(Needs::Login, conversation),
    }
}

/// The ids in the catalogue's examples.
const GROUP: &str = "0192e4a0-7b3c-7000-8000-0000000000aa";
const BEN: &str = "0192e4a0-7b3c-7000-8000-00000000000b";

/// Each event's example, with this group and this person in it; twice if it may be about either.
fn events(group: &Group, ben: &Session) -> Vec<ClientEvent> {
    let specs = <Chat as Catalogue>::events().into_iter();
    let examples = specs.filter(|spec| spec.direction == Direction::Client).flat_map(|spec| {
        let example: Value = (spec.example)();
        let mut payloads = vec![example.clone()];
        if let Some(conversation) = example.get("conversation") {
            let other = if conversation.get("user").is_some() {
                serde_json::json!({ "group": GROUP })
            } else {
                serde_json::json!({ "user": BEN })
            };
            payloads.push(example.clone());
            payloads[1]["conversation"] = other;
        }
        payloads.into_iter().map(move |payload| (spec.name, payload))
    });
    examples
        .map(|(name, payload)| {
            let json = payload
                .to_string()
                .replace(GROUP, &group.id.to_string())
                .replace(BEN, &ben.user.id.to_string());
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
            for event in events(&group, &ben) {
                let is = if standing == "stranger" && asker_is_in(&asker, &group).await {
                    asker.handle(LeaveGroup { group_id: group.id }).await.unwrap();
                    Standing::Stranger
                } else {
                    standing_of().await
                };
                let expected = match (needs(&event), is) {
                    (Needs::Membership, Standing::Stranger) => Some(ErrorCode::NotAMember),
                    (Needs::Login, _) | (Needs::Membership, Standing::Member) => None,
                };
                let name = event.name();
                assert_eq!(refusal(&asker, event).await, expected, "{name} by a {standing}");
                asked += 1;
            }
            assert!(asked >= 24, "every event was asked: {asked}");
        }
    }
}

async fn create(owner: &Session, visibility: Visibility) -> Group {
    let event = serde_json::json!({ "name": "Lunch", "visibility": visibility });
    owner.handle(serde_json::from_value::<CreateGroup>(event).unwrap()).await.unwrap()
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
    let private = SendPrivateMessage { recipient_id: ben.user.id, content: content.clone(), client_id: None };
    ann.handle(private).await.unwrap();
    let group = create(&ann, Visibility::Public).await;
    eve.handle(JoinGroup { group_id: group.id }).await.unwrap();
    eve.handle(LeaveGroup { group_id: group.id }).await.unwrap();
    ann.handle(SendGroupMessage { group_id: group.id, content, client_id: None }).await.unwrap();
    for event in events(&group, &ben) {
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
}
