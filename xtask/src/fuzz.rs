//! libFuzzer on the stable toolchain: `client/fuzz` and `server/fuzz`, instrumented by rustc's own LLVM.
//!
//! cargo-fuzz asks for nightly because of the address sanitizer. The code under test is safe
//! Rust, so that panics are what there is to find, and coverage alone is enough.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::machine;
use crate::paths::{root, target};

/// The workspaces that are compiled for it.
pub(crate) const MANIFESTS: [&str; 2] = ["client/fuzz/Cargo.toml", "server/fuzz/Cargo.toml"];

/// When to stop.
pub(crate) enum Limit {
    Seconds(u64),
    Runs(u64),
    /// After about five seconds for each target, with the same inputs each time: what passed once passes again.
    Short,
}

impl Limit {
    /// A minute if neither is given.
    pub(crate) fn of(seconds: Option<u64>, runs: Option<u64>) -> Result<Self> {
        match (seconds, runs) {
            (Some(_), Some(_)) => bail!("say how many seconds or how many runs, not both"),
            (seconds, None) => Ok(Self::Seconds(seconds.unwrap_or(60))),
            (None, Some(runs)) => Ok(Self::Runs(runs)),
        }
    }
}

struct Target {
    /// Its workspace.
    home: &'static str,
    name: &'static str,
    /// The most bytes of an input. Where each byte is a step, longer inputs are only slower.
    length: u32,
    /// Inputs of a short run.
    short: u64,
}

const fn target_of(home: &'static str, name: &'static str, length: u32, short: u64) -> Target {
    Target { home, name, length, short }
}

/// Every decoder of what strangers send, and the whole client without I/O on a hostile network.
const TARGETS: [Target; 9] = [
    target_of("client/fuzz", "decode", 4096, 2_000_000),
    target_of("client/fuzz", "connection", 512, 350_000),
    target_of("client/fuzz", "tabs", 1024, 500_000),
    target_of("server/fuzz", "wire", 2048, 150_000),
    target_of("server/fuzz", "events", 512, 10_000),
    target_of("server/fuzz", "http", 1024, 100_000),
    target_of("server/fuzz", "tokens", 512, 1_000_000),
    target_of("server/fuzz", "texts", 512, 150_000),
    target_of("server/fuzz", "backup", 96, 6_000),
];

/// Builds the fuzz targets and runs each from its committed corpus, up to its share of the limit.
pub(crate) fn run(sh: &Shell, limit: Limit) -> Result<()> {
    machine::cpp_compiler(sh)?;
    let host = cmd!(sh, "rustc --print host-tuple").read()?;
    let output = target().join("fuzz");
    for manifest in MANIFESTS {
        // With an explicit target, build scripts and macros are left without instrumentation.
        cmd!(sh, "cargo build --release --manifest-path {manifest} --target {host}")
            .env("CARGO_TARGET_DIR", &output)
            .env("RUSTFLAGS", RUSTFLAGS.join(" "))
            .run()?;
    }

    let crashes = output.join("artifacts/");
    fs::create_dir_all(&crashes)?;
    let share = TARGETS.len() as u64;
    let scratch = Scratch::new()?;
    for Target { home, name, length, short } in TARGETS {
        // What it learns stays out of the repository; what it fails on is named in the message.
        let learnt = output.join("corpus");
        let (learnt, stop) = match limit {
            Limit::Seconds(seconds) => (learnt, vec![format!("-max_total_time={}", seconds.div_ceil(share))]),
            Limit::Runs(runs) => (learnt, vec![format!("-runs={}", runs.div_ceil(share))]),
            Limit::Short => (scratch.0.join("corpus"), vec![format!("-runs={short}"), "-seed=1".to_owned()]),
        };
        let found = learnt.join(name);
        fs::create_dir_all(&found)?;
        let committed = root().join(home).join("corpus").join(name);
        let committed = committed.is_dir().then_some(committed);
        let fuzzer = output.join(&host).join("release").join(name);
        let (prefix, length) = (crashes.display().to_string(), length.to_string());
        // A server keeps 11 KB of a closed session for up to 20 seconds, in which there are 8,000 sessions a second.
        let limits = ["-timeout=5", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0"];
        let fuzzing = cmd!(
            sh,
            "{fuzzer} {found} {committed...} -artifact_prefix={prefix} {stop...} -max_len={length} {limits...}"
        );
        fuzzing.env("TMPDIR", &scratch.0).run().context(
            "the fuzzer found an input that breaks one of our promises; it is printed above, and the file \
             that has it is named: make a test of it",
        )?;
    }
    Ok(())
}

/// Lints what `cfg(fuzzing)` adds to the client and the server. Given to Clippy behind the dashes, it holds for our
/// crates alone, and what they depend on is not checked a second time.
pub(crate) fn lint(sh: &Shell) -> Result<()> {
    cmd!(sh, "cargo clippy --package typed-socketio-client --package server --features typed-socketio-client/browser")
        .args(["--", "--cfg", "fuzzing", "-D", "warnings"])
        .run()?;
    Ok(())
}

/// Where the servers under test keep what they are sent: in memory, where the system has that.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let scratch = parent.join(format!("parlance-fuzz-{}", std::process::id()));
        fs::create_dir_all(&scratch)?;
        Ok(Self(scratch))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

const RUSTFLAGS: [&str; 8] = [
    "--cfg=fuzzing",
    "-Dwarnings",
    "-Cdebug-assertions",
    "-Coverflow-checks",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
