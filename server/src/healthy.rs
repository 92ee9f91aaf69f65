//! `parlance healthy`: asks a server that runs on this machine whether it can do its work. For containers, which may
//! have no shell and no curl, and for units of systemd.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use protocol::path;

use crate::config::Config;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes of the answer that are read.
const ANSWER: u64 = 16 * 1024;

/// Asks `/ready` at the address at which this configuration listens. Both answers are a sentence.
pub(crate) fn ask(config: &Config) -> Result<String, String> {
    if config.tls_cert.is_some() {
        return Err("This server is configured for https, and `healthy` asks over http only.".to_owned());
    }
    let addr = reachable(config.addr);
    let answer =
        get(addr).map_err(|cause| format!("Nobody answers for Parlance at http://{addr}: {cause}."))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.split(' ').nth(1) == Some("200") {
        return Ok(format!("Parlance at http://{addr} is ready."));
    }
    Err(format!("Parlance at http://{addr} is not ready: {}", body.trim()))
}

/// Who listens everywhere is asked on this machine.
fn reachable(addr: SocketAddr) -> SocketAddr {
    let host = match addr.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    SocketAddr::new(host, addr.port())
}

fn get(addr: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&addr, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n", path::READY)?;
    let mut answer = String::new();
    stream.take(ANSWER).read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_asked_on_this_machine() {
        for (listens, asked) in
            [("0.0.0.0:8000", "127.0.0.1:8000"), ("[::]:8000", "[::1]:8000"), ("10.0.0.1:80", "10.0.0.1:80")]
        {
            assert_eq!(reachable(listens.parse().unwrap()).to_string(), asked);
        }
    }
}
