//! When a server does not know who may be told what, because it cannot ask PostgreSQL.

use std::time::Duration;

use protocol::{JoinGroup, RemoveMember, ServerEvent};
use tokio::time::{sleep, timeout};

use super::{Engines, newer::Newer, wire::Wire};
use crate::harness::{Device, TestServer};

/// Longer than a server that missed something believes the others.
const LONG: Duration = Duration::from_secs(12);

impl Device {
    async fn is_made_to_ask(&mut self) {
        self.hears(|event| matches!(event, ServerEvent::EventsMissed(_)).then_some(())).await;
    }
}

/// Two servers, and the wire from the second one to PostgreSQL. They do not look at the database by themselves any more.
async fn two_and_a_wire(engines: &Engines) -> ([TestServer; 2], Wire) {
    let one = engines.node().await;
    let wire = Wire::to(engines.postgresql.port());
    let two = engines.node_at(wire.port()).await;
    sleep(Duration::from_secs(6)).await;
    ([one, two], wire)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_although_it_was_taken_for_lost_reaches_everybody() {
    let engines = Engines::start();
    let ([one, two], wire) = two_and_a_wire(&engines).await;
    let (ann, ben) = (two.person("ann").await, two.person("ben").await);
    let (anns, mut bens) = (ann.connect().await, ben.connect().await);
    let mut elsewhere = super::at(&one, &ben).connect().await;
    let lunch = anns.create_group("Lunch").await;
    let (group_id, user_id) = (lunch.id, ben.id());
    bens.call(JoinGroup { group_id }).await.unwrap();
    let said = anns.say_to_group(&lunch, "ben is here").await;
    assert_eq!(elsewhere.hears_message().await, said);

    wire.break_at_commit();
    anns.call(RemoveMember { group_id, user_id }).await.unwrap_err();
    // Who can ask the database does so at once.
    elsewhere.is_made_to_ask().await;
    sleep(Duration::from_secs(2)).await;
    wire.mend();
    bens.is_made_to_ask().await;
    sleep(Duration::from_secs(2)).await;
    anns.call(RemoveMember { group_id, user_id }).await.ok();
    anns.say_to_group(&lunch, "ben is gone").await;
    let said = anns.say(&ben, "you are gone").await;
    for device in [&mut bens, &mut elsewhere] {
        assert_eq!(device.hears_message().await, said, "nothing of the group came before it");
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_missed_something_and_cannot_ask_what_is_not_told_for_long_what_may_not_be_theirs() {
    let engines = Engines::start();
    let ([one, two], wire) = two_and_a_wire(&engines).await;
    let (ann, ben) = (one.person("ann").await, two.person("ben").await);
    let (anns, mut bens) = (ann.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    bens.join(&lunch).await;
    let mut newer = Newer::beside(&engines).await;
    wire.cut();
    let said = anns.say_to_group(&lunch, "nothing was missed").await;
    assert_eq!(bens.hears_message().await, said);
    sleep(LONG).await;
    let said = anns.say_to_group(&lunch, "still nothing").await;
    assert_eq!(bens.hears_message().await, said);

    newer.says(&[r#"{"sung":"la"}"#]).await;
    sleep(LONG).await;
    anns.say_to_group(&lunch, "who is here?").await;
    timeout(Duration::from_secs(2), bens.hears_message()).await.expect_err("it is not known");

    wire.mend();
    bens.is_made_to_ask().await;
    sleep(Duration::from_secs(2)).await;
    let said = anns.say_to_group(&lunch, "it is known again").await;
    assert_eq!(bens.hears_message().await, said);
    one.stop().await;
    two.stop().await;
}
