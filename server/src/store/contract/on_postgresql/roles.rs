//! Roles and bans when several servers write at the same time.

use futures::future::join_all;
use protocol::{ErrorCode, Role, User};

use super::many::{Servers, check};
use crate::{
    domain_event::DomainEvent,
    error::{Error, Result},
    store::part::Part,
};

fn is_refused<T>(result: &Result<T>, code: ErrorCode) -> bool {
    matches!(result, Err(Error::Refused(body)) if body.code == code)
}

/// Who owns a group after these events, if only they say it.
fn last_owner(told: &[DomainEvent]) -> Option<protocol::UserId> {
    told.iter().rev().find_map(|event| match event {
        DomainEvent::RoleChanged(changed) if changed.role == Role::Owner => Some(changed.user_id),
        _ => None,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_owner_who_gives_a_group_away_twice_at_once_gives_it_to_one() {
    let servers = Servers::start(2);
    let users = servers.users(3).await;
    let [ann, ben, cleo] = [users[0].id, users[1].id, users[2].id];
    for _ in 0..20 {
        let group = servers.group(&users).await.id;
        let (first, second) = tokio::join!(
            servers.all[0].set_role(ann, group, ben, Role::Owner),
            servers.all[1].set_role(ann, group, cleo, Role::Owner),
        );
        let refused = [&first, &second].map(|one| is_refused(one, ErrorCode::RoleRequired));
        assert_eq!(refused.iter().filter(|refused| **refused).count(), 1, "{first:?} {second:?}");
        assert!(first.is_ok() || second.is_ok());
    }
    let (_, database) = servers.close().await;
    check(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_group_has_one_owner_whether_they_leave_or_give_it_away_first() {
    let servers = Servers::start(2);
    let users = servers.users(3).await;
    let [ann, ben] = [users[0].id, users[1].id];
    let mut groups = Vec::new();
    for _ in 0..20 {
        let group = servers.group(&users).await.id;
        groups.push(group);
        let (given, left, gone) = tokio::join!(
            servers.all[0].set_role(ann, group, ben, Role::Owner),
            servers.all[1].leave_group(ann, group),
            // The one who is to have it may go, too.
            servers.all[1].leave_group(ben, group),
        );
        assert!(given.is_ok() || is_refused(&given, ErrorCode::NotAMember), "{given:?}");
        left.unwrap();
        gone.unwrap();
        let members = servers.all[0].members(users[2].id, group, Part::default()).await.unwrap();
        let roles: Vec<_> = members.iter().map(|member| (member.id, member.role)).collect();
        assert_eq!(roles, [(users[2].id, Role::Owner)]);
    }
    let (told, database) = servers.close().await;
    check(&database);
    for group in groups {
        let of_group = |event: &&DomainEvent| matches!(event, DomainEvent::RoleChanged(changed) if changed.group_id == group);
        let told: Vec<DomainEvent> = told.iter().flatten().filter(of_group).cloned().collect();
        assert!(told.iter().any(|event| last_owner(std::slice::from_ref(event)) == Some(users[2].id)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_banned_while_they_join_is_out_in_the_end() {
    let servers = Servers::start(2);
    let users = servers.users(9).await;
    let group = servers.group(&users[..1]).await.id;
    let owner = users[0].id;
    let people = users[1..].iter().cloned().enumerate().map(|(number, user): (usize, User)| {
        let stores = servers.all.clone();
        tokio::spawn(async move {
            let (here, there) = (&stores[number % 2], &stores[(number + 1) % 2]);
            for _ in 0..5 {
                let (joined, banned) =
                    tokio::join!(here.join_group(user.clone(), group), there.ban(owner, group, user.id));
                banned.unwrap();
                assert!(joined.is_ok() || is_refused(&joined, ErrorCode::Banned), "{joined:?}");
                assert!(is_refused(&here.join_group(user.clone(), group).await, ErrorCode::Banned));
                there.unban(owner, group, user.id).await.unwrap();
            }
            here.ban(owner, group, user.id).await.unwrap();
        })
    });
    join_all(people).await.into_iter().for_each(|ended| ended.unwrap());
    assert_eq!(servers.all[0].group(users[0].id, group).await.unwrap().member_count, 1);
    let (_, database) = servers.close().await;
    assert_eq!(database.number("SELECT count(*) FROM bans"), 8);
    check(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_group_has_one_owner_whatever_everybody_does_at_once() {
    let servers = Servers::start(3);
    let users = servers.users(12).await;
    let group = servers.group(&users).await.id;
    let people = users.iter().cloned().enumerate().map(|(number, user)| {
        let (stores, users) = (servers.all.clone(), users.clone());
        tokio::spawn(async move {
            for round in 0..10 {
                let store = &stores[(number + round) % stores.len()];
                let other = users[(number + 3 * round + 1) % users.len()].id;
                let done = match (number + round) % 6 {
                    0 => store.set_role(user.id, group, other, Role::Admin).await,
                    1 => store.set_role(user.id, group, other, Role::Owner).await,
                    2 => store.remove_member(user.id, group, other).await,
                    3 => store.ban(user.id, group, other).await,
                    4 => store.leave_group(user.id, group).await.map(drop),
                    _ => store.unban(user.id, group, other).await,
                };
                // What is refused is refused for a reason.
                assert!(!matches!(&done, Err(error) if !matches!(error, Error::Refused(_))), "{done:?}");
                store.join_group(user.clone(), group).await.map(drop).ok();
            }
        })
    });
    join_all(people).await.into_iter().for_each(|ended| ended.unwrap());
    let (_, database) = servers.close().await;
    check(&database);
}

#[tokio::test]
async fn the_next_start_gives_an_owner_to_the_groups_that_an_older_server_made() {
    let servers = Servers::start(1);
    let users = servers.users(3).await;
    let group = servers.group(&users).await;
    let (_, database) = servers.close().await;
    // As an older server does it, which does not know the column.
    database.run(
        "DELETE FROM members WHERE role = 2; UPDATE groups SET members = members - 1;
         INSERT INTO conversations (updated_at) VALUES (0);
         INSERT INTO groups (id, conversation, name, folded, public, members, created_at)
         SELECT '\\x07070707070707070707070707070707', max(id), 'Old', 'old', true, 2, 0 FROM conversations;
         INSERT INTO members (conversation, \"user\", read_up_to, joined_at)
         SELECT c.id, u.id, 0, 10 - length(u.username) - (u.username = 'user2')::INT
         FROM (SELECT max(id) AS id FROM conversations) c, users u WHERE u.username IN ('user1', 'user2')",
    );
    let address = database.url().parse().unwrap();
    let (store, _told) = crate::store::Store::connect(&address).unwrap();
    check(&database);
    let owner = "SELECT count(*) FROM members m JOIN users u ON u.id = m.user WHERE role = 2 AND username = ";
    assert_eq!(database.number(&format!("{owner}'user1'")), 1, "the longest in the first group");
    assert_eq!(database.number(&format!("{owner}'user2'")), 1, "and in the second");
    store.set_role(users[1].id, group.id, users[2].id, Role::Owner).await.unwrap();
    check(&database);
}
