//! How much somebody may do, whatever server they do it at.

use std::time::{Duration, Instant};

use futures::future::join_all;
use protocol::limits;
use serde_json::json;
use services::postgresql::aside;
use tokio::time::sleep;

use super::{Engines, cluster_of, until};
use crate::harness::{Person, RawSocket, TestServer, credentials, log_in};

/// Longer than it takes until the other servers know what somebody does.
const TOLD: Duration = Duration::from_millis(600);

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

async fn asks_to_enter(server: &TestServer, person: &Person) -> RawSocket {
    let mut socket = RawSocket::open(server).await;
    socket.send(&format!("40{}", json!({ "token": person.login.token }))).await;
    socket
}

/// Whether it is let in, or told that its person has entered too often.
async fn is_let_in(mut socket: RawSocket) -> Option<RawSocket> {
    let answer = socket.text().await.unwrap();
    assert!(answer.starts_with("40{") || answer.contains("rateLimited: "), "{answer}");
    answer.starts_with("40{").then_some(socket)
}

async fn enters(server: &TestServer, person: &Person) -> Option<RawSocket> {
    is_let_in(asks_to_enter(server, person).await).await
}

/// Connects until the server does not let them in.
async fn enters_often(server: &TestServer, person: &Person) -> Vec<RawSocket> {
    let mut sockets = Vec::new();
    while let Some(socket) = enters(server, person).await {
        sockets.push(socket);
    }
    sockets
}

async fn is_open(socket: &mut RawSocket) -> bool {
    if socket.try_send(r#"421["listOnline",{}]"#).await.is_err() {
        return false;
    }
    while let Some(frame) = socket.text().await {
        if frame.starts_with("431") {
            return true;
        }
    }
    false
}

async fn count_open(sockets: &mut [RawSocket]) -> usize {
    let mut count = 0;
    for socket in sockets {
        count += usize::from(is_open(socket).await);
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_connects_to_several_servers_has_as_many_sockets_as_at_one() {
    let engines = Engines::start();
    let [one, two] = engines.two().await;
    let ann = one.person("ann").await;
    let mut here = Vec::new();
    for _ in 0..40 {
        here.push(RawSocket::connect(&one, &ann).await);
    }
    sleep(TOLD).await;
    let there = enters_often(&two, &ann).await;
    assert_eq!(here.len() + there.len(), limits::SOCKETS_A_PERSON);
    // A server that comes later is told, too.
    let three = engines.node().await;
    until(async || cluster_of(&three).await["nodes"] == 3).await;
    sleep(TOLD * 2).await;
    assert!(enters(&three, &ann).await.is_none());
    drop(here.pop());
    until(async || enters(&three, &ann).await.is_some()).await;
    // Those of a server that stops are free.
    drop(there);
    two.stop().await;
    one.stop().await;
    until(async || cluster_of(&three).await["nodes"] == 1).await;
    sleep(TOLD).await;
    assert_eq!(enters_often(&three, &ann).await.len(), limits::SOCKETS_A_PERSON);
    three.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_gets_by_connecting_to_several_servers_at_once_is_taken_back() {
    let engines = Engines::start();
    let nodes = engines.two().await;
    // On a busy machine the servers may know of each other's in time.
    let mut sockets = Vec::new();
    for name in ["ann", "ben", "cem", "dan"] {
        let person = nodes[0].person(name).await;
        let asking = nodes.iter().flat_map(|node| vec![node; limits::SOCKETS_A_PERSON]);
        let asking = join_all(asking.map(|node| asks_to_enter(node, &person))).await;
        sockets = join_all(asking.into_iter().map(is_let_in)).await.into_iter().flatten().collect();
        if sockets.len() > limits::SOCKETS_A_PERSON {
            break;
        }
    }
    assert!(sockets.len() > limits::SOCKETS_A_PERSON, "{} and no more", sockets.len());
    // The surplus is closed within a second after it is known.
    sleep(TOLD + Duration::from_secs(2)).await;
    assert_eq!(count_open(&mut sockets).await, limits::SOCKETS_A_PERSON);
    for node in nodes {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_gone_each_server_counts_by_itself_and_afterwards_all_together() {
    let mut engines = Engines::start();
    let nodes = engines.two().await;
    let ann = nodes[0].person("ann").await;
    let mut sockets = enters_often(&nodes[0], &ann).await;
    sleep(TOLD).await;
    assert!(enters(&nodes[1], &ann).await.is_none());
    aside(|| engines.redis.kill().unwrap());
    let begun = Instant::now();
    while enters(&nodes[1], &ann).await.is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not notice that it hears nobody");
        sleep(TOLD).await;
    }
    sleep(TOLD).await;
    sockets.extend(enters_often(&nodes[1], &ann).await);
    assert_eq!(sockets.len(), limits::SOCKETS_A_PERSON * 2);
    aside(|| engines.redis.start_again().unwrap());
    until(async || cluster_of(&nodes[1]).await["status"] == "together").await;
    let begun = Instant::now();
    while count_open(&mut sockets).await != limits::SOCKETS_A_PERSON {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing of it is closed");
        sleep(TOLD).await;
    }
    for node in nodes {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_and_goes_at_several_servers_may_do_so_as_often_as_at_one() {
    let engines = Engines::start();
    let nodes = engines.two().await;
    let ann = nodes[0].person("ann").await;
    let begun = Instant::now();
    let mut times = 0;
    'refused: loop {
        for node in &nodes {
            match enters(node, &ann).await {
                Some(_) => times += 1,
                None => break 'refused,
            }
            // The others are told meanwhile, and what has ended is noticed.
            sleep(Duration::from_millis(8)).await;
        }
    }
    let most = limits::CONNECTS_AT_ONCE + limits::CONNECTS_A_SECOND * (begun.elapsed().as_secs() as u32 + 1);
    // What is used up in the last moment is told a moment later.
    assert!(times >= limits::CONNECTS_AT_ONCE && times <= most + 50, "{times}, and {most} are right");
    for node in nodes {
        node.stop().await;
    }
}

/// Somebody tries to enter with a token whose session was ended. Returns whether they are told that they do so too
/// often.
async fn knocks_too_often(server: &TestServer, person: &Person) -> bool {
    let answer = asks_to_enter(server, person).await.text().await.unwrap();
    let is_too_often = answer.contains("rateLimited: ");
    assert!(is_too_often || answer.contains("unauthorized: "), "{answer}");
    is_too_often
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_a_session_that_was_ended_may_be_shown_at_several_servers_as_often_as_at_one() {
    let engines = Engines::start();
    let nodes = engines.two().await;
    let ann = nodes[0].person("ann").await;
    let answer = nodes[0].post("/api/auth/logout", "", &[("authorization", &ann.bearer())]).await;
    assert!(answer.status < 300, "{}", answer.status);
    let begun = Instant::now();
    let mut times = 0;
    'refused: loop {
        for node in &nodes {
            if knocks_too_often(node, &ann).await {
                break 'refused;
            }
            times += 1;
            // The others are told meanwhile.
            sleep(Duration::from_millis(8)).await;
        }
    }
    let most = limits::CONNECTS_AT_ONCE + limits::CONNECTS_A_SECOND * (begun.elapsed().as_secs() as u32 + 1);
    assert!(times >= limits::CONNECTS_AT_ONCE && times <= most + 50, "{times}, and {most} are right");
    // What somebody does with it does not count against those who are logged in.
    let again = log_in(nodes[1].addr, "ann").await;
    assert!(enters(&nodes[1], &again).await.is_some());
    for node in nodes {
        node.stop().await;
    }
}
