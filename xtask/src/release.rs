//! `cargo xtask release`: what is given to others. Everything is in `target/dist`.

use std::fs;

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::paths::{root, target};
use crate::{product, tools};

/// The binary, a Debian package, the list of everything that is in it, and their checksums.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    product::build(sh)?;
    let dist = target().join("dist");
    sh.remove_path(&dist)?;
    sh.create_dir(&dist)?;
    sh.copy_file(target().join("release/parlance"), &dist)?;
    sh.copy_file(root().join("deploy/parlance.service"), &dist)?;

    // The program is built already.
    let deb = tools::cargo_deb(sh)?;
    deb.args(["deb", "--package", "server", "--no-build", "--output"]).arg(&dist).run()?;

    let list = tools::cargo_sbom(sh)?;
    let list = list.args(["sbom", "--cargo-package", "server", "--output-format", "cyclone_dx_json_1_6"]);
    fs::write(dist.join("parlance.cdx.json"), list.read()?).context("the list could not be written")?;

    let _in_dist = sh.push_dir(&dist);
    let mut files: Vec<_> = sh
        .read_dir(".")?
        .into_iter()
        .filter_map(|file| file.file_name()?.to_owned().into_string().ok())
        .collect();
    files.sort();
    let sums = cmd!(sh, "sha256sum {files...}").read()?;
    fs::write(dist.join("SHA256SUMS"), format!("{sums}\n"))?;
    println!("\n{sums}\n\nThey are in {}.", dist.display());
    Ok(())
}
