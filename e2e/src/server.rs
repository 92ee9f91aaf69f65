//! A running `parlance`, as `cargo xtask build` left it.

use std::env;
use std::fs::{self, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use services::node::address_in;

use crate::program::Running;
use crate::target;

/// A server with a data directory of its own. It ends when this is dropped.
pub struct Server {
    running: Option<Running>,
    program: PathBuf,
    address: SocketAddr,
    home: PathBuf,
    options: Vec<String>,
}

impl Server {
    /// Starts one on a free port with nothing stored. Its log is kept under
    /// `target/e2e/<name>/`.
    pub fn start(name: &str) -> Result<Self> {
        Self::start_with(name, &[])
    }

    /// The same, with more options on its command line.
    pub fn start_with(name: &str, options: &[&str]) -> Result<Self> {
        Self::start_in(target().join("e2e").join(name), options)
    }

    /// The same, with everything in this folder. What was there before is gone.
    pub fn start_in(home: PathBuf, options: &[&str]) -> Result<Self> {
        Self::start_program(built()?, home, options)
    }

    /// The same with a program that is not the one that was built last.
    pub fn start_program(program: PathBuf, home: PathBuf, options: &[&str]) -> Result<Self> {
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        fs::create_dir_all(&home)?;
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { running: None, program, address, home, options };
        server.start_again()?;
        Ok(server)
    }

    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:<port>`
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it keeps everything, for a test to look at or to fill while it is stopped.
    pub fn data_directory(&self) -> PathBuf {
        self.home.join("data")
    }

    /// What it wrote to its log, since the first start.
    pub fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }

    /// Its process.
    pub fn id(&self) -> Result<u32> {
        Ok(self.running.as_ref().context("the server does not run")?.id())
    }

    /// Stops it in the middle of whatever it does: connections stay open and nothing is answered.
    pub fn freeze(&self) -> Result<()> {
        self.running.as_ref().context("the server does not run")?.signal("STOP")
    }

    /// Lets it go on.
    pub fn thaw(&self) -> Result<()> {
        self.running.as_ref().context("the server does not run")?.signal("CONT")
    }

    /// Ends it as a service manager would: it has ten seconds.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(running) = self.running.take() {
            let status = running.stop(Duration::from_secs(10))?;
            ensure!(status.success(), "the server ended with {status}");
        }
        Ok(())
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }

    /// It is this program that is started the next time.
    pub fn replace(&mut self, program: &Path) {
        program.clone_into(&mut self.program);
    }

    /// Starts it with the address and the data it had before.
    pub fn start_again(&mut self) -> Result<()> {
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        let mut running = Running::start(
            Command::new(&self.program)
                .current_dir(&self.home)
                .args(["--addr", &self.address.to_string()])
                .args(["--data-dir", "data"])
                .args(&self.options)
                .stderr(log),
        )?;
        self.address = running
            .wait_for("its address", address_in)
            .with_context(|| format!("its log is in {}", self.home.display()))?;
        self.running = Some(running);
        Ok(())
    }
}

/// The program that `cargo xtask build` left, or `PARLANCE_BIN`.
pub fn built() -> Result<PathBuf> {
    let binary = match env::var_os("PARLANCE_BIN") {
        Some(named) => PathBuf::from(named),
        None => target().join("release/parlance"),
    };
    ensure!(binary.is_file(), "there is no server to test at {}: run `cargo xtask build`", binary.display());
    Ok(binary)
}
