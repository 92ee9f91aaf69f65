//! `cargo xtask soak`: the tests that find more the longer they run, for long.

use anyhow::Result;

use crate::command::{cargo, run as run_to_end};
use crate::{fuzz, machine, product, steps};

const SCHEDULES: u64 = 100_000;
const CUTS: u64 = 1_000;
const LOAD_SECONDS: u64 = 30 * 60;
const FUZZ_SECONDS: u64 = 900;

/// `times` as long as usual, which is about an hour and a half on two cores, after the builds.
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

    let seconds = (LOAD_SECONDS * times).to_string();
    println!("\n=== {seconds} seconds of a mixed load");
    // Without nextest, which ends a test that takes so long.
    let mut load = cargo(["test", "--package", "e2e", "--test", "soak", "--", "--nocapture"]);
    run_to_end(load.env("PARLANCE_SOAK", seconds))?;

    println!("\n=== 200 kills; and power cuts, if this is root");
    let kills = ["test", "--package", "server", "--test", "it", "--", "--nocapture", "--ignored"];
    run_to_end(cargo(kills).arg("200_kills"))?;
    if machine::is_root() {
        run_to_end(cargo(kills).arg("power_cuts"))?;
    }

    println!("\n=== hostile input for every decoder");
    fuzz::run(fuzz::Limit::Seconds(FUZZ_SECONDS * times))
}
