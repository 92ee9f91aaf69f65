//! `cargo xtask cluster`: three nodes with one PostgreSQL, one Redis and nginx in front, until Ctrl-C.

use std::io::stdin;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use e2e::cluster::Cluster;
use services::proxy::{Kind, Proxy};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const NODES: usize = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    println!("Starting PostgreSQL, Redis, {NODES} nodes and nginx; this takes some seconds.");
    let begun = Instant::now();
    let mut cluster = Cluster::start_in(e2e::target().join("cluster"), NODES, &[])?;
    let proxy = Proxy::start(Kind::Nginx, &cluster.home().join("nginx"), &cluster.addresses())?;
    println!("That took {:.1} s.\n", begun.elapsed().as_secs_f64());
    show(&cluster, &proxy);
    let mut lines = lines();
    loop {
        let line = tokio::select! {
            _ = interrupted.recv() => break,
            _ = terminated.recv() => break,
            line = lines.recv() => line,
        };
        match line {
            Some(line) => match carry_out(&line, &mut cluster) {
                Ok(done) => println!("{done}"),
                Err(error) => println!("{error:#}"),
            },
            // Nobody is at a keyboard.
            None => {
                tokio::select! { _ = interrupted.recv() => {}, _ = terminated.recv() => {} }
                break;
            }
        }
    }
    println!("\nEnding everything.");
    drop(proxy);
    for node in 0..NODES {
        // What was killed before has ended already.
        cluster.resume(node).ok();
        cluster.stop(node).ok();
    }
    Ok(())
}

fn show(cluster: &Cluster, proxy: &Proxy) {
    println!("Open {}\n", proxy.url());
    let pid = |pid: Option<u32>| pid.map_or("ended".to_owned(), |pid| pid.to_string());
    println!("  {:<12} {:<26} process {}", "nginx", proxy.url(), proxy.pid());
    for node in 0..NODES {
        println!(
            "  {:<12} {:<26} process {}",
            format!("node {}", node + 1),
            cluster.url(node),
            pid(cluster.pid(node))
        );
    }
    println!("  {:<12} {:<26} process {}", "Redis", cluster.redis().url(), pid(cluster.redis().pid()));
    println!(
        "  {:<12} {} process {}",
        "PostgreSQL",
        cluster.postgresql().url(),
        pid(cluster.postgresql().pid())
    );
    println!("\nLogs and data are in {}.", cluster.home().display());
    println!(
        "\nType `kill 1` (as a crash), `stop 1` (as an upgrade), `pause 1`, `resume 1` or `start 1`, for one of the \
         nodes,\nor kill a process from elsewhere (`kill -9 {}`) and `start` it here. Ctrl-C ends everything.",
        pid(cluster.pid(0))
    );
}

/// What somebody types, line by line.
fn lines() -> UnboundedReceiver<String> {
    let (sender, lines) = unbounded_channel();
    thread::spawn(move || {
        for line in stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// Does what somebody typed, and says what was done.
fn carry_out(line: &str, cluster: &mut Cluster) -> Result<String> {
    let mut words = line.split_whitespace();
    let (what, number) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let node = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let node = node.filter(|node| *node < NODES);
    let node = node.with_context(|| format!("say what and which node, from 1 to {NODES}: `kill 1`"))?;
    match what {
        "kill" => {
            cluster.kill(node);
            Ok(format!("Node {number} is killed."))
        }
        "stop" => {
            cluster.stop(node)?;
            Ok(format!("Node {number} has ended."))
        }
        "pause" => {
            cluster.pause(node)?;
            Ok(format!("Node {number} is held up."))
        }
        "resume" => {
            cluster.resume(node)?;
            Ok(format!("Node {number} goes on."))
        }
        "start" => {
            cluster.start_again(node)?;
            Ok(format!("Node {number} runs as process {}.", cluster.pid(node).context("it has ended")?))
        }
        _ => bail!("that is none of `kill`, `stop`, `pause`, `resume` and `start`"),
    }
}
