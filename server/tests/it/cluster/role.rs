//! Who is removed at one server is out at the others, and what an older server makes of such news.

use std::time::Instant;

use protocol::{BanMember, ConversationId, ErrorCode, JoinGroup, RemoveMember, Role, ServerEvent, SetRole};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Duration, sleep},
};

use super::{Engines, at, cluster_of};
use crate::harness::{TestServer, code};

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

/// A server of another version, which speaks to the others by hand.
struct OtherVersion(TcpStream);

impl OtherVersion {
    async fn connect(engines: &Engines) -> Self {
        Self(TcpStream::connect(("127.0.0.1", engines.redis.port())).await.unwrap())
    }

    async fn ask(&mut self, words: &[&str]) -> String {
        let mut command = format!("*{}\r\n", words.len());
        for word in words {
            command += &format!("${}\r\n{word}\r\n", word.len());
        }
        self.0.write_all(command.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let length = self.0.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    async fn say(&mut self, first: u64, lines: &[String]) {
        let channels = self.ask(&["PUBSUB", "CHANNELS", "parlance:*"]).await;
        let channel = channels.lines().find(|line| line.starts_with("parlance:")).unwrap().to_owned();
        let frame = format!("00000000000000ab {first} {}\n{}", lines.len(), lines.join("\n"));
        self.ask(&["PUBLISH", &channel, &frame]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hears_of_something_that_it_does_not_know_looks_again_and_keeps_its_place() {
    let engines = Engines::start();
    let node: TestServer = engines.node().await;
    let ann = node.person("ann").await;
    let mut anns = ann.connect().await;
    let mut other = OtherVersion::connect(&engines).await;
    other.say(1, &["\"alive\"".to_owned()]).await;
    sleep(Duration::from_secs(2)).await;
    let before = cluster_of(&node).await;
    assert_eq!(before["nodes"], 2, "{before}");

    let conversation = ConversationId::User(ann.id());
    let muted = json!({ "conversation": conversation, "muted": true });
    let known = json!({ "committed": { "muted": { "user": ann.id(), "muted": muted } } }).to_string();
    let unknown = json!({ "committed": { "crowned": { "group": "x", "user": ann.id() } } }).to_string();
    let begun = Instant::now();
    other.say(2, &[unknown, known.clone()]).await;
    let hears_muted = |event| matches!(event, ServerEvent::ConversationMuted(_)).then_some(());
    anns.hears(hears_muted).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "what stands behind it is not held up");
    anns.hears(|event| matches!(event, ServerEvent::EventsMissed(_)).then_some(())).await;
    // Its place is the one after both: nothing is missed by the next.
    other.say(4, &[known]).await;
    anns.hears(hears_muted).await;
    assert_eq!(cluster_of(&node).await["status"], before["status"]);
    sleep(Duration::from_secs(2)).await;
    anns.nothing_else(&ann).await;
    node.stop().await;
}
