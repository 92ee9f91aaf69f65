//! Who is removed at one server is out at the others.

use std::time::Duration;

use protocol::{BanMember, ErrorCode, JoinGroup, RemoveMember, Role, ServerEvent, SetRole};
use services::postgresql::{OWNER, aside, connect};
use tokio::time::sleep;

use super::{Engines, at};
use crate::harness::code;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_removed_or_banned_at_one_server_hears_nothing_more_at_the_others() {
    let engines = Engines::start();
    let [one, two] = engines.two().await;
    let (ann, ben) = (one.person("ann").await, two.person("ben").await);
    let (anns, mut bens) = (ann.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    let (group_id, user_id) = (lunch.id, ben.id());
    for bans in [false, true] {
        bens.call(JoinGroup { group_id }).await.unwrap();
        anns.call(SetRole { group_id, user_id, role: Role::Admin }).await.unwrap();
        let role = bens.hears(|event| match event {
            ServerEvent::RoleChanged(changed) => Some((changed.user_id, changed.role)),
            _ => None,
        });
        assert_eq!(role.await, (user_id, Role::Admin));
        match bans {
            false => anns.call(RemoveMember { group_id, user_id }).await.unwrap(),
            true => anns.call(BanMember { group_id, user_id }).await.unwrap(),
        }
        let left = bens.hears(|event| match event {
            ServerEvent::LeftGroup(left) => Some(left.removed_by),
            _ => None,
        });
        assert_eq!(left.await, Some(ann.id()));
        anns.say_to_group(&lunch, "ben is gone").await;
        let said = anns.say(&ben, "you are gone").await;
        assert_eq!(bens.hears_message().await, said, "nothing of the group came before it");
    }
    assert_eq!(code(bens.call(JoinGroup { group_id }).await), ErrorCode::Banned);
    let mut elsewhere = at(&one, &ben).connect().await;
    let said = anns.say(&ben, "everywhere").await;
    assert_eq!(elsewhere.hears_message().await, said);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_joined_and_left_in_an_order_that_is_not_known_hears_what_the_database_says() {
    let engines = Engines::start();
    let [one, two] = engines.two().await;
    let (ann, ben) = (one.person("ann").await, two.person("ben").await);
    let (anns, mut bens) = (ann.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    bens.join(&lunch).await;
    let said = anns.say_to_group(&lunch, "ben is here").await;
    assert_eq!(bens.hears_message().await, said);
    // Servers that have just met look at the database by themselves.
    sleep(Duration::from_secs(6)).await;
    // As if ben had joined before he left, and this server had heard of it the other way round.
    let left = "DELETE FROM members WHERE role = 0";
    aside(|| connect(engines.postgresql.port(), OWNER, "postgres").unwrap().batch_execute(left).unwrap());
    bens.create_group("Dinner").await;
    sleep(Duration::from_secs(2)).await;
    anns.say_to_group(&lunch, "ben is gone").await;
    let said = anns.say(&ben, "you are gone").await;
    assert_eq!(bens.hears_message().await, said, "nothing of the group came before it");
    one.stop().await;
    two.stop().await;
}
