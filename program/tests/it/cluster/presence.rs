//! Who is online, whatever server they are connected to.

use std::time::{Duration, Instant};

use protocol::{ListOnline, ServerEvent, UserId};
use services::postgresql::aside;
use tokio::time::sleep;

use super::{Engines, at, cluster_of, until};
use crate::harness::{Device, GRACE};

impl Device {
    async fn sees(&self, users: &[UserId]) {
        let mut expected = users.to_vec();
        expected.sort_unstable();
        until(async || {
            let mut online = self.call(ListOnline::default()).await.unwrap();
            online.sort_unstable();
            online == expected
        })
        .await;
    }

    async fn hears_of(&mut self, user: UserId) -> bool {
        self.hears(|event| match event {
            ServerEvent::UserOnline(one) if one == user => Some(true),
            ServerEvent::UserOffline(one) if one == user => Some(false),
            _ => None,
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_online_for_those_at_other_servers() {
    let engines = Engines::start();
    let [one, two] = engines.two().await;
    let (ann, ben) = (one.person("ann").await, two.person("ben").await);
    let mut anns = ann.connect().await;
    let bens = ben.connect().await;
    assert!(anns.hears_of(ben.id()).await);
    bens.sees(&[ann.id(), ben.id()]).await;
    // A server that comes later learns who is there already.
    let three = engines.node().await;
    let cleo = three.person("cleo").await;
    let cleos = cleo.connect().await;
    cleos.sees(&[ann.id(), ben.id(), cleo.id()]).await;
    drop(bens);
    assert!(!anns.hears_of(ben.id()).await);
    cleos.sees(&[ann.id(), cleo.id()]).await;
    for node in [one, two, three] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_to_another_server_is_not_gone() {
    let engines = Engines::start();
    let [one, two] = engines.two().await;
    let (ann, ben) = (one.person("ann").await, two.person("ben").await);
    let mut anns = ann.connect().await;
    let bens = ben.connect().await;
    assert!(anns.hears_of(ben.id()).await);
    // The server of one of them stops, as when it is replaced by a newer one.
    two.stop().await;
    drop(bens);
    let bens = at(&one, &ben).connect().await;
    sleep(GRACE * 3).await;
    let note = bens.say(&ann, "I am still here").await;
    let first = anns.hears(|event| match event {
        ServerEvent::PrivateMessage(message) => Some(Ok(message)),
        ServerEvent::UserOffline(user) => Some(Err(user)),
        _ => None,
    });
    assert_eq!(first.await, Ok(note), "nobody was told that anybody went");
    until(async || cluster_of(&one).await["nodes"] == 1).await;
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_goes_offline_because_redis_is_gone() {
    let mut engines = Engines::start();
    let [one, two] = engines.two().await;
    let (ann, ben) = (one.person("ann").await, two.person("ben").await);
    let (anns, bens) = (ann.connect().await, ben.connect().await);
    anns.sees(&[ann.id(), ben.id()]).await;
    aside(|| engines.redis.kill().unwrap());
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        assert_eq!(anns.call(ListOnline::default()).await.unwrap().len(), 2);
        sleep(Duration::from_millis(500)).await;
    }
    // Who comes meanwhile is seen afterwards.
    let cleo = one.person("cleo").await;
    let _cleos = cleo.connect().await;
    aside(|| engines.redis.start_again().unwrap());
    bens.sees(&[ann.id(), ben.id(), cleo.id()]).await;
    one.stop().await;
    two.stop().await;
}
