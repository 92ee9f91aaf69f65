//! `cargo xtask cluster`: three nodes with nginx in front, on this machine; [`upgrade`] replaces them by newer ones.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::paths::target;
use crate::{e2e, machine, npm, product};

pub(crate) mod upgrade;

/// To be looked at, or what is named.
pub(crate) fn run(sh: &Shell, arguments: &[String]) -> Result<()> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => show(sh),
        ["upgrade"] => upgrade::run(sh, None),
        ["upgrade", revision] => upgrade::run(sh, Some(revision)),
        _ => bail!("`cargo xtask cluster` takes nothing, or `upgrade` and perhaps a revision"),
    }
}

/// Builds, then becomes the program that starts everything and ends it.
fn show(sh: &Shell) -> Result<()> {
    ready(sh)?;
    println!("Building what starts a cluster: once, about two minutes on two cores.");
    cmd!(sh, "cargo build --package e2e --bin cluster").run()?;
    println!();
    let program = target().join("debug/cluster");
    let error = Command::from(cmd!(sh, "{program}")).exec();
    Err(error).context("target/debug/cluster did not start")
}

/// The tests: each configuration of a proxy, and nodes that break while people write.
pub(crate) fn test(sh: &Shell) -> Result<()> {
    ready(sh)?;
    machine::other_proxies(sh)?;
    npm::socket_io(sh)?;
    e2e::tests_together(sh, "proxies", e2e::Part::All, 2).run()?;
    e2e::with_browser(sh, e2e::tests(sh, "cluster", e2e::Part::All))?.run()?;
    Ok(())
}

/// The nodes break so many times as often as in the tests, and for longer. Five times take about a quarter of an hour.
pub(crate) fn soak(sh: &Shell, times: u64) -> Result<()> {
    ready(sh)?;
    let times = times.to_string();
    println!("\n=== three nodes that are killed, held up and cut off, {times} times as long as in the tests");
    // Without nextest, which ends a test that takes so long.
    cmd!(sh, "cargo test --package e2e --test cluster -- --nocapture --test-threads 1 --skip browser:: --skip live::")
        .env("PARLANCE_CLUSTER", times)
        .run()?;
    Ok(())
}

/// What the tests need.
fn ready(sh: &Shell) -> Result<()> {
    machine::postgresql(sh)?;
    machine::redis(sh)?;
    machine::nginx(sh)?;
    product::build(sh)
}
