//! While a cluster is upgraded, servers of a later version say what this one does not know.

use std::time::{Duration, Instant};

use futures::{Stream, StreamExt};
use protocol::{ServerEvent, UserId};
use redis::aio::MultiplexedConnection;
use tokio::time::{interval, sleep, timeout};

use super::{Engines, cluster_of, until};
use crate::harness::Device;

const ALIVE: &str = r#""alive""#;
/// How long a server that has something to tell its clients takes for it, and more.
const QUIET: Duration = Duration::from_secs(3);
/// Sooner than a server looks again.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A server of a later version, as far as others hear it.
pub(super) struct Newer {
    redis: MultiplexedConnection,
    channel: String,
    next: usize,
}

impl Newer {
    pub(super) async fn beside(engines: &Engines) -> Self {
        let redis = redis::Client::open(engines.redis.url()).unwrap();
        let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
        let channels: Vec<String> =
            redis::cmd("PUBSUB").arg("CHANNELS").arg("parlance:*").query_async(&mut redis).await.unwrap();
        Self { redis, channel: channels.into_iter().next().unwrap(), next: 1 }
    }

    pub(super) async fn says(&mut self, news: &[&str]) {
        let frame = format!("00000000000000ff {} {}\n{}", self.next, news.len(), news.join("\n"));
        self.next += news.len();
        let publish = redis::cmd("PUBLISH").arg(&self.channel).arg(frame).to_owned();
        publish.query_async::<()>(&mut self.redis).await.unwrap();
    }

    /// What everybody says.
    async fn hears(&self, engines: &Engines) -> impl Stream<Item = String> + Unpin + use<> {
        let redis = redis::Client::open(engines.redis.url()).unwrap();
        let mut pubsub = redis.get_async_pubsub().await.unwrap();
        pubsub.subscribe(&self.channel).await.unwrap();
        pubsub.into_on_message().map(|said| said.get_payload().unwrap())
    }

    /// Says that it is there, until something else has happened.
    async fn is_there_until<T>(&mut self, happens: impl Future<Output = T>) -> T {
        let mut ticks = interval(Duration::from_millis(500));
        tokio::pin!(happens);
        loop {
            tokio::select! {
                happened = &mut happens => return happened,
                _ = ticks.tick() => self.says(&[ALIVE]).await,
            }
        }
    }
}

impl Device {
    async fn is_told_to_ask(&mut self) {
        self.hears(|event| matches!(event, ServerEvent::EventsMissed(_)).then_some(())).await;
    }

    /// The two come in any order. Returns at what time this device heard that somebody came.
    async fn is_told_to_ask_and_that_came(&mut self, user: UserId) -> Instant {
        let (mut asks, mut came) = (false, None);
        loop {
            match self.any_event().await {
                ServerEvent::EventsMissed(_) => asks = true,
                ServerEvent::UserOnline(one) if one == user => came = Some(Instant::now()),
                _ => {}
            }
            if let (true, Some(came)) = (asks, came) {
                return came;
            }
        }
    }

    async fn hears_that_went(&mut self, user: UserId) {
        self.hears(|event| matches!(event, ServerEvent::UserOffline(one) if one == user).then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_is_lost_on_its_way_is_answered_nevertheless() {
    let engines = Engines::start();
    let node = engines.node().await;
    let ann = node.person("ann").await;
    let _anns = ann.connect().await;
    let mut newer = Newer::beside(&engines).await;
    newer.says(&[ALIVE]).await;
    sleep(Duration::from_secs(2)).await;
    let mut hears = newer.hears(&engines).await;
    // The question.
    newer.next += 1;
    newer.says(&[ALIVE]).await;
    let here = format!(r#"{{"here":{{"part":["{}"],"is_last":true}}}}"#, ann.id());
    let answered = async { while !hears.next().await.unwrap().contains(&here) {} };
    timeout(QUIET, answered).await.expect("it says who is there");
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newer_server_says_and_this_one_does_not_know_makes_it_look_again_and_go_on() {
    let engines = Engines::start();
    let node = engines.node().await;
    let (ann, ben) = (node.person("ann").await, node.person("ben").await);
    let mut anns = ann.connect().await;
    let mut newer = Newer::beside(&engines).await;
    newer.is_there_until(until(async || cluster_of(&node).await["nodes"] == 2)).await;
    // More about what is known already is no reason to look.
    let spent = r#"{"spent":{"events":[],"songs":[["la",3]]}}"#;
    newer.says(&[spent, r#"{"here":{"part":[],"is_last":true,"songs":3}}"#]).await;
    newer
        .is_there_until(timeout(QUIET, anns.is_told_to_ask()))
        .await
        .expect_err("nobody has missed anything");

    let (came, went) = (format!(r#"{{"came":["{}"]}}"#, ben.id()), format!(r#"{{"went":["{}"]}}"#, ben.id()));
    for unknown in [
        // A change that others are to know of, one of a message, news of another kind, and what is told at once.
        r#"{"committed":{"sung":{"song":"la","by":7}}}"#,
        r#"{"committed":{"messageChanged":{"id":"la"}}}"#,
        r#"{"sung":"la"}"#,
        r#"{"volatile":{"to":{"choir":"la"},"event":"sung","payload":{}}}"#,
    ] {
        let said = Instant::now();
        newer.says(&[unknown, &came]).await;
        let heard = newer.is_there_until(anns.is_told_to_ask_and_that_came(ben.id())).await;
        assert!(heard - said < AT_ONCE, "what stands behind it is not held up");
        assert_eq!(cluster_of(&node).await["status"], "together");
        newer.says(&[&went]).await;
        newer.is_there_until(anns.hears_that_went(ben.id())).await;
    }
    anns.say(&ben, "it goes on").await;
    node.stop().await;
}
