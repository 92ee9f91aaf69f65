//! Roles in groups, and removing and banning people.

use protocol::{
    BanMember, DeleteMessage, ErrorCode, LeaveGroup, LeftGroup, ListBanned, RemoveMember, Role, RoleChanged,
    ServerEvent, SetRole, UnbanMember, UserLeftGroup,
};
use serde_json::json;

use crate::harness::{Device, RawSocket, TestServer, code, to_group};

impl Device {
    /// Reads on, until somebody has another role.
    async fn hears_of_role(&mut self) -> RoleChanged {
        loop {
            if let ServerEvent::RoleChanged(changed) = self.event().await {
                return changed;
            }
        }
    }
}

#[tokio::test]
async fn a_role_is_told_to_everybody_in_the_group_on_every_device() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (mut anns, mut phone, mut laptop) = (ann.connect().await, ben.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    phone.join(&lunch).await;
    let (group_id, user_id) = (lunch.id, ben.id());
    let give = |role| SetRole { group_id, user_id, role };
    anns.call(give(Role::Admin)).await.unwrap();
    for device in [&mut anns, &mut phone, &mut laptop] {
        assert_eq!(device.hears_of_role().await, RoleChanged { group_id, user_id, role: Role::Admin });
    }
    // Again: nobody is told.
    anns.call(give(Role::Admin)).await.unwrap();
    laptop.nothing_else(&ben).await;
    // Whoever gives the group away is an admin.
    anns.call(give(Role::Owner)).await.unwrap();
    for device in [&mut anns, &mut laptop] {
        let former = RoleChanged { group_id, user_id: ann.id(), role: Role::Admin };
        assert_eq!(device.hears_of_role().await, former);
        assert_eq!(device.hears_of_role().await, RoleChanged { group_id, user_id, role: Role::Owner });
    }
    assert_eq!(code(anns.call(give(Role::Member)).await), ErrorCode::RoleRequired);
    // When the owner leaves, somebody follows.
    laptop.call(LeaveGroup { group_id }).await.unwrap();
    let follows = RoleChanged { group_id, user_id: ann.id(), role: Role::Owner };
    assert_eq!(anns.hears_of_role().await, follows);
    server.stop().await;
}

#[tokio::test]
async fn whoever_is_removed_is_told_on_every_device_and_hears_nothing_more_of_the_group() {
    let server = TestServer::start().await;
    let (ann, ben, cleo) =
        (server.person("ann").await, server.person("ben").await, server.person("cleo").await);
    let (mut anns, mut cleos) = (ann.connect().await, cleo.connect().await);
    let (mut phone, mut laptop) = (ben.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    cleos.join(&lunch).await;
    phone.join(&lunch).await;
    let (group_id, user_id) = (lunch.id, ben.id());
    anns.call(RemoveMember { group_id, user_id }).await.unwrap();
    let removed_by = Some(ann.id());
    for device in [&mut phone, &mut laptop] {
        let left = loop {
            if let ServerEvent::LeftGroup(left) = device.event().await {
                break left;
            }
        };
        assert_eq!(left, LeftGroup { group_id, name: lunch.name.clone(), removed_by });
    }
    for device in [&mut anns, &mut cleos] {
        let left = loop {
            if let ServerEvent::UserLeftGroup(left) = device.event().await {
                break left;
            }
        };
        assert_eq!(left, UserLeftGroup { group_id, user_id, removed_by });
    }
    anns.say_to_group(&lunch, "without ben").await;
    laptop.nothing_else(&ben).await;
    assert_eq!(code(phone.call(to_group(&lunch, "x")).await), ErrorCode::NotAMember);
    // They may come back, unless they are banned.
    phone.join(&lunch).await;
    anns.call(BanMember { group_id, user_id }).await.unwrap();
    let refused = phone.call(protocol::JoinGroup { group_id }).await;
    assert_eq!(code(refused), ErrorCode::Banned);
    let banned = anns.call(ListBanned::of(group_id)).await.unwrap();
    assert_eq!(banned.iter().map(|one| (one.id, one.banned_by)).collect::<Vec<_>>(), [(ben.id(), ann.id())]);
    anns.call(UnbanMember { group_id, user_id }).await.unwrap();
    phone.join(&lunch).await;
    server.stop().await;
}

#[tokio::test]
async fn a_program_that_knows_no_roles_reads_what_it_always_read() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, mut bens) = (ann.connect().await, RawSocket::connect(&server, &ben).await);
    let lunch = anns.create_group("Lunch").await;
    bens.call(&json!(["joinGroup", { "groupId": lunch.id }])).await;
    let members = bens.call(&json!(["listMembers", { "groupId": lunch.id }])).await;
    let expected = json!([
        { "id": ann.id(), "username": "ann", "role": "owner" },
        { "id": ben.id(), "username": "ben" },
    ]);
    assert_eq!(members["data"], expected);
    let list = bens.call(&json!(["listConversations", {}])).await;
    assert_eq!(list["data"][0].get("role"), None, "it is left out if it is the usual one");
    // Without an ack, the refusal is an event.
    let remove = json!(["removeMember", { "groupId": lunch.id, "userId": ann.id() }]);
    let refused = bens.refused(&remove).await;
    assert_eq!(refused["code"], "roleRequired");
    assert_eq!(refused["message"], "Only the owner and the admins of the group may do this.");
    let said = bens.call(&json!(["groupMessage", { "groupId": lunch.id, "content": "oops" }])).await;
    let id = said["data"]["id"].as_str().unwrap().parse().unwrap();
    anns.call(DeleteMessage { message_id: id }).await.unwrap();
    let changed = loop {
        let told = bens.answer("42").await;
        if told["rev"] == 2 {
            break told;
        }
    };
    assert_eq!((&changed["content"], &changed["deletedBy"]), (&json!(""), &json!(ann.id())));
    server.stop().await;
}
