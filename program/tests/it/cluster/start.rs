//! What is wrong with the address of Redis is said in a sentence.

use std::time::Duration;

use clap::Parser as _;
use parlance::{Config, Server};
use services::postgresql::aside;
use tempfile::TempDir;
use tokio::time::sleep;

use super::{Engines, cluster_of};
use crate::harness::TestServer;

async fn refusal(engines: &Engines, redis: &str) -> String {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let config = Config::parse_from([
        "parlance",
        "--addr=127.0.0.1:0",
        "--data-dir",
        folder.path().to_str().unwrap(),
        "--database",
        &engines.postgresql.url(),
        "--redis",
        redis,
    ]);
    Server::bind(config, &[]).await.err().unwrap_or_else(|| panic!("it starts with {redis}")).to_string()
}

#[test]
fn it_needs_a_database_that_servers_can_share() {
    let error = Config::try_parse_from(["parlance", "--redis", "redis://127.0.0.1"]).unwrap_err().to_string();
    assert!(error.contains("--database <URL>"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_can_never_work_is_refused_with_what_to_do() {
    let engines = Engines::start();
    for wrong in ["localhost:6379", "http://localhost", "redis://host:port"] {
        let sentence = refusal(&engines, wrong).await;
        assert!(sentence.contains("It looks like redis://"), "{wrong}: {sentence}");
    }
    set(&engines, "CONFIG SET requirepass right");
    for url in [engines.redis.url(), format!("redis://:hunter2@127.0.0.1:{}", engines.redis.port())] {
        let sentence = refusal(&engines, &url).await;
        assert!(sentence.contains("does not let Parlance in"), "{sentence}");
        assert!(!sentence.contains("hunter2"), "{sentence}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_needs_no_more_rights_than_are_documented() {
    let engines = Engines::start();
    let readme = include_str!("../../../../SECURITY.md");
    let rights = "+publish +subscribe +ping &parlance:*";
    assert!(readme.contains(rights));
    set(&engines, &format!("ACL SETUSER chat on >secret resetchannels -@all {rights}"));
    let url = format!("redis://chat:secret@127.0.0.1:{}", engines.redis.port());
    let node = TestServer::start_with(|config| {
        config.database = Some(engines.postgresql.url().parse().unwrap());
        config.redis = Some(url.parse().unwrap());
    })
    .await;
    sleep(Duration::from_secs(4)).await;
    assert_eq!(cluster_of(&node).await["status"], "together", "it hears itself");
    node.stop().await;
}

fn set(engines: &Engines, what: &str) {
    use std::io::{Read as _, Write as _};

    aside(|| {
        let mut redis = std::net::TcpStream::connect(("127.0.0.1", engines.redis.port())).unwrap();
        write!(redis, "{what}\r\nQUIT\r\n").unwrap();
        let mut answer = String::new();
        redis.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("+OK"), "{answer}");
    });
}
