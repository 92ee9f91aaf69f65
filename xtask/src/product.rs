//! The product: `build`, `run`, `dev`, and the documents generated from its catalogue.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};

use crate::command::{cargo, program, run as run_to_end, target};
use crate::page;
use crate::tools::Tools;

/// The server with the page inside: `target/release/parlance`.
pub(crate) fn build() -> Result<()> {
    page::build()?;
    run_to_end(&mut cargo(["build", "--release", "--package", "server"]))
}

/// Builds, then becomes the server.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    build()?;
    println!();
    let error = program(target().join("release/parlance")).args(options).exec();
    Err(error).context("target/release/parlance did not start")
}

/// trunk serves and reloads the page and passes the rest on to a server of a debug build,
/// which is built and started again when its sources change.
pub(crate) fn dev() -> Result<()> {
    let tools = Tools::ready()?;
    println!("Open http://127.0.0.1:8080 when both are built. Ctrl-C ends both.");
    // Ctrl-C reaches the whole process group, so nothing needs to be passed on.
    // A directory of its own: dist/ is the release's.
    let dist = target().join("xtask/dev");
    std::fs::create_dir_all(&dist)?;
    let mut trunk = tools.trunk().arg("serve").arg("--dist").arg(&dist).spawn()?;
    let mut server: Option<Child> = None;
    let mut built_from = None;
    loop {
        if let Some(status) = trunk.try_wait()? {
            stop(&mut server);
            anyhow::bail!("trunk ended ({status})");
        }
        let sources = newest_source()?;
        if built_from != Some(sources) {
            built_from = Some(sources);
            // A source that does not compile is an ordinary moment: the old server stays.
            match run_to_end(&mut cargo(["build", "--package", "server"])) {
                Ok(()) => {
                    stop(&mut server);
                    // The page's origin is trunk's; trunk passes its requests on to the server.
                    let origins = ["http://127.0.0.1:8080", "http://localhost:8080"];
                    server = Some(
                        program(binary())
                            .args(["--addr", "127.0.0.1:8000", "--allow-origin", &origins.join(",")])
                            .spawn()?,
                    );
                }
                Err(error) => eprintln!("{error:#}; waiting for the next change"),
            }
        }
        sleep(Duration::from_millis(500));
    }
}

/// Writes `protocol/generated` anew.
pub(crate) fn generate() -> Result<()> {
    run_to_end(cargo(["test", "--package", "protocol"]).env("UPDATE_EXPECT", "1"))
}

fn binary() -> PathBuf {
    target().join("debug/parlance")
}

fn stop(server: &mut Option<Child>) {
    if let Some(mut running) = server.take() {
        // Asked first, so that it closes its database.
        let id = running.id().to_string();
        if crate::command::read(program("kill").args(["-TERM", &id])).is_err() {
            running.kill().ok();
        }
        running.wait().ok();
    }
}

fn newest_source() -> Result<Option<SystemTime>> {
    let files = page::files(&["Cargo.toml", "Cargo.lock", "server", "client", "events", "protocol"])?;
    let times = files.iter().filter_map(|file| {
        let about = std::fs::metadata(file).ok()?;
        about.modified().ok()
    });
    Ok(times.max())
}
