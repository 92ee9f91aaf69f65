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
}

const fn target_of(home: &'static str, name: &'static str, length: u32) -> Target {
    Target { home, name, length }
}

/// Every decoder of what strangers send, and the whole client without I/O on a hostile network.
const TARGETS: [Target; 9] = [
    target_of("client/fuzz", "decode", 4096),
    target_of("client/fuzz", "connection", 512),
    target_of("client/fuzz", "tabs", 1024),
    target_of("server/fuzz", "wire", 2048),
    target_of("server/fuzz", "events", 512),
    target_of("server/fuzz", "http", 1024),
    target_of("server/fuzz", "tokens", 512),
    target_of("server/fuzz", "texts", 512),
    target_of("server/fuzz", "backup", 96),
];

/// Builds the fuzz targets and runs each from its committed corpus, for its share of the limit.
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
    let stop = match limit {
        Limit::Seconds(seconds) => format!("-max_total_time={}", seconds.div_ceil(share)),
        Limit::Runs(runs) => format!("-runs={}", runs.div_ceil(share)),
    };
    let scratch = Scratch::new()?;
    for Target { home, name, length } in TARGETS {
        // What it learns stays out of the repository; what it fails on is named in the message.
        let found = output.join("corpus").join(name);
        fs::create_dir_all(&found)?;
        let committed = root().join(home).join("corpus").join(name);
        let committed = committed.is_dir().then_some(committed);
        let fuzzer = output.join(&host).join("release").join(name);
        let (prefix, length) = (crashes.display().to_string(), length.to_string());
        let limits = ["-timeout=5", "-rss_limit_mb=512", "-print_final_stats=1", "-verbosity=0"];
        let fuzzing = cmd!(
            sh,
            "{fuzzer} {found} {committed...} -artifact_prefix={prefix} {stop} -max_len={length} {limits...}"
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

const RUSTFLAGS: [&str; 9] = [
    "--cfg=fuzzing",
    "-Dwarnings",
    "-Cdebug-assertions",
    "-Coverflow-checks",
    "-Ccodegen-units=1",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
