//! `cargo xtask bench`: Parlance beside socket.io on Node and on Bun, and beside bare socketioxide.
//!
//! - [`peer`]: the servers that are measured, [`bare`] one of them; [`cluster`]: several nodes that are one
//! - [`socket`]: raw frames, so that the load costs less than what it loads; [`network`] can be cut
//! - [`scenario`]: what is measured, one file each
//! - [`table`]: the figures, their spread and their ratios; [`goals`]: what they must be; [`plot`]
//! - [`machine`]: cores, processor time, memory
//!
//! Peers take turns within a round, and a ratio compares figures of one round, so that the machine's
//! variation affects both of them.

mod bare;
mod cluster;
mod goals;
mod machine;
mod network;
mod peer;
mod plot;
mod scenario;
mod socket;
mod table;

use std::time::Instant;

use anyhow::{Result, bail};

use crate::table::Table;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if arguments == ["bare"] {
        return tokio::runtime::Runtime::new()?.block_on(bare::serve());
    }
    if let ["node", engine, url] = arguments[..] {
        return tokio::runtime::Runtime::new()?.block_on(bare::adapters::serve(engine, url));
    }
    machine::settle()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, measure(&arguments))
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Measure,
    /// Fewer rounds, and an error where a figure is worse than it has been.
    Check,
    /// One round of Parlance alone, for `perf` to look at.
    Profile,
}

/// Measures the named scenarios, or the usual ones if none is named.
async fn measure(arguments: &[&str]) -> Result<()> {
    let (mode, names) = match arguments {
        ["check", names @ ..] => (Mode::Check, names),
        ["profile", names @ ..] => (Mode::Profile, names),
        names => (Mode::Measure, names),
    };
    if let Some(unknown) = names.iter().find(|name| !scenario::ALL.iter().any(|(known, _)| known == *name)) {
        let known: Vec<_> = scenario::ALL.iter().map(|(name, _)| *name).collect();
        bail!("there is no scenario `{unknown}`; there are {}", known.join(", "));
    }
    println!("On {}.", machine::describe());
    let rounds = match mode {
        Mode::Measure => 5,
        Mode::Check => 3,
        Mode::Profile => 1,
    };
    let mut table = Table::new(rounds, mode == Mode::Profile);
    for (name, run) in scenario::ALL {
        let is_usual = names.is_empty() && !scenario::BY_NAME.contains(name);
        if is_usual || names.contains(name) {
            println!("\n=== {name}");
            let start = Instant::now();
            run(&mut table).await?;
            println!("=== {name} took {:.0} s", start.elapsed().as_secs_f64());
        }
    }
    println!("\n{table}");
    let worse = goals::report(&table);
    table.write()?;
    if mode == Mode::Check && worse > 0 {
        bail!("{worse} of the figures above have become worse");
    }
    Ok(())
}
