//! What the client costs and what it can take, next to `socket.io-client`, and how long people wait for
//! the page. Everything is measured several times, peers by turns.

mod catching_up;
mod client;
mod conversation;
mod large;
mod longest_task;
mod main_thread;
mod memory;
mod peer;
mod scrolling;
mod waiting;

use std::pin::Pin;

use anyhow::{Result, ensure};

type Run = fn() -> Pin<Box<dyn Future<Output = Result<()>>>>;

/// What is measured, by its name.
const ALL: &[(&str, Run)] = &[
    ("client", || Box::pin(client::run())),
    ("waiting", || Box::pin(waiting::run())),
    ("conversation", || Box::pin(conversation::run())),
    ("catching-up", || Box::pin(catching_up::run())),
    ("scrolling", || Box::pin(scrolling::run())),
    ("large", || Box::pin(large::run())),
];

/// What takes an hour, and is measured only if it is named.
const LONG: &[(&str, Run)] = &[("memory", || Box::pin(memory::run()))];

/// Measures what is named, or all that takes minutes if nothing is. Where one misses its goal, the others are measured
/// all the same.
pub(crate) async fn run(names: &[&str]) -> Result<()> {
    let known: Vec<_> = ALL.iter().chain(LONG).map(|(name, _)| *name).collect();
    for name in names {
        ensure!(known.contains(name), "there is no figure `{name}`; there are {}", known.join(", "));
    }
    let mut failed = Vec::new();
    let named = |(name, _): &&(&str, Run)| names.contains(name);
    let chosen: Vec<_> = match names {
        [] => ALL.iter().collect(),
        _ => ALL.iter().chain(LONG).filter(named).collect(),
    };
    for (name, run) in chosen {
        println!("\n=== {name}");
        if let Err(error) = run().await {
            eprintln!("{name}: {error:#}");
            failed.push(*name);
        }
    }
    ensure!(failed.is_empty(), "not as it should be, or not measured: {}", failed.join(", "));
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn spread(values: &mut [f64]) -> String {
    let median = median(values);
    format!("median {median:8.2}   {:8.2} to {:8.2}", values[0], values[values.len() - 1])
}
