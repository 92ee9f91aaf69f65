//! The frontend: `trunk build --release` into `dist/`, when something that goes in has changed.
//!
//! trunk runs wasm-bindgen, and the program then embeds `dist/` anew, even when cargo found
//! nothing to do; so a fingerprint of everything that goes into the page is kept beside it.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::paths::{root, target};
use crate::tools::Tools;

/// What the page is made of, as paths from the root.
pub(crate) const INPUTS: [&str; 11] = [
    "index.html",
    "Trunk.toml",
    ".cargo/config.toml",
    "Cargo.toml",
    "Cargo.lock",
    "web",
    "chat",
    "client",
    "events",
    "markdown",
    "protocol",
];

/// Makes `dist/` current.
pub(crate) fn build(sh: &Shell) -> Result<()> {
    let tools = Tools::ready(sh)?;
    let note = target().join("xtask/page");
    let inputs = fingerprint(sh, &tools.versions, &INPUTS)?;
    if fs::read_to_string(&note).ok() == Some(noted(sh, &inputs)?) {
        println!("The page in dist/ is up to date.");
        return Ok(());
    }
    // If trunk fails half-way, the page must not pass for current the next time.
    fs::remove_file(&note).ok();
    tools.trunk(sh).args(["build", "--release"]).run().context("the frontend did not build")?;
    fs::create_dir_all(note.parent().unwrap_or(Path::new(".")))?;
    Ok(fs::write(&note, noted(sh, &inputs)?)?)
}

/// What went in, and what came out: somebody may have called trunk by hand since.
fn noted(sh: &Shell, inputs: &str) -> Result<String> {
    Ok(format!("{inputs} {}", fingerprint(sh, "dist", &["dist"])?))
}

fn fingerprint(sh: &Shell, of: &str, paths: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    cmd!(sh, "rustc --version").read()?.hash(&mut hasher);
    for file in files(paths)? {
        file.hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// All files in these files and folders, sorted, without what is only for tests.
pub(crate) fn files(paths: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = paths.iter().map(|path| root().join(path)).collect();
    while let Some(path) = open.pop() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let skip = ["target", "fuzz", "tests", "benches"].contains(&&*name);
        if skip || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                open.push(entry?.path());
            }
        } else if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
