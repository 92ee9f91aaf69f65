//! `cargo xtask soak`: the tests that find more the longer they run, for long.

use anyhow::Result;

use crate::command::{cargo, run as run_to_end};
use crate::{fuzz, product, steps};

const SCHEDULES: u64 = 100_000;
const CUTS: u64 = 1_000;
const FUZZ_SECONDS: u64 = 300;

/// `times` as long as usual, which is about ten minutes on two cores, after the builds.
pub(crate) fn run(times: u64) -> Result<()> {
    let schedules = (SCHEDULES * times).to_string();
    println!("\n=== {schedules} schedules of the simulation");
    let mut simulation = cargo(["test", "--release", "--package", "chat", "--test", "simulation"]);
    simulation.args(["--", "--nocapture"]).env("PARLANCE_SCHEDULES", schedules);
    run_to_end(&mut simulation)?;

    let cuts = (CUTS * times).to_string();
    println!("\n=== {cuts} broken connections to the real server");
    product::build()?;
    run_to_end(steps::e2e_tests("network", steps::Part::All).env("PARLANCE_CUTS", cuts))?;

    println!("\n=== hostile frames for the codec");
    fuzz::run(fuzz::Limit::Seconds(FUZZ_SECONDS * times))
}
