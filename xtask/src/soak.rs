//! `cargo xtask soak`: the tests that find more the longer they run, for long.

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::{cluster, e2e, fuzz, machine, product, steps};

const SCHEDULES: u64 = 100_000;
const CUTS: u64 = 1_000;
const LOAD_SECONDS: u64 = 30 * 60;
const FUZZ_SECONDS: u64 = 900;
/// How many times as long as in `cargo xtask test` nodes of a cluster are killed, held up and cut off.
const CLUSTER: u64 = 5;

/// What can be named.
const PARTS: [&str; 2] = ["cluster", "upgrade"];

/// Everything, or what is named; so many times as long as usual, which is about an hour and three quarters on two
/// cores, after the builds.
pub(crate) fn run(sh: &Shell, arguments: &[String]) -> Result<()> {
    let (names, numbers): (Vec<_>, Vec<_>) =
        arguments.iter().map(String::as_str).partition(|argument| PARTS.contains(argument));
    let times = match numbers.first() {
        Some(times) => times.parse().with_context(|| {
            format!(
                "`{times}` is neither `cluster`, `upgrade` nor a number; try `cargo xtask soak cluster 2`"
            )
        })?,
        None => 1,
    };
    let is_wanted = |part: &str| names.is_empty() || names.contains(&part);
    if names.is_empty() {
        alone(sh, times)?;
    }
    if is_wanted("cluster") {
        cluster::soak(sh, CLUSTER * times)?;
    }
    if is_wanted("upgrade") {
        cluster::upgrade::soak(sh, times)?;
    }
    Ok(())
}

fn alone(sh: &Shell, times: u64) -> Result<()> {
    let schedules = (SCHEDULES * times).to_string();
    println!("\n=== {schedules} schedules of the simulation");
    cmd!(sh, "cargo test --release --package chat --test simulation -- --nocapture")
        .env("PARLANCE_SCHEDULES", schedules)
        .run()?;

    let cuts = (CUTS * times).to_string();
    println!("\n=== {cuts} broken connections to the real server");
    product::build(sh)?;
    e2e::tests(sh, "network", e2e::Part::All).env("PARLANCE_CUTS", cuts).run()?;

    let seconds = (LOAD_SECONDS * times).to_string();
    println!("\n=== {seconds} seconds of a mixed load");
    // Without nextest, which ends a test that takes so long.
    cmd!(sh, "cargo test --package e2e --test soak -- --nocapture").env("PARLANCE_SOAK", seconds).run()?;

    println!("\n=== 10,000 abandoned handshakes, 200 kills; and power cuts, if this is root");
    let ignored = || cmd!(sh, "cargo test --package parlance --test it -- --nocapture --ignored");
    ignored().arg("abandoned").run()?;
    ignored().arg("200_kills").run()?;
    if machine::is_root() {
        ignored().arg("power_cuts").run()?;
    }

    println!("\n=== traces");
    steps::run(sh, &["otlp".to_owned()])?;

    println!("\n=== hostile input for every decoder");
    fuzz::run(sh, fuzz::Limit::Seconds(FUZZ_SECONDS * times))
}
