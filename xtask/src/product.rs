//! The product: `build`, `run`, `dev`, and the documents generated from its catalogue.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::machine;
use crate::page;
use crate::paths::target;
use crate::tools::Tools;

/// The server with the page inside: `target/release/parlance`.
pub(crate) fn build(sh: &Shell) -> Result<()> {
    machine::make(sh)?;
    page::build(sh)?;
    Ok(cmd!(sh, "cargo build --release --package parlance").run()?)
}

/// Builds, then becomes the server.
pub(crate) fn run(sh: &Shell, options: &[OsString]) -> Result<()> {
    build(sh)?;
    println!();
    let server = target().join("release/parlance");
    let error = Command::from(cmd!(sh, "{server} {options...}")).exec();
    Err(error).context("target/release/parlance did not start")
}

/// trunk serves and reloads the page and passes the rest on to a server of a debug build,
/// which is built and started again when its sources change.
pub(crate) fn dev(sh: &Shell) -> Result<()> {
    machine::make(sh)?;
    let tools = Tools::ready(sh)?;
    println!("Open http://127.0.0.1:8080 when both are built. Ctrl-C ends both.");
    // Ctrl-C reaches the whole process group, so nothing needs to be passed on.
    // A directory of its own: dist/ is the release's.
    let dist = target().join("xtask/dev");
    std::fs::create_dir_all(&dist)?;
    let mut trunk = Command::from(tools.trunk(sh).arg("serve").arg("--dist").arg(&dist)).spawn()?;
    let mut server: Option<Child> = None;
    let mut built_from = None;
    loop {
        if let Some(status) = trunk.try_wait()? {
            stop(sh, &mut server);
            anyhow::bail!("trunk ended ({status})");
        }
        let sources = newest_source()?;
        if built_from != Some(sources) {
            built_from = Some(sources);
            // Sources often do not compile while somebody works on them: the old server stays.
            match cmd!(sh, "cargo build --package parlance").run() {
                Ok(()) => {
                    stop(sh, &mut server);
                    // The page's origin is trunk's; trunk passes its requests on to the server.
                    let origins = "http://127.0.0.1:8080,http://localhost:8080";
                    let program = target().join("debug/parlance");
                    let start = cmd!(sh, "{program} --addr 127.0.0.1:8000 --allow-origin {origins}");
                    server = Some(Command::from(start).spawn()?);
                }
                Err(error) => eprintln!("{error}; waiting for the next change"),
            }
        }
        sleep(Duration::from_millis(500));
    }
}

/// Writes `protocol/generated` anew.
pub(crate) fn generate(sh: &Shell) -> Result<()> {
    Ok(cmd!(sh, "cargo test --package protocol").env("UPDATE_EXPECT", "1").run()?)
}

fn stop(sh: &Shell, server: &mut Option<Child>) {
    if let Some(mut running) = server.take() {
        // The server is asked to end first, so that it closes its database.
        let id = running.id().to_string();
        if cmd!(sh, "kill -TERM {id}").quiet().run().is_err() {
            running.kill().ok();
        }
        running.wait().ok();
    }
}

fn newest_source() -> Result<Option<SystemTime>> {
    let files = page::files(&[
        "Cargo.toml",
        "Cargo.lock",
        "program",
        "server",
        "client",
        "events",
        "markdown",
        "protocol",
    ])?;
    let times = files.iter().filter_map(|file| {
        let about = std::fs::metadata(file).ok()?;
        about.modified().ok()
    });
    Ok(times.max())
}
