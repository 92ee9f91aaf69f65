//! libFuzzer on the stable toolchain: `client/fuzz`, instrumented by rustc's own LLVM.
//!
//! cargo-fuzz asks for nightly because of the address sanitizer. The code under test is safe
//! Rust, so that panics are what there is to find, and coverage alone is enough.

use std::fs;

use anyhow::{Context as _, Result};

use crate::command::{program, read, root, run as run_to_end, target};
use crate::machine;

pub(crate) const MANIFEST: &str = "client/fuzz/Cargo.toml";

/// When to stop.
pub(crate) enum Limit {
    Seconds(u64),
    Runs(u64),
}

/// The packet decoder, and the whole client without I/O on a hostile network, with the bytes that
/// an input may have: for the second each is a step, so that longer ones are only slower.
const TARGETS: [(&str, u32); 2] = [("decode", 4096), ("connection", 512)];

/// Builds the fuzz targets and runs each from its committed corpus, for its share of the limit.
pub(crate) fn run(limit: Limit) -> Result<()> {
    machine::cpp_compiler()?;
    let host = read(program("rustc").args(["--print", "host-tuple"]))?;
    let output = target().join("fuzz");
    let mut build = program("cargo");
    build
        .args(["build", "--release", "--manifest-path", MANIFEST])
        // With an explicit target, build scripts and macros are left without instrumentation.
        .args(["--target", &host])
        .env("CARGO_TARGET_DIR", &output)
        .env("RUSTFLAGS", RUSTFLAGS.join(" "));
    run_to_end(&mut build)?;

    let crashes = output.join("artifacts/");
    fs::create_dir_all(&crashes)?;
    let share = TARGETS.len() as u64;
    let stop = match limit {
        Limit::Seconds(seconds) => format!("-max_total_time={}", seconds.div_ceil(share)),
        Limit::Runs(runs) => format!("-runs={}", runs.div_ceil(share)),
    };
    for (name, length) in TARGETS {
        // What it learns stays out of the repository; what it fails on is named in the message.
        let found = output.join("corpus").join(name);
        fs::create_dir_all(&found)?;
        let mut fuzzer = program(output.join(&host).join("release").join(name));
        fuzzer
            .arg(found)
            .arg(root().join("client/fuzz/corpus").join(name))
            .arg(format!("-artifact_prefix={}", crashes.display()))
            .args([&stop, &format!("-max_len={length}"), "-timeout=5", "-rss_limit_mb=512"])
            .args(["-print_final_stats=1", "-verbosity=0"]);
        run_to_end(&mut fuzzer).context(
            "the fuzzer found an input that breaks the client; it is printed above, and the file \
             that has it is named: make a test of it",
        )?;
    }
    Ok(())
}

const RUSTFLAGS: [&str; 8] = [
    "--cfg fuzzing",
    "-Cdebug-assertions",
    "-Coverflow-checks",
    "-Ccodegen-units=1",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
