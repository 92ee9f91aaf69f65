//! A mixed load on the real server, for as long as `PARLANCE_SOAK` says in seconds; 30 by default.
//!
//! [`people`] write to each other and to groups, join and leave, read history and search; some read
//! slowly, some come and go. In the end each conversation has what was acknowledged, in order and
//! without a gap; the log has no line at `warn` or above; and the server's [`memory`] has come to rest.

mod memory;
mod people;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::Server;

use self::{memory::Memory, people::Load};

/// In a shorter run, memory varies more for other reasons than by what a slope could show.
const SHORTEST_SLOPE: Duration = Duration::from_secs(20 * 60);
/// From here on the database is filled first, and everybody rests now and then. Only at rest can one see what
/// is kept: under load, memory is as large as the load of the last seconds, and the machine may have others.
const FILLED: Duration = Duration::from_secs(4 * 60);
const WORK: Duration = Duration::from_secs(45);
/// Longer than the server's allocator keeps what is free.
const REST: Duration = Duration::from_secs(15);
/// In a shorter run: how many times as much there may be in the end as after the warm-up.
const GROWTH: f64 = 1.25;
const MORE_KIB: f64 = 8.0 * 1024.0;
/// In a longer one: percent an hour. A run may vary by twice its standard error besides, which is several
/// percent an hour after 30 minutes; it is inversely proportional to the time to the power of one and a half.
const SLOPE: f64 = 1.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mixed_load_loses_nothing_logs_nothing_and_needs_no_more_memory_with_time() -> Result<()> {
    let seconds = match std::env::var("PARLANCE_SOAK") {
        Ok(seconds) => seconds.parse().context("PARLANCE_SOAK is a number of seconds")?,
        Err(_) => 30,
    };
    let duration = Duration::from_secs(seconds);
    let mut server = Server::start_with("soak", &["--log", "warn"])?;
    let mut load = Load::begin(&server.url()).await?;
    let rests = duration >= FILLED;
    if rests {
        load.fill().await?;
    }
    let mut memory = Memory::of(server.id()?);
    let begun = Instant::now();
    let mut rested = begun;
    while begun.elapsed() < duration {
        tokio::time::sleep(Duration::from_secs(1)).await;
        load.is_well()?;
        if !rests {
            memory.look(begun.elapsed())?;
        } else if rested.elapsed() >= WORK {
            load.rest(REST, || memory.look(begun.elapsed())).await?;
            rested = Instant::now();
        }
    }
    let done = load.end().await?;
    println!("{done}");

    // What is learned in the first half is kept for good: pages of the database, buffers, tables.
    let (warm, last) = memory.after(duration / 2);
    let (slope, error) = memory.slope(duration / 2);
    println!("memory: {warm:.0} KiB after the warm-up, {last:.0} KiB in the end");
    println!("a slope of {slope:+.1} % an hour, with a standard error of {error:.1}");
    if duration >= SHORTEST_SLOPE {
        ensure!(slope - 2.0 * error < SLOPE, "the memory grows by {slope:.1} ± {error:.1} % an hour");
    } else {
        ensure!(last < warm * GROWTH + MORE_KIB, "the memory grew from {warm:.0} to {last:.0} KiB");
    }
    server.stop()?;
    let log = std::fs::read_to_string(server.log())?;
    ensure!(log.is_empty(), "the log has:\n{log}");
    Ok(())
}
