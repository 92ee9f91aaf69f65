//! A node of Parlance: what everybody who starts several of them on this machine has to say and to wait for.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, Result};

use crate::daemon::wait;

/// How long a node may take until it can do its work.
const READY: Duration = Duration::from_secs(30);
/// How long it may take to answer one question.
const ANSWER: Duration = Duration::from_secs(2);

/// The options that make a node of a server. Without Redis it is alone with its database.
#[must_use]
pub fn options(database: &str, redis: Option<&str>) -> Vec<String> {
    let database = ["--database", database];
    let redis = redis.into_iter().flat_map(|url| ["--redis", url]);
    database.into_iter().chain(redis).map(str::to_owned).collect()
}

/// Where it listens, if this line of its output says so.
#[must_use]
pub fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://")?;
    rest.split(['/', ' ', '"']).next()?.trim().parse().ok()
}

/// Waits until it says that it can do its work. This waits, and must not be done in a task.
///
/// # Errors
///
/// It does not say so.
pub fn until_ready(address: SocketAddr) -> Result<()> {
    wait(READY, || (status(address, "/ready") == Some(200)).then_some(()))
        .with_context(|| format!("the node at {address} is not ready after {READY:?}"))
}

/// What a GET is answered, without a runtime.
fn status(address: SocketAddr, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER).ok()?;
    stream.set_read_timeout(Some(ANSWER)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_a_sentence() {
        let address = address_in("Parlance listens on http://127.0.0.1:43521");
        assert_eq!(address.map(|address| address.port()), Some(43521));
        assert_eq!(address_in("Parlance does not listen"), None);
    }

    #[test]
    fn a_node_is_told_where_its_database_is_and_where_redis_is_if_there_is_one() {
        assert_eq!(
            options("postgres://a", Some("redis://b")).join(" "),
            "--database postgres://a --redis redis://b"
        );
        assert_eq!(options("postgres://a", None).join(" "), "--database postgres://a");
    }
}
