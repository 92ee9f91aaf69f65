//! `cargo xtask release`: what is given to others. Everything is in `target/dist`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use xshell::{Shell, cmd};

use crate::paths::{root, target};
use crate::{machine, product, tools};

/// A program that needs no library of the machine, and runs in an empty container. A message costs it 7 % more than
/// with glibc (72.5 and 67 µs of CPU time), so the Debian package has the usual build.
const STATIC: &str = "x86_64-unknown-linux-musl";

/// The binary, a Debian package, the list of everything that is in it, and their checksums.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    println!(
        "Building the program twice, for Debian and for {STATIC}: 15 minutes from nothing on two cores."
    );
    product::build(sh)?;
    let program = build_static(sh)?;
    let dist = target().join("dist");
    sh.remove_path(&dist)?;
    sh.create_dir(&dist)?;
    sh.copy_file(&program, &dist)?;
    sh.copy_file(root().join("deploy/parlance.service"), &dist)?;

    // The program is built already.
    let deb = tools::cargo_deb(sh)?.args(["deb", "--package", "parlance", "--no-build"]);
    deb.arg("--output").arg(&dist).run()?;

    let list = tools::cargo_sbom(sh)?;
    let list = list.args(["sbom", "--cargo-package", "parlance", "--output-format", "cyclone_dx_json_1_6"]);
    fs::write(dist.join("parlance.cdx.json"), list.read()?).context("the list could not be written")?;

    let sums = checksums(sh, &dist)?;
    // The data directory of a container, see deploy/docker/Dockerfile.
    sh.create_dir(dist.join("data"))?;
    println!("\n{sums}\n\nThey are in {}.", dist.display());
    Ok(())
}

/// The program with the page inside, which is built already.
fn build_static(sh: &Shell) -> Result<PathBuf> {
    machine::musl(sh, STATIC)?;
    cmd!(sh, "cargo build --release --package parlance --target {STATIC}").run()?;
    let program = target().join(STATIC).join("release/parlance");
    // A library that was linked by mistake would be found by the first who has not got it.
    let libraries = cmd!(sh, "ldd {program}").quiet().ignore_status().read()?;
    ensure!(
        ["statically linked", "not a dynamic executable"].iter().any(|words| libraries.contains(words)),
        "{} is not static: {libraries}",
        program.display()
    );
    Ok(program)
}

fn checksums(sh: &Shell, dist: &Path) -> Result<String> {
    let _in_dist = sh.push_dir(dist);
    let files = sh.read_dir(".")?.into_iter();
    let mut files: Vec<_> =
        files.filter_map(|file| file.file_name()?.to_owned().into_string().ok()).collect();
    files.sort();
    let sums = cmd!(sh, "sha256sum {files...}").read()?;
    fs::write(dist.join("SHA256SUMS"), format!("{sums}\n"))?;
    Ok(sums)
}
