//! `cargo xtask soak`: the tests that find more the longer they run, for long.

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::{fuzz, machine, product, steps};

const SCHEDULES: u64 = 100_000;
const CUTS: u64 = 1_000;
const LOAD_SECONDS: u64 = 30 * 60;
const FUZZ_SECONDS: u64 = 900;

/// `times` as long as usual, which is about an hour and a half on two cores, after the builds.
pub(crate) fn run(sh: &Shell, times: u64) -> Result<()> {
    let schedules = (SCHEDULES * times).to_string();
    println!("\n=== {schedules} schedules of the simulation");
    cmd!(sh, "cargo test --release --package chat --test simulation -- --nocapture")
        .env("PARLANCE_SCHEDULES", schedules)
        .run()?;

    let cuts = (CUTS * times).to_string();
    println!("\n=== {cuts} broken connections to the real server");
    product::build(sh)?;
    steps::e2e_tests(sh, "network", steps::Part::All).env("PARLANCE_CUTS", cuts).run()?;

    let seconds = (LOAD_SECONDS * times).to_string();
    println!("\n=== {seconds} seconds of a mixed load");
    // Without nextest, which ends a test that takes so long.
    cmd!(sh, "cargo test --package e2e --test soak -- --nocapture").env("PARLANCE_SOAK", seconds).run()?;

    println!("\n=== 10,000 abandoned handshakes, 200 kills; and power cuts, if this is root");
    let ignored = || cmd!(sh, "cargo test --package server --test it -- --nocapture --ignored");
    ignored().arg("abandoned").run()?;
    ignored().arg("200_kills").run()?;
    if machine::is_root() {
        ignored().arg("power_cuts").run()?;
    }

    println!("\n=== hostile input for every decoder");
    fuzz::run(sh, fuzz::Limit::Seconds(FUZZ_SECONDS * times))
}
