//! The Socket.IO packages of npm as peers: their client against our server, the generated types
//! under `tsc`, and our client against their server.

mod documented;
mod node_server;
mod plain_server;
mod types;

// As the client's examples call it.
extern crate client as typed_socketio_client;

use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use e2e::program;

/// Runs one of the scripts in `e2e/interop` to its end.
fn node(arguments: &[&str]) -> Result<()> {
    program::run(
        Command::new("node").current_dir(e2e::interop_packages()?).args(arguments),
        Duration::from_secs(90),
    )
}
