//! While nodes are upgraded, each has another page, whose files have other names. Whoever gets a page gets its files.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use anyhow::{Result, ensure};
use e2e::target;
use services::proxy::{Kind, Proxy};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinSet, block_in_place};

use crate::{ADDRESSES, NODES, from};

/// A node as far as its page goes: `/` names the one file that it has.
struct Node {
    address: SocketAddr,
    _serving: JoinSet<()>,
}

impl Node {
    async fn start(number: usize) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(serve(stream, number));
            }
        });
        Ok(Self { address, _serving: serving })
    }
}

async fn serve(mut stream: TcpStream, number: usize) {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    while let Ok(Some(asked)) = lines.next_line().await {
        // The rest of what a GET says.
        while lines.next_line().await.is_ok_and(|line| line.is_some_and(|line| !line.is_empty())) {}
        let path = asked.split(' ').nth(1).unwrap_or_default();
        let own = format!("/page-{number}.js");
        let (status, body) = match path {
            "/" => ("200 OK", own.as_str()),
            "/ready" => ("200 OK", "ready"),
            path if path == own => ("200 OK", "the file"),
            _ => ("404 Not Found", "There is nothing at this address."),
        };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if writer.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_gets_a_page_gets_its_files_while_nodes_have_different_ones() -> Result<()> {
    for kind in Kind::ALL {
        let mut nodes = Vec::new();
        for number in 0..NODES {
            nodes.push(Node::start(number).await?);
        }
        let addresses: Vec<SocketAddr> = nodes.iter().map(|node| node.address).collect();
        let home = target().join("e2e/proxies-pages").join(kind.name());
        let proxy = block_in_place(|| Proxy::start(kind, &home, &addresses))?;
        let pages = everybody_loads(&proxy.url()).await?;
        ensure!(pages.len() == NODES, "{}: all have the same page: {pages:?}", kind.name());
        // One is stopped, to be upgraded.
        nodes.pop();
        let pages = everybody_loads(&proxy.url()).await?;
        ensure!(pages.len() == NODES - 1, "{}: of those that are left: {pages:?}", kind.name());
    }
    Ok(())
}

/// People at several addresses load the page, each more than once. Returns what they got.
async fn everybody_loads(url: &str) -> Result<BTreeSet<String>> {
    let mut pages = BTreeSet::new();
    for number in 1..=ADDRESSES {
        for _ in 0..3 {
            let client = reqwest::Client::builder().local_address(from(number)).build()?;
            let get = |path: &str| client.get(format!("{url}{path}")).send();
            let page = get("/").await?.error_for_status()?.text().await?;
            // More at once than a browser needs.
            let files = futures::future::try_join_all((0..3).map(|_| get(&page))).await?;
            let statuses: Vec<u16> = files.iter().map(|file| file.status().as_u16()).collect();
            ensure!(statuses == [200; 3], "{page} is another node's: {statuses:?}");
            pages.insert(page);
        }
    }
    Ok(pages)
}
