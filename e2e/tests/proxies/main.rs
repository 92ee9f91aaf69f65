//! nginx, HAProxy and Caddy with the configurations in `deploy/proxy`, in front of three nodes.
//!
//! A person registers and logs in, polls, upgrades, uses a WebSocket, writes the longest message; addresses are
//! passed on; a node is killed and everybody is back through another one.

mod guest;
mod pages;
mod polling;

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use client::Transports;
use e2e::{account::Account, cluster::Cluster, interop_packages, program};
use futures::future::try_join_all;
use protocol::limits;
use reqwest::StatusCode;
use services::proxy::{Kind, Proxy};

use self::{guest::Guest, polling::Session};

const NODES: usize = 3;
/// How many addresses poll: enough that all nodes have some.
const ADDRESSES: u8 = 24;
/// Requests whose ids are looked at: so many that a random one begins otherwise than those that nodes make.
const REQUESTS: usize = 8;
/// The longest time without a node after its neighbour was killed.
const BACK: Duration = Duration::from_secs(10);
/// Longer than from one ping to the next.
const SILENCE: Duration = Duration::from_secs(30);
const WAYS: [Transports; 3] = [Transports::Polling, Transports::PollingThenWebSocket, Transports::WebSocket];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_in_front_of_three_nodes() -> Result<()> {
    proves(Kind::Nginx).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn haproxy_in_front_of_three_nodes() -> Result<()> {
    proves(Kind::Haproxy).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caddy_in_front_of_three_nodes() -> Result<()> {
    proves(Kind::Caddy).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_an_address_leads_to_any_node_polling_breaks_and_a_websocket_does_not() -> Result<()> {
    let cluster = Cluster::start("proxies-any", NODES)?;
    let proxy =
        Proxy::start_without(Kind::Nginx, &cluster.home().join("proxy"), &cluster.addresses(), "hash ")?;
    let ann = Account::register(&proxy.url(), "ann").await?;
    let broken = Session::begin(&proxy.url(), &ann.token, from(1)).await;
    ensure!(broken.is_err(), "a session that polled at several nodes was accepted");
    Guest::enters(&proxy.url(), &ann, Transports::WebSocket).writes("by WebSocket").await?;
    cluster.end()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_on_which_nobody_says_anything_stays() -> Result<()> {
    let cluster = Cluster::start("proxies-idle", NODES)?;
    let mut proxies = Vec::new();
    let mut guests = Vec::new();
    for kind in Kind::ALL {
        let proxy = Proxy::start(kind, &cluster.home().join(kind.name()), &cluster.addresses())?;
        let name = format!("ann-{}", kind.name());
        let ann = Account::register(&proxy.url(), &name).await?;
        guests.extend(WAYS.map(|way| Guest::enters(&proxy.url(), &ann, way)));
        proxies.push(proxy);
    }
    try_join_all(guests.iter().map(|guest| guest.writes("before"))).await?;
    tokio::time::sleep(SILENCE).await;
    try_join_all(guests.iter().map(|guest| guest.writes("after"))).await?;
    for guest in guests {
        ensure!(guest.connections() == 1, "{guest:?} was cut off");
    }
    cluster.end()
}

async fn proves(kind: Kind) -> Result<()> {
    let mut cluster = Cluster::start(&format!("proxies-{}", kind.name()), NODES)?;
    let proxy = Proxy::start(kind, &cluster.home().join("proxy"), &cluster.addresses())?;
    let url = proxy.url();
    Account::register(&url, "ann").await?;
    let ann = Account::of(&url, "ann").await?;

    an_address_polls_at_one_node(&cluster, &url, &ann).await?;
    let longest = "🦀".repeat(*limits::MESSAGE_CHARS.end());
    for transports in WAYS {
        Guest::enters(&url, &ann, transports).writes(&longest).await?;
    }
    for way in ["polling", "websocket"] {
        program::run(
            Command::new("node").current_dir(interop_packages()?).args(["documented.mjs", &url, way]),
            Duration::from_secs(60),
        )?;
    }
    bodies_are_limited_as_in_the_nodes(kind, &url, &ann).await?;
    limits_count_addresses(&url).await?;
    requests_have_the_proxys_ids(&url).await?;
    println!(
        "{}: people are back after {:?} at most",
        kind.name(),
        killed_in_turn(&mut cluster, &url, &ann).await?
    );
    drop(proxy);
    cluster.end()
}

/// Every session stays at the node where it began, and all nodes have some.
async fn an_address_polls_at_one_node(cluster: &Cluster, url: &str, who: &Account) -> Result<()> {
    let sessions = (1..=ADDRESSES).map(|number| Session::begin(url, &who.token, from(number)));
    let sessions = try_join_all(sessions).await?;
    let mut used = vec![0; NODES];
    for session in &sessions {
        for _ in 0..5 {
            session.asks(url).await?;
        }
        let mut knows = Vec::new();
        for node in 0..NODES {
            if session.asks(&cluster.url(node)).await.is_ok() {
                knows.push(node);
            }
        }
        ensure!(knows.len() == 1, "nodes {knows:?} know one session");
        used[knows[0]] += 1;
    }
    ensure!(used.iter().all(|count| *count > 0), "sessions by node: {used:?}");
    Ok(())
}

/// 127.0.0.2 and so on: all of them are this machine.
fn from(number: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, 1 + number).into()
}

/// What is too large for a node is refused, and nothing else.
async fn bodies_are_limited_as_in_the_nodes(kind: Kind, url: &str, who: &Account) -> Result<()> {
    let file = fs::read_to_string(kind.file())?;
    ensure!(
        file.contains(&limits::FRAME_BYTES.to_string()),
        "the file does not name {}",
        limits::FRAME_BYTES
    );
    let session = Session::begin(url, &who.token, from(1)).await?;
    let fits = session.sends(url, limits::FRAME_BYTES).await?;
    // Some say why not (413, or 502 in Caddy 2.6), some close the connection while the client still sends.
    let does_not = session.sends(url, limits::FRAME_BYTES + 1).await.unwrap_or_default();
    ensure!(fits == 200 && does_not != 200, "{fits} {does_not}");
    match kind {
        // It has passed the beginning on, and the node has ended the session.
        Kind::Caddy => Ok(()),
        Kind::Nginx | Kind::Haproxy => session.asks(url).await,
    }
}

/// Who tries passwords at one address takes nothing from another one.
async fn limits_count_addresses(url: &str) -> Result<()> {
    let tries = async |address: IpAddr| -> Result<StatusCode> {
        let credentials = serde_json::json!({ "username": "ann", "password": "not this one" });
        let client = reqwest::Client::builder().local_address(address).build()?;
        let login = client.post(format!("{url}{}", protocol::path::LOGIN)).json(&credentials);
        // What the client says itself is not believed.
        Ok(login
            .header("x-forwarded-for", "192.0.2.1")
            .header("forwarded", "for=192.0.2.1")
            .send()
            .await?
            .status())
    };
    let enough = NODES as u32 * (limits::WRONG_PASSWORDS_AT_ONCE + 1);
    for _ in 0..enough {
        if tries(from(101)).await? == StatusCode::TOO_MANY_REQUESTS {
            let other = tries(from(102)).await?;
            ensure!(other == StatusCode::UNAUTHORIZED, "another address got {other}");
            return Ok(());
        }
    }
    anyhow::bail!("{enough} wrong passwords from one address are not too many")
}

/// A node answers with the id that its log has: the proxy's, and not what a client claims.
async fn requests_have_the_proxys_ids(url: &str) -> Result<()> {
    let client = reqwest::Client::new();
    let mut ids = BTreeSet::new();
    for _ in 0..REQUESTS {
        let asked = client.get(format!("{url}{}", protocol::path::HEALTH)).header("x-request-id", "mine");
        let answer = asked.send().await?.error_for_status()?;
        let id = answer.headers().get("x-request-id").context("an answer without an id")?;
        ids.insert(id.to_str()?.replace('-', ""));
    }
    let is_plain = |id: &String| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    ensure!(ids.len() == REQUESTS && ids.iter().all(is_plain), "{ids:?}");
    // Those that a node makes itself are UUIDs of version 7; proxies make random ones.
    ensure!(ids.iter().any(|id| !id[12..].starts_with('7')), "the node has made {ids:?} itself");
    Ok(())
}

/// Kills each node and starts it again. Returns the longest time in which somebody could not write.
async fn killed_in_turn(cluster: &mut Cluster, url: &str, who: &Account) -> Result<Duration> {
    let guests: Vec<Guest> =
        WAYS.into_iter().cycle().take(9).map(|way| Guest::enters(url, who, way)).collect();
    try_join_all(guests.iter().map(|guest| guest.writes("before"))).await?;
    let mut longest = Duration::ZERO;
    for node in 0..cluster.len() {
        cluster.kill(node);
        let killed = Instant::now();
        try_join_all(guests.iter().map(|guest| guest.comes_back(BACK))).await?;
        longest = longest.max(killed.elapsed());
        cluster.start_again(node)?;
        cluster.until_ready(node)?;
        // Until they ask it again, or try it.
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    for guest in &guests {
        ensure!(guest.connections() > 1, "{guest:?} was never cut off, though each node was killed");
    }
    Ok(longest)
}
