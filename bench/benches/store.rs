//! What keeping and reading messages costs, with no socket and no event: `cargo bench --package
//! bench`. Databases lie under `target/tmp`.
#![expect(clippy::unwrap_used, reason = "a benchmark that fails may panic")]

use std::{fs, path::Path};

use divan::{Bencher, black_box, counter::ItemsCount};
use parlance::seed::Seed;
use protocol::{Seq, UserId};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

/// Two people and a conversation of so many messages.
struct Bed {
    runtime: Runtime,
    seed: Seed,
    ann: UserId,
    ben: UserId,
}

impl Bed {
    fn new(name: &str, messages: u64) -> Self {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{name}-{messages}"));
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).unwrap();
        let runtime = Runtime::new().unwrap();
        let seed = runtime.block_on(async { Seed::open(&home) }).unwrap();
        let people = runtime.block_on(seed.people("person", 2)).unwrap();
        let (ann, ben) = (people[0].id, people[1].id);
        runtime.block_on(seed.converse(ann, ben, messages)).unwrap();
        Self { runtime, seed, ann, ben }
    }
}

/// Measures until every message of the batch is on disk. A small batch is one transaction.
#[divan::bench(args = [1, 8, 64, 512], sample_size = 1, sample_count = 200)]
fn messages_are_kept(bencher: Bencher<'_, '_>, at_once: usize) {
    let bed = Bed::new(&format!("keep-{at_once}"), 1);
    let messages = bencher.counter(ItemsCount::new(at_once));
    messages.bench_local(|| bed.runtime.block_on(bed.seed.send(bed.ann, bed.ben, at_once)).unwrap());
}

/// A page in the middle of a conversation.
#[divan::bench(args = [1_000, 100_000, 1_000_000], sample_size = 1, sample_count = 500)]
fn a_page_of_history_is_read(bencher: Bencher<'_, '_>, messages: u64) {
    let bed = Bed::new("history", messages);
    bencher.bench_local(|| {
        let page = bed.seed.history(bed.ann, bed.ben, Seq(messages / 2));
        black_box(bed.runtime.block_on(page).unwrap())
    });
}
