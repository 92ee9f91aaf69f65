//! Several servers that are one chat, with a real PostgreSQL and a real Redis.

mod apart;
mod burst;
mod limits;
mod newer;
mod presence;
mod receipt;
mod role;
mod start;
mod unsure;
mod wire;

use std::time::{Duration, Instant};

use parlance::Switch;
use protocol::{
    AddReaction, ConversationId, CreateGroup, EditMessage, JoinGroup, MarkRead, Message, Rev, ServerEvent,
    Typing, Visibility,
};
use serde_json::Value;
use services::{
    postgresql::{Postgresql, aside},
    redis::Redis,
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::harness::{Device, Person, TestServer, to_group};

/// What the servers share.
struct Engines {
    postgresql: Postgresql,
    redis: Redis,
    _folder: TempDir,
}

impl Engines {
    fn start() -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        // PostgreSQL runs as another user, who must be able to enter.
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let [sql, messages] = ["postgresql", "redis"].map(|name| folder.path().join(name));
        std::fs::create_dir(&messages).unwrap();
        let (postgresql, redis) =
            aside(|| (Postgresql::start(&sql).unwrap(), Redis::start(&messages).unwrap()));
        Self { postgresql, redis, _folder: folder }
    }

    async fn node(&self) -> TestServer {
        self.node_at(self.postgresql.port()).await
    }

    /// A server that reaches PostgreSQL at another port.
    async fn node_at(&self, port: u16) -> TestServer {
        self.node_with(port, Switch::On).await
    }

    /// The same with limits or without.
    async fn node_with(&self, port: u16, rate_limit: Switch) -> TestServer {
        let [at, other] = [self.postgresql.port(), port].map(|port| format!(":{port}/"));
        let (database, redis) = (self.postgresql.url().replace(&at, &other), self.redis.url());
        TestServer::start_with(|config| {
            config.database = Some(database.parse().unwrap());
            config.redis = Some(redis.parse().unwrap());
            config.rate_limit = rate_limit;
        })
        .await
    }

    /// Two servers that know each other.
    async fn two(&self) -> [TestServer; 2] {
        let nodes = [self.node().await, self.node().await];
        for node in &nodes {
            until(async || cluster_of(node).await["nodes"] == 2).await;
        }
        nodes
    }
}

/// What a server says of its cluster.
async fn cluster_of(node: &TestServer) -> Value {
    let answer = node.get("/ready").await;
    assert_eq!(answer.status, 200);
    answer.json::<Value>()["cluster"].clone()
}

/// Waits until something is so.
async fn until(is_so: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not become so");
        sleep(Duration::from_millis(20)).await;
    }
}

/// The same person at another server.
fn at(node: &TestServer, person: &Person) -> Person {
    Person { addr: node.addr, ..person.clone() }
}

impl Device {
    /// The next event that this is; what comes before it does not matter.
    async fn hears<T>(&mut self, is: impl Fn(ServerEvent) -> Option<T>) -> T {
        let hearing = async {
            loop {
                if let Some(heard) = is(self.any_event().await) {
                    return heard;
                }
            }
        };
        timeout(Duration::from_secs(20), hearing).await.expect("it is told")
    }

    async fn hears_message(&mut self) -> Message {
        self.hears(message).await
    }
}

fn message(event: ServerEvent) -> Option<Message> {
    match event {
        ServerEvent::PrivateMessage(message)
        | ServerEvent::MessageSent(message)
        | ServerEvent::GroupMessage(message)
        | ServerEvent::MessageChanged(message) => Some(message),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_at_one_server_is_told_at_the_others() {
    let engines = Engines::start();
    let [one, two] = engines.two().await;
    let (ann, ben) = (one.person("ann").await, two.person("ben").await);
    let (mut anns, mut bens) = (ann.connect().await, ben.connect().await);
    let mut anns_laptop = at(&two, &ann).connect().await;

    let said = anns.say(&ben, "hello").await;
    assert_eq!(bens.hears_message().await, said);
    assert_eq!(anns_laptop.hears_message().await, said, "one's own devices, too");

    let corrected = EditMessage { message_id: said.id, content: "hello!".parse().unwrap(), client_id: None };
    let corrected = anns.call(corrected).await.unwrap();
    assert_eq!(bens.hears_message().await, corrected);
    let liked = AddReaction { message_id: said.id, emoji: "👍".parse().unwrap() };
    let liked = bens.call(liked).await.unwrap();
    anns_laptop.hears_message().await;
    assert_eq!(anns_laptop.hears_message().await, liked);

    let with_ben = ConversationId::User(ben.id());
    anns.call(Typing { conversation: with_ben }).await.unwrap();
    let types = bens.hears(|event| match event {
        ServerEvent::UserTyping(typing) => Some(typing.user_id),
        _ => None,
    });
    assert_eq!(types.await, ann.id());
    let mut bens_laptop = at(&one, &ben).connect().await;
    let with_ann = ConversationId::User(ann.id());
    bens.call(MarkRead { conversation: with_ann, seq: said.seq, mark: None }).await.unwrap();
    let read = bens_laptop.hears(|event| match event {
        ServerEvent::ReadUpTo(read) => Some(read.conversation),
        _ => None,
    });
    assert_eq!(read.await, with_ann);
    let read = anns.hears(|event| match event {
        ServerEvent::ReceiptChanged(receipt) => Some((receipt.user_id, receipt.read_up_to)),
        _ => None,
    });
    assert_eq!(read.await, (ben.id(), said.seq));

    // Whoever joins at one server receives at the other what is said there.
    let lunch = bens.create_group("Lunch").await;
    anns.call(JoinGroup { group_id: lunch.id }).await.unwrap();
    let joined = anns_laptop.hears(|event| match event {
        ServerEvent::JoinedGroup(joined) => Some(joined.group_id),
        _ => None,
    });
    assert_eq!(joined.await, lunch.id);
    let invited = bens.say_to_group(&lunch, "soup?").await;
    assert_eq!(anns_laptop.hears_message().await, invited);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_at_one_server_is_over_at_the_others_within_two_seconds() {
    let engines = Engines::start();
    let [one, two] = engines.two().await;
    let ann = one.person("ann").await;
    let mut elsewhere = at(&two, &ann).connect().await;
    let begun = Instant::now();
    let answer = one.post("/api/auth/logout-all", "", &[("authorization", &ann.bearer())]).await;
    assert!(answer.status < 300, "{}", answer.status);
    while let client::Notice::Connected | client::Notice::Event(_) = elsewhere.notice().await {}
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_write_at_several_servers_has_one_order_for_all() {
    const WRITERS: usize = 6;
    const MESSAGES: usize = 100;
    let engines = Engines::start();
    let [one, two] = engines.two().await;
    let ann = one.person("ann").await;
    let group = CreateGroup { name: "All".parse().unwrap(), visibility: Visibility::Public, client_id: None };
    let group = ann.connect().await.call(group).await.unwrap();
    let mut readers = [ann.connect().await, at(&two, &ann).connect().await];
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let node = if number % 2 == 0 { &one } else { &two };
        let device = node.person(&format!("writer{number}")).await.connect().await;
        device.join(&group).await;
        writers.push(device);
    }
    // What came before is not known to a server that hears of a conversation for the first time.
    writers[0].say_to_group(&group, "first").await;
    for reader in &mut readers {
        assert_eq!(reader.hears_message().await.rev, Rev(1));
    }
    let writing = writers.iter().map(|writer| async {
        for number in 0..MESSAGES {
            writer.call(to_group(&group, &format!("message {number}"))).await.unwrap();
        }
    });
    let reading = readers.iter_mut().map(|reader| async {
        let mut revs: Vec<Rev> = Vec::new();
        while revs.len() < WRITERS * MESSAGES {
            revs.push(reader.hears_message().await.rev);
        }
        revs
    });
    let (_, read) = tokio::join!(futures::future::join_all(writing), futures::future::join_all(reading));
    let in_order: Vec<Rev> = (2..=1 + (WRITERS * MESSAGES) as u64).map(Rev).collect();
    for revs in read {
        assert_eq!(revs, in_order);
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_installations_on_one_redis_do_not_hear_each_other() {
    let (engines, others) = (Engines::start(), Engines::start());
    let [one, two] = engines.two().await;
    let foreign = TestServer::start_with(|config| {
        config.database = Some(others.postgresql.url().parse().unwrap());
        config.redis = Some(engines.redis.url().parse().unwrap());
    })
    .await;
    sleep(Duration::from_secs(3)).await;
    for (node, nodes) in [(&one, 2), (&two, 2), (&foreign, 1)] {
        assert_eq!(cluster_of(node).await, serde_json::json!({ "nodes": nodes, "status": "together" }));
    }
    for node in [one, two, foreign] {
        node.stop().await;
    }
}
