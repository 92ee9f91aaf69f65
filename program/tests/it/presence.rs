//! Row 6 of the event table: `onlineUsers`, `userOnline`, `userOffline`.

use std::{collections::HashSet, time::Duration};

use protocol::{ServerEvent, UserId, WatchPresence};
use tokio::time::{Instant, sleep};

use crate::harness::{Device, GRACE, RawSocket, TestServer};

impl Device {
    async fn online(&mut self) -> HashSet<UserId> {
        match self.any_event().await {
            ServerEvent::OnlineUsers(users) => users.into_iter().collect(),
            other => panic!("{other:?}"),
        }
    }

    async fn comes(&mut self) -> UserId {
        match self.any_event().await {
            ServerEvent::UserOnline(user) => user,
            other => panic!("{other:?}"),
        }
    }

    async fn goes(&mut self) -> UserId {
        match self.any_event().await {
            ServerEvent::UserOffline(user) => user,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_newcomer_is_told_who_is_there_and_the_others_that_they_came() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let mut anns = ann.connect().await;
    assert_eq!(anns.online().await, HashSet::from([ann.id()]));
    let mut phone = ben.connect().await;
    assert_eq!(phone.online().await, HashSet::from([ann.id(), ben.id()]));
    assert_eq!(anns.comes().await, ben.id());
    // A second device of somebody who is there is news to nobody.
    let mut laptop = ben.connect().await;
    assert_eq!(laptop.online().await, HashSet::from([ann.id(), ben.id()]));
    let note = laptop.say(&ann, "any news?").await;
    for device in [&mut anns, &mut phone] {
        let (ServerEvent::PrivateMessage(message) | ServerEvent::MessageSent(message)) =
            device.any_event().await
        else {
            panic!()
        };
        assert_eq!(message, note);
    }
    server.stop().await;
}

#[tokio::test]
async fn who_is_gone_is_announced_after_the_grace_when_the_last_device_is_gone() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let mut anns = ann.connect().await;
    anns.online().await;
    let (phone, laptop) = (ben.connect().await, ben.connect().await);
    assert_eq!(anns.comes().await, ben.id());
    drop(phone);
    sleep(GRACE * 2).await;
    let gone = Instant::now();
    // Without a word, as when a network fails.
    drop(laptop);
    assert_eq!(anns.goes().await, ben.id());
    assert!(gone.elapsed() >= GRACE);
    let mut back = ben.connect().await;
    assert_eq!(back.online().await, HashSet::from([ann.id(), ben.id()]));
    assert_eq!(anns.comes().await, ben.id());
    server.stop().await;
}

#[tokio::test]
async fn a_reconnect_within_the_grace_is_announced_to_nobody() {
    let server = TestServer::start_with(|config| config.presence_grace = Duration::from_secs(2)).await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let mut anns = ann.connect().await;
    anns.online().await;
    let phone = ben.connect().await;
    assert_eq!(anns.comes().await, ben.id());
    drop(phone);
    sleep(Duration::from_millis(200)).await;
    // He is still listed as online.
    let eve = server.person("eve").await;
    assert!(eve.connect().await.online().await.contains(&ben.id()));
    assert_eq!(anns.comes().await, eve.id());
    let _back = ben.connect().await;
    // Eve goes, Ben stays.
    assert_eq!(anns.goes().await, eve.id());
    server.stop().await;
}

#[tokio::test]
async fn who_watches_is_told_of_those_and_of_nobody_else() {
    let server = TestServer::start().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let mut anns = ann.connect().await;
    anns.online().await;
    assert_eq!(anns.call(WatchPresence { user_ids: vec![ben.id()] }).await.unwrap(), []);
    let eves = eve.connect().await;
    let bens = ben.connect().await;
    assert_eq!(anns.comes().await, ben.id());
    let both = WatchPresence { user_ids: vec![ben.id(), eve.id()] };
    let online: HashSet<_> = anns.call(both).await.unwrap().into_iter().collect();
    assert_eq!(online, HashSet::from([ben.id(), eve.id()]));
    drop(eves);
    assert_eq!(anns.goes().await, eve.id());
    assert_eq!(anns.call(WatchPresence::default()).await.unwrap(), []);
    drop(bens);
    sleep(GRACE * 2).await;
    let note = anns.say(&ann, "did anybody go?").await;
    let ServerEvent::MessageSent(message) = anns.any_event().await else { panic!() };
    assert_eq!(message, note);
    server.stop().await;
}

#[tokio::test]
async fn who_watches_from_the_beginning_is_greeted_with_those_and_others_with_everybody() {
    let server = TestServer::start().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let (mut bens, _eves) = (ben.connect().await, eve.connect().await);
    bens.online().await;
    assert_eq!(bens.comes().await, eve.id());
    let version = <protocol::Chat as protocol::Catalogue>::VERSION;
    let auth = serde_json::json!({ "token": ann.login.token, "protocol": version, "watch": [ben.id()] });
    let mut watching = RawSocket::open(&server).await;
    watching.send(&format!("40{auth}")).await;
    assert_eq!(watching.answer("42").await, serde_json::json!([ben.id()]));
    // The others are told of her as before.
    assert_eq!(bens.comes().await, ann.id());
    let mut too_many = RawSocket::open(&server).await;
    let watch = vec![ben.id(); protocol::limits::WATCHED_USERS + 1];
    let auth = serde_json::json!({ "token": ann.login.token, "watch": watch });
    too_many.send(&format!("40{auth}")).await;
    assert!(too_many.text().await.unwrap().starts_with("44{\"message\":\"invalidPayload"));
    server.stop().await;
}
