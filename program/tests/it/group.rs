//! Rows 2 to 5 of the event table: `createGroup`, `joinGroup`, `leaveGroup`, `groupMessage`.

use protocol::{
    AddMembers, ConversationId, ConversationMuted, ErrorCode, FetchHistory, JoinGroup, JoinedGroup,
    LeaveGroup, LeftGroup, ListMembers, Member, MuteConversation, Role, ServerEvent, UserJoinedGroup,
    UserLeftGroup, Visibility,
};

use crate::harness::{TestServer, code, to_group};

#[tokio::test]
async fn whoever_makes_a_group_is_answered_and_their_other_devices_are_told() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (mut phone, mut laptop, mut bens) = (ann.connect().await, ann.connect().await, ben.connect().await);
    let lunch = phone.create_group("Lunch").await;
    assert_eq!((lunch.name.as_str(), lunch.visibility, lunch.member_count), ("Lunch", Visibility::Public, 1));
    let ServerEvent::JoinedGroup(joined) = laptop.event().await else { panic!() };
    assert_eq!(joined, JoinedGroup { group_id: lunch.id, name: lunch.name.clone() });
    let members = phone.call(ListMembers::of(lunch.id)).await.unwrap();
    assert_eq!(members, [Member::new(ann.user().clone(), Role::Owner)]);
    phone.nothing_else(&ann).await;
    bens.nothing_else(&ben).await;
    server.stop().await;
}

#[tokio::test]
async fn who_joins_is_confirmed_on_every_device_and_the_members_are_told() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (mut anns, mut phone, mut laptop) = (ann.connect().await, ben.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    let joined = phone.join(&lunch).await;
    assert_eq!((joined.id, joined.member_count), (lunch.id, 2));
    for device in [&mut phone, &mut laptop] {
        let ServerEvent::JoinedGroup(told) = device.event().await else { panic!() };
        assert_eq!(told, JoinedGroup { group_id: lunch.id, name: lunch.name.clone() });
    }
    let ServerEvent::UserJoinedGroup(told) = anns.event().await else { panic!() };
    assert_eq!(told, UserJoinedGroup { group_id: lunch.id, user: ben.user().clone() });
    // Again: the same answer, and nobody is told.
    assert_eq!(phone.join(&lunch).await, joined);
    anns.nothing_else(&ann).await;
    laptop.nothing_else(&ben).await;
    server.stop().await;
}

#[tokio::test]
async fn who_leaves_is_confirmed_on_every_device_and_the_members_are_told() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (mut anns, mut phone, mut laptop) = (ann.connect().await, ben.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    phone.join(&lunch).await;
    for device in [&mut anns, &mut phone, &mut laptop] {
        device.event().await;
    }
    let left = phone.call(LeaveGroup { group_id: lunch.id }).await.unwrap();
    assert_eq!(left, LeftGroup { group_id: lunch.id, name: lunch.name.clone(), removed_by: None });
    for device in [&mut phone, &mut laptop] {
        let ServerEvent::LeftGroup(told) = device.event().await else { panic!() };
        assert_eq!(told, left);
    }
    let ServerEvent::UserLeftGroup(told) = anns.event().await else { panic!() };
    assert_eq!(told, UserLeftGroup { group_id: lunch.id, user_id: ben.id(), removed_by: None });
    // From now on nothing of the group reaches the one who left.
    anns.say_to_group(&lunch, "without ben").await;
    laptop.nothing_else(&ben).await;
    assert_eq!(code(phone.call(to_group(&lunch, "x")).await), ErrorCode::NotAMember);
    assert_eq!(code(phone.call(LeaveGroup { group_id: lunch.id }).await), ErrorCode::NotAMember);
    server.stop().await;
}

#[tokio::test]
async fn every_device_of_every_member_receives_a_group_message_the_senders_too() {
    let server = TestServer::start().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let (mut phone, mut laptop) = (ann.connect().await, ann.connect().await);
    let lunch = phone.create_group("Lunch").await;
    laptop.event().await;
    let (mut bens, mut eves) = (ben.connect().await, eve.connect().await);
    bens.join(&lunch).await;
    for device in [&mut phone, &mut laptop, &mut bens] {
        device.event().await;
    }
    let message = bens.say_to_group(&lunch, "hi all").await;
    for device in [&mut phone, &mut laptop, &mut bens] {
        let ServerEvent::GroupMessage(received) = device.event().await else { panic!() };
        assert_eq!(received, message);
    }
    eves.nothing_else(&eve).await;
    // A device that connects later is in the group from the start.
    let mut tablet = ann.connect().await;
    let message = bens.say_to_group(&lunch, "and you").await;
    let ServerEvent::GroupMessage(received) = tablet.event().await else { panic!() };
    assert_eq!(received, message);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_connects_while_its_owner_joins_or_leaves_is_in_the_group_or_not() {
    let server = TestServer::start_with(|config| config.rate_limit = parlance::Switch::Off).await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, phone) = (ann.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    for _ in 0..15 {
        let (mut device, _) = tokio::join!(ben.connect(), phone.join(&lunch));
        let message = anns.say_to_group(&lunch, "welcome").await;
        let received = loop {
            match device.event().await {
                ServerEvent::GroupMessage(received) => break received,
                ServerEvent::JoinedGroup(_) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(received, message);

        let leave = phone.call(LeaveGroup { group_id: lunch.id });
        let (mut device, _) = tokio::join!(ben.connect(), leave);
        anns.say_to_group(&lunch, "without ben").await;
        let note = device.say(&ben, "is anything before this?").await;
        loop {
            match device.event().await {
                ServerEvent::PrivateMessage(received) if received == note => break,
                ServerEvent::LeftGroup(_) | ServerEvent::MessageSent(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn membership_lasts_over_restarts() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let lunch = ann.connect().await.create_group("Lunch").await;
    ben.connect().await.join(&lunch).await;
    let server = server.restart().await;
    let (anns, mut bens) = (ann.connect().await, ben.connect().await);
    let message = anns.say_to_group(&lunch, "still here?").await;
    let ServerEvent::GroupMessage(received) = bens.event().await else { panic!() };
    assert_eq!(received, message);
    server.stop().await;
}

#[tokio::test]
async fn a_private_group_is_not_found_but_its_id_is_an_invitation() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, bens) = (ann.connect().await, ben.connect().await);
    let event = protocol::CreateGroup {
        name: "Secret".parse().unwrap(),
        visibility: Visibility::Private,
        client_id: None,
    };
    let secret = anns.call(event).await.unwrap();
    let found = bens.call(protocol::FindGroups { query: "secret".to_owned() }).await.unwrap();
    assert_eq!(found, []);
    let seen = bens.call(protocol::GetGroup { group_id: secret.id }).await.unwrap();
    assert_eq!(seen, secret);
    let conversation = protocol::ConversationId::Group(secret.id);
    let history = FetchHistory::newest(conversation);
    assert_eq!(code(bens.call(history.clone()).await), ErrorCode::NotAMember);
    bens.call(JoinGroup { group_id: secret.id }).await.unwrap();
    bens.call(history).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_group_is_made_once_however_often_it_is_asked_for() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let anns = ann.connect().await;
    let event = protocol::CreateGroup {
        name: "Lunch".parse().unwrap(),
        visibility: Visibility::Public,
        client_id: Some("c1".parse().unwrap()),
    };
    let made = anns.call(event.clone()).await.unwrap();
    assert_eq!(anns.call(event).await.unwrap(), made);
    assert_eq!(anns.call(protocol::ListGroups::default()).await.unwrap(), [made]);
    server.stop().await;
}

#[tokio::test]
async fn who_is_added_is_told_on_every_device_and_the_members_are_told_of_each() {
    let server = TestServer::start().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let (mut anns, mut bens, mut phone, mut laptop) =
        (ann.connect().await, ben.connect().await, eve.connect().await, eve.connect().await);
    let lunch = anns.create_group("Lunch").await;
    bens.join(&lunch).await;
    bens.event().await;
    anns.event().await;
    let event = AddMembers { group_id: lunch.id, user_ids: vec![ben.id(), eve.id()] };
    // What counts is who is in the group, not who made it.
    assert_eq!(bens.call(event).await.unwrap().member_count, 3);
    for device in [&mut phone, &mut laptop] {
        let ServerEvent::JoinedGroup(told) = device.event().await else { panic!() };
        assert_eq!(told, JoinedGroup { group_id: lunch.id, name: lunch.name.clone() });
    }
    for device in [&mut anns, &mut bens] {
        let ServerEvent::UserJoinedGroup(told) = device.event().await else { panic!() };
        assert_eq!(told, UserJoinedGroup { group_id: lunch.id, user: eve.user().clone() });
    }
    let message = anns.say_to_group(&lunch, "welcome").await;
    let ServerEvent::GroupMessage(received) = phone.event().await else { panic!() };
    assert_eq!(received, message);
    server.stop().await;
}

#[tokio::test]
async fn what_one_mutes_ones_other_devices_hear_of() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let (mut phone, mut laptop) = (ann.connect().await, ann.connect().await);
    let lunch = phone.create_group("Lunch").await;
    laptop.event().await;
    let conversation = ConversationId::Group(lunch.id);
    let muted = phone.call(MuteConversation { conversation, muted: true }).await.unwrap();
    assert_eq!(muted, ConversationMuted { conversation, muted: true });
    let ServerEvent::ConversationMuted(told) = laptop.event().await else { panic!() };
    assert_eq!(told, muted);
    phone.nothing_else(&ann).await;
    server.stop().await;
}
