//! The programs that Parlance is used with, as tests, measurements and commands start them. Nothing of it ships.
//!
//! - [`Daemon`]: a program in the background that ends with those who use it, however they end
//! - [`postgresql`]: a server for one test, or one that all tests of a run share; each has a database of its own
//! - [`redis`]: a server that keeps nothing on the disk
//! - [`node`]: what somebody says to a node of Parlance who starts it, and what they wait for
//! - [`proxy`]: nginx, HAProxy and Caddy, with the configurations in `deploy/proxy`
//!
//! `cargo xtask setup` installs what is missing, where it can.

mod daemon;
pub mod node;
pub mod postgresql;
pub mod proxy;
pub mod redis;

pub use daemon::{Daemon, end_with_us};

use std::{env, io, net::TcpListener, path::PathBuf};

/// A port that nobody listens on at this moment. Somebody else may take it before it is used: try again then.
///
/// # Errors
///
/// No port is free.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A program on the PATH, or where Debian puts what is for administrators.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A program that is needed, and the Debian package that has it.
fn need(program: &str, package: &str) -> anyhow::Result<PathBuf> {
    anyhow::Context::with_context(find(program), || {
        format!("`{program}` is not installed: run `cargo xtask setup`, or `apt-get install {package}`")
    })
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::PathBuf};

    /// An empty folder in the target directory.
    pub(crate) fn scratch(name: &str) -> PathBuf {
        let test = env::current_exe().expect("this program");
        let folder = test.ancestors().nth(3).expect("the target directory").join("tmp/services").join(name);
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }
}
