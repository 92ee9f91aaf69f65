//! What the tests of the whole product share, and the measurements of the page (`bench/browser`).
//!
//! - [`Server`]: a running `parlance` with a data directory of its own, that can be restarted
//! - [`cluster`]: several of them, also of several versions, with one PostgreSQL and one Redis, each reached over a
//!   [`relay`] that can be cut
//! - [`program`]: other programs that speak on their standard output: Node, ChromeDriver
//! - [`scene`]: a server, browsers and people for one test; an [`engine`] starts a browser
//! - [`person`]: somebody at the page, who finds each [`thing`] by label, role and visible text, as somebody
//!   would who has never seen the source
//! - [`account`]: people without a browser, and bots; [`seed`]: conversations that exist already
//! - [`plain`]: a `socket.io` server that knows nothing of chat
//!
//! The tests: `tests/interop` (the Socket.IO packages of npm as peers), `tests/oracle` (our client
//! next to `socket.io-client`), `tests/network` (pages on a network that breaks), `tests/soak` (a mixed
//! load), `tests/browser` (two people in two browsers), `tests/proxies` (the configurations in `deploy/proxy`) and
//! `tests/cluster` (nodes that are killed while people write). `cargo xtask test interop network browser cluster` runs
//! them; `cargo xtask cluster` is a program of this crate.

pub mod account;
pub mod cluster;
pub mod engine;
pub mod person;
pub mod plain;
pub mod program;
pub mod relay;
pub mod scene;
pub mod seed;
mod server;
pub mod thing;

pub use server::{Server, built};

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// The repository's root directory.
pub fn root() -> PathBuf {
    let e2e = Path::new(env!("CARGO_MANIFEST_DIR"));
    e2e.parent().unwrap_or(e2e).to_path_buf()
}

/// Where the Socket.IO packages of npm are installed.
pub fn interop_packages() -> Result<PathBuf> {
    let packages = root().join("e2e/interop");
    ensure!(
        packages.join("node_modules").is_dir(),
        "the npm packages are not installed: run `cargo xtask test interop`"
    );
    Ok(packages)
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => root().join(directory),
        None => root().join("target"),
    }
}
