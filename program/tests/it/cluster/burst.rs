//! When Redis stumbles while much is written.

use std::{
    collections::HashMap,
    process::Command,
    time::{Duration, Instant},
};

use futures::future::join_all;
use protocol::{Message, MessageId, ServerEvent};
use tokio::time::{sleep, timeout};

use super::{Engines, message, until};
use crate::harness::{Device, Person, to_group};

/// How many messages are written at once, and how often.
const AT_ONCE: usize = 50;
const BURSTS: usize = 100;
/// Longer than somebody waits who is to ask for something.
const QUIET: Duration = Duration::from_secs(6);

/// What a device heard until nothing comes for a while: how often each message, and when it was told to ask last.
async fn listen(mut device: Device) -> (HashMap<MessageId, usize>, Instant) {
    let (mut heard, mut asks) = (HashMap::new(), Instant::now());
    while let Ok(event) = timeout(QUIET, device.any_event()).await {
        if let ServerEvent::EventsMissed(_) = event {
            asks = Instant::now();
        } else if let Some(message) = message(event) {
            *heard.entry(message.id).or_default() += 1;
        }
    }
    (heard, asks)
}

async fn write(ann: &Person, device: &Device, group: &protocol::Group) -> Vec<(Message, Instant)> {
    let mut written = Vec::new();
    for _ in 0..BURSTS {
        let some = (0..AT_ONCE).map(|number| device.call(to_group(group, &format!("{number}"))));
        written.extend(join_all(some).await.into_iter().map(|sent| (sent.unwrap(), Instant::now())));
        sleep(Duration::from_millis(30)).await;
    }
    assert!(written.iter().all(|(message, _)| message.sender_id == ann.id()));
    written
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_redis_loses_in_a_burst_is_asked_for_and_nothing_is_doubled() {
    for stands_still in [false, true] {
        let engines = Engines::start();
        let free = async || engines.node_with(engines.postgresql.port(), parlance::Switch::Off).await;
        let (one, two) = (free().await, free().await);
        until(async || super::cluster_of(&one).await["nodes"] == 2).await;
        let (ann, ben) = (one.person("ann").await, two.person("ben").await);
        let (anns, bens) = (ann.connect().await, ben.connect().await);
        let lunch = anns.create_group("Lunch").await;
        bens.join(&lunch).await;
        sleep(Duration::from_secs(3)).await;
        let listening = tokio::spawn(listen(bens));
        let breaking = async {
            sleep(Duration::from_millis(700)).await;
            if !stands_still {
                // As Redis does by itself with whoever reads too slowly.
                let client = redis::Client::open(engines.redis.url()).unwrap();
                let mut connection = client.get_multiplexed_async_connection().await.unwrap();
                let kill = redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("pubsub").to_owned();
                return kill.query_async::<()>(&mut connection).await.unwrap();
            }
            let pid = engines.redis.pid().unwrap().to_string();
            for (signal, pause) in [("-STOP", 5), ("-CONT", 0)] {
                assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
                sleep(Duration::from_secs(pause)).await;
            }
        };
        let (written, ()) = tokio::join!(write(&ann, &anns, &lunch), breaking);
        let (heard, asks) = listening.await.unwrap();
        assert!(heard.values().all(|count| *count == 1), "nothing is doubled");
        let lost: Vec<_> = written.iter().filter(|(message, _)| !heard.contains_key(&message.id)).collect();
        assert!(lost.iter().all(|(_, at)| *at < asks), "{} are lost and not asked for", lost.len());
        assert!(lost.len() < written.len() / 2, "{} of {}", lost.len(), written.len());
        one.stop().await;
        two.stop().await;
    }
}
