//! Every event of every client × what they are to the group that it names.

use futures::future::join_all;
use protocol::{
    AddReaction, BanMember, Catalogue, Chat, ClientEvent, ConversationId, CreateGroup, DeleteMessage,
    ErrorCode, EventEnum, GetMessage, Group, Handle, JoinGroup, LeaveGroup, Message, MessageId, RemoveMember,
    Role, SendGroupMessage, SendPrivateMessage, SetRole, Visibility,
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
    /// Anybody who is not banned from the group.
    NoBan,
    /// Membership, and the author of the message.
    Authorship,
    /// Membership, and the author of the message or a moderator.
    AuthorshipOrModeration,
    /// An admin or the owner.
    Moderation,
    /// The owner.
    Ownership,
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
        | ClientEvent::FindUsers(_)
        | ClientEvent::GetUsers(_)
        | ClientEvent::FindGroups(_)
        | ClientEvent::ListGroups(_)
        | ClientEvent::ListSharedGroups(_)
        | ClientEvent::ListConversations(_)
        | ClientEvent::Synchronise(_)
        | ClientEvent::ListOnline(_)
        | ClientEvent::WatchPresence(_)
        | ClientEvent::LastSeen(_)
        | ClientEvent::RenewToken(_) => Needs::Login,
        ClientEvent::LeaveGroup(_)
        | ClientEvent::AddMembers(_)
        | ClientEvent::SendGroupMessage(_)
        | ClientEvent::ListMembers(_)
        | ClientEvent::AddReaction(_)
        | ClientEvent::RemoveReaction(_)
        | ClientEvent::PinMessage(_)
        | ClientEvent::UnpinMessage(_)
        | ClientEvent::ListEdits(_)
        | ClientEvent::GetMessage(_) => Needs::Membership,
        ClientEvent::JoinGroup(_) | ClientEvent::GetGroup(_) => Needs::NoBan,
        ClientEvent::EditMessage(_) => Needs::Authorship,
        ClientEvent::DeleteMessage(_) => Needs::AuthorshipOrModeration,
        ClientEvent::RemoveMember(_)
        | ClientEvent::BanMember(_)
        | ClientEvent::UnbanMember(_)
        | ClientEvent::ListBanned(_) => Needs::Moderation,
        ClientEvent::SetRole(_) => Needs::Ownership,
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

/// What the asker is to the group.
const STANDINGS: [(&str, Standing); 7] = [
    ("stranger", Standing::Stranger),
    ("former member", Standing::Stranger),
    ("removed member", Standing::Stranger),
    ("banned person", Standing::Banned),
    ("member", Standing::Member(Role::Member)),
    ("admin", Standing::Member(Role::Admin)),
    ("owner", Standing::Member(Role::Owner)),
];

fn expected(needs: Needs, standing: Standing) -> Option<ErrorCode> {
    match (needs, standing) {
        (Needs::Login, _) => None,
        (Needs::NoBan, Standing::Banned) => Some(ErrorCode::Banned),
        (Needs::NoBan, _) => None,
        (_, Standing::Banned | Standing::Stranger) => Some(ErrorCode::NotAMember),
        (Needs::Membership, Standing::Member(_)) => None,
        (Needs::Authorship, Standing::Member(_))
        | (Needs::AuthorshipOrModeration, Standing::Member(Role::Member)) => Some(ErrorCode::NotYourMessage),
        (Needs::Moderation, Standing::Member(Role::Member))
        | (Needs::Ownership, Standing::Member(Role::Member | Role::Admin)) => Some(ErrorCode::RoleRequired),
        (
            Needs::AuthorshipOrModeration | Needs::Moderation | Needs::Ownership,
            Standing::Member(Role::Admin | Role::Owner),
        ) => None,
    }
}

/// Who is not logged in has a test of their own: see tests/it/authorisation.rs.
#[tokio::test]
async fn every_event_is_carried_out_for_those_who_may_and_for_nobody_else() {
    let test_app = TestApp::new();
    let cases = [Visibility::Public, Visibility::Private].into_iter().flat_map(|visibility| {
        STANDINGS.into_iter().map(move |(name, standing)| (visibility, name, standing))
    });
    // At once, so that they share their commits.
    let asking = cases.enumerate().map(async |(number, (visibility, name, standing))| {
        let people = People {
            asker: test_app.session(&format!("asker{number}")).await,
            author: test_app.session(&format!("author{number}")).await,
            ben: test_app.session(&format!("ben{number}")).await,
        };
        let mut asked = 0;
        // Each event finds a group that nobody has changed.
        for number in 0.. {
            let (group, message) = people.group(visibility, name).await;
            let Some(event) = events(&group, &people.ben, message.id).into_iter().nth(number) else {
                break;
            };
            let (expected, event_name) = (expected(needs(&event), standing), event.name());
            assert_eq!(refusal(&people.asker, event).await, expected, "{event_name} by a {name}");
            asked += 1;
        }
        assert!(asked >= 50, "every event was asked: {asked}");
    });
    join_all(asking).await;
}

struct People {
    asker: Session,
    /// Of the message that the examples name.
    author: Session,
    /// Whom the examples name.
    ben: Session,
}

impl People {
    /// A group of which ben is a member, with a message.
    async fn group(&self, visibility: Visibility, standing: &str) -> (Group, Message) {
        let Self { asker, author, ben } = self;
        let owner = if standing == "owner" { asker } else { author };
        let group = create(owner, visibility).await;
        let (group_id, user_id) = (group.id, asker.user.id);
        for member in [author, ben] {
            member.handle(JoinGroup { group_id }).await.unwrap();
        }
        if !matches!(standing, "stranger" | "owner") {
            asker.handle(JoinGroup { group_id }).await.unwrap();
        }
        match standing {
            "former member" => drop(asker.handle(LeaveGroup { group_id }).await.unwrap()),
            "removed member" => owner.handle(RemoveMember { group_id, user_id }).await.unwrap(),
            "banned person" => owner.handle(BanMember { group_id, user_id }).await.unwrap(),
            "admin" => owner.handle(SetRole { group_id, user_id, role: Role::Admin }).await.unwrap(),
            _ => {}
        }
        let message = say(author, &group, "hello").await;
        (group, message)
    }
}

async fn create(owner: &Session, visibility: Visibility) -> Group {
    let event = serde_json::json!({ "name": "Lunch", "visibility": visibility });
    owner.handle(serde_json::from_value::<CreateGroup>(event).unwrap()).await.unwrap()
}

async fn say(who: &Session, group: &Group, text: &str) -> Message {
    who.handle(SendGroupMessage::new(group.id, text.parse().unwrap())).await.unwrap()
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
