//! Several devices on a bad network, in virtual time.
//!
//! What ships runs here: the runtime, with the client and the client's driver under it, against a model
//! of the server, of the network and of browsers' disks. Everything that can go wrong does, at any
//! moment and from a seed: see [`Trouble`](world::Trouble). Then nothing goes wrong any more, and
//! everything must become right: [`checks`] says what that means, and what must hold at every moment
//! before. In the end one message gets lost on the way, with nothing after it that would reveal it.
//!
//! - [`world`]: what happens when
//! - [`clock`]: virtual time, and the tasks that wait in it
//! - [`device`]: a page: the runtime and what it is given to run with
//! - [`disk`]: what survives a page
//! - [`network`]: what happens to a frame
//! - [`server`]: the rules of delivery and nothing else
//!
//! [`scenarios`] test one problem at a time, in a world in which nothing goes wrong by chance.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod checks;
mod clock;
mod device;
mod disk;
mod network;
mod scenarios;
mod seen;
mod server;
mod world;

use self::world::World;

/// How many schedules: `PARLANCE_SCHEDULES`, 300 by default; `cargo xtask soak` runs 100,000.
#[test]
fn whatever_happens_everybody_sees_everything_once_in_one_order() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let schedules: u64 = number("PARLANCE_SCHEDULES").unwrap_or(300);
    let first: u64 = number("PARLANCE_FIRST_SCHEDULE").unwrap_or(0);
    let mut seen = seen::Seen::default();
    for seed in first..first + schedules {
        let outcome = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            world.run();
            world.check_the_end()
        });
        match outcome {
            Ok(in_this_one) => seen.add(&in_this_one),
            Err(panic) => {
                eprintln!(
                    "schedule {seed} failed; PARLANCE_FIRST_SCHEDULE={seed} PARLANCE_SCHEDULES=1 repeats it"
                );
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{schedules} schedules from {first}: {seen}");
}
