//! Where things are, and the shell in which programs are started.

use std::{
    env,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use xshell::Shell;

/// The workspace's root directory.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Where cargo puts what it builds; xtask keeps its own notes in `xtask/` below it.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// A shell in the workspace's root.
pub(crate) fn shell() -> Result<Shell> {
    let sh = Shell::new()?;
    sh.change_dir(root());
    // Errors are sentences, also those of trunk and of tests; a backtrace below hides them.
    sh.set_var("RUST_LIB_BACKTRACE", "0");
    Ok(sh)
}

/// Starts xtask again without the environment variables that `cargo run` has set for it. A cargo that we
/// start would pass them to build scripts, and find them changed when it is started by hand the next time.
pub(crate) fn forget_cargo() -> Result<()> {
    let names = env::vars_os().map(|(name, _)| name);
    let ours: Vec<_> = names
        .filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        })
        .collect();
    if ours.is_empty() {
        return Ok(());
    }
    let mut again = Command::new(env::current_exe()?);
    again.args(env::args_os().skip(1));
    for name in ours {
        again.env_remove(name);
    }
    Err(again.exec()).context("xtask could not start itself again")
}
