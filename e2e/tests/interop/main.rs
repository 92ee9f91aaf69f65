//! The Socket.IO packages of npm as peers: their client against our server, the generated types
//! under `tsc`, and our client against their server.

mod documented;
mod node_server;
mod types;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::program;

/// Runs one of the scripts in `e2e/interop` to its end.
fn node(arguments: &[&str]) -> Result<()> {
    program::run(Command::new("node").current_dir(packages()?).args(arguments), Duration::from_secs(90))
}

fn packages() -> Result<PathBuf> {
    let packages = e2e::root().join("e2e/interop");
    ensure!(
        packages.join("node_modules").is_dir(),
        "the npm packages are not installed: run `cargo xtask test interop`"
    );
    Ok(packages)
}
