//! How much somebody may do, whatever server they do it at.

use std::time::Duration;

use protocol::limits;
use tokio::time::sleep;

use super::Engines;
use crate::harness::credentials;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_guesses_passwords_at_several_servers_has_as_many_tries_as_at_one() {
    let engines = Engines::start();
    let nodes = engines.two().await;
    nodes[0].person("ann").await;
    let wrong = credentials("ann", "not the password");
    let mut tries = 0;
    for number in 0..limits::WRONG_PASSWORDS_AT_ONCE * 2 {
        let answer = nodes[number as usize % 2].post("/api/auth/login", &wrong, &[]).await;
        match answer.status {
            401 => tries += 1,
            429 => {}
            other => panic!("{other}"),
        }
        // The other server is told within this time.
        sleep(Duration::from_millis(400)).await;
    }
    // One that is a quarter of what one may is not worth telling of.
    assert!(tries <= limits::WRONG_PASSWORDS_AT_ONCE + 2, "{tries}");
    for node in nodes {
        node.stop().await;
    }
}
