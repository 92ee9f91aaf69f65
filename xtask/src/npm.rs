//! Packages of npm, which tests and benchmarks run the real Socket.IO with.

use std::fs;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::machine;
use crate::paths::{root, target};

/// The Socket.IO packages of npm.
pub(crate) fn socket_io(sh: &Shell) -> Result<()> {
    install(sh, "e2e/interop").map(drop)
}

/// Installs the packages that a folder's lock file names, without their scripts. Says whether they
/// were not there.
pub(crate) fn install(sh: &Shell, folder: &str) -> Result<bool> {
    machine::node(sh)?;
    let packages = root().join(folder);
    // npm keeps a copy of the lock file with what it installed.
    let wanted = fs::read(packages.join("package-lock.json"))?;
    let note = target().join("xtask").join(format!("npm-{}", folder.replace('/', "-")));
    let installed = packages.join("node_modules").is_dir();
    if installed && fs::read(&note).ok().as_ref() == Some(&wanted) {
        return Ok(false);
    }
    let _in_the_folder = sh.push_dir(&packages);
    cmd!(sh, "npm ci --ignore-scripts --no-audit --no-fund").run()?;
    fs::create_dir_all(target().join("xtask"))?;
    fs::write(&note, wanted)?;
    Ok(true)
}
