//! When the servers do not hear each other.

use std::time::{Duration, Instant};

use protocol::{JoinGroup, LeaveGroup, ServerEvent};
use services::postgresql::aside;
use tokio::time::sleep;

use super::{Engines, at, cluster_of, until};
use crate::harness::Device;

/// How long it may take until a client is told to ask for what it missed.
const SOON: Duration = Duration::from_secs(10);

async fn is_told_to_ask(device: &mut Device, begun: Instant) {
    device.hears(|event| matches!(event, ServerEvent::EventsMissed(_)).then_some(())).await;
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_everybody_goes_on_and_asks_for_what_they_miss() {
    let mut engines = Engines::start();
    let [one, two] = engines.two().await;
    let (ann, ben) = (one.person("ann").await, two.person("ben").await);
    let (anns, mut bens) = (ann.connect().await, ben.connect().await);
    for _ in 0..2 {
        aside(|| engines.redis.kill().unwrap());
        let begun = Instant::now();
        anns.say(&ben, "do you hear me?").await;
        is_told_to_ask(&mut bens, begun).await;
        until(async || cluster_of(&one).await["status"] == "apart").await;
        assert!(cluster_of(&one).await["message"].as_str().unwrap().starts_with("Redis does not answer"));
        let begun = Instant::now();
        is_told_to_ask(&mut bens, begun).await;
        aside(|| engines.redis.start_again().unwrap());
        for node in [&one, &two] {
            until(async || cluster_of(node).await["status"] == "together").await;
        }
        let said = anns.say(&ben, "and now?").await;
        assert_eq!(bens.hears_message().await, said);
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_joins_and_leaves_meanwhile_receives_afterwards_what_is_theirs() {
    let mut engines = Engines::start();
    let [one, two] = engines.two().await;
    let (ann, ben) = (one.person("ann").await, one.person("ben").await);
    let (anns, bens) = (ann.connect().await, ben.connect().await);
    let mut elsewhere = at(&two, &ben).connect().await;
    let (left, joined) = (anns.create_group("Left").await, anns.create_group("Joined").await);
    bens.join(&left).await;
    elsewhere.hears(|event| matches!(event, ServerEvent::JoinedGroup(_)).then_some(())).await;
    aside(|| engines.redis.kill().unwrap());
    bens.call(LeaveGroup { group_id: left.id }).await.unwrap();
    bens.call(JoinGroup { group_id: joined.id }).await.unwrap();
    aside(|| engines.redis.start_again().unwrap());
    until(async || cluster_of(&two).await["status"] == "together").await;
    is_told_to_ask(&mut elsewhere, Instant::now()).await;
    sleep(Duration::from_secs(1)).await;
    anns.say_to_group(&left, "ben is gone").await;
    let said = anns.say_to_group(&joined, "ben is here").await;
    assert_eq!(elsewhere.hears_message().await, said);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_while_redis_is_gone_is_over_everywhere_soon() {
    let mut engines = Engines::start();
    let [one, two] = engines.two().await;
    let ann = one.person("ann").await;
    let mut elsewhere = at(&two, &ann).connect().await;
    aside(|| engines.redis.kill().unwrap());
    let begun = Instant::now();
    one.post("/api/auth/logout-all", "", &[("authorization", &ann.bearer())]).await;
    while let client::Notice::Connected | client::Notice::Event(_) = elsewhere.notice().await {}
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_starts_while_redis_is_gone_and_joins_when_it_comes() {
    let mut engines = Engines::start();
    aside(|| engines.redis.kill().unwrap());
    let (one, two) = (engines.node().await, engines.node().await);
    let (ann, ben) = (one.person("ann").await, two.person("ben").await);
    let (anns, mut bens) = (ann.connect().await, ben.connect().await);
    let begun = Instant::now();
    anns.say(&ben, "is there anybody?").await;
    is_told_to_ask(&mut bens, begun).await;
    aside(|| engines.redis.start_again().unwrap());
    for node in [&one, &two] {
        until(async || cluster_of(node).await["status"] == "together").await;
    }
    let said = anns.say(&ben, "there is").await;
    assert_eq!(bens.hears_message().await, said);
    one.stop().await;
    two.stop().await;
}
