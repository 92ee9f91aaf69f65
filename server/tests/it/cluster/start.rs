//! What is wrong with the address of Redis is said in a sentence.

use clap::Parser as _;
use parlance::{Config, Server};
use services::postgresql::aside;
use tempfile::TempDir;

use super::Engines;

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
    Server::bind(config).await.err().unwrap_or_else(|| panic!("it starts with {redis}")).to_string()
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
    set_password(&engines, "right");
    for url in [engines.redis.url(), format!("redis://:hunter2@127.0.0.1:{}", engines.redis.port())] {
        let sentence = refusal(&engines, &url).await;
        assert!(sentence.contains("does not let Parlance in"), "{sentence}");
        assert!(!sentence.contains("hunter2"), "{sentence}");
    }
}

fn set_password(engines: &Engines, password: &str) {
    use std::io::{Read as _, Write as _};

    aside(|| {
        let mut redis = std::net::TcpStream::connect(("127.0.0.1", engines.redis.port())).unwrap();
        write!(redis, "CONFIG SET requirepass {password}\r\nQUIT\r\n").unwrap();
        let mut answer = String::new();
        redis.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("+OK"), "{answer}");
    });
}
