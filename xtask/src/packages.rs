//! The two crates that others can use, without everything else: a copy of them alone is compiled,
//! tested and packaged, and each package is compiled as those who download it would.

use std::fs;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::paths::{root, target};

const CRATES: [&str; 2] = ["events", "client"];

pub(crate) fn test(sh: &Shell) -> Result<()> {
    let copy = target().join("packages");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    fs::create_dir_all(&copy)?;
    let crates = CRATES;
    cmd!(sh, "cp -R {crates...} Cargo.lock clippy.toml {copy}").run()?;
    // The fuzz targets are a workspace of their own.
    fs::remove_dir_all(copy.join("client/fuzz"))?;
    fs::write(copy.join("Cargo.toml"), manifest(&fs::read_to_string(root().join("Cargo.toml"))?))?;

    let _in_the_copy = sh.push_dir(&copy);
    // What was compiled for the whole workspace is used again.
    let _target = sh.push_env("CARGO_TARGET_DIR", target());
    // One test compares what the compiler says of wrong programs, with names of files that trybuild does not
    // know in a folder below `target`. The tests of the whole workspace run it.
    cmd!(sh, "cargo test --workspace --features typed-socketio-client/native -- --skip promises").run()?;
    Ok(cmd!(sh, "cargo package --workspace --allow-dirty --quiet").run()?)
}

/// The workspace's manifest without its other members, and without the profiles, which name them.
fn manifest(whole: &str) -> String {
    let mut manifest = String::new();
    for line in whole.lines().take_while(|line| !line.starts_with("[profile")) {
        let of_another =
            line.contains("path = ") && !CRATES.iter().any(|name| line.contains(&format!("\"{name}\"")));
        if line.starts_with("members = ") {
            manifest += &format!("members = {CRATES:?}");
        } else if !of_another && !line.starts_with("default-members") {
            manifest += line;
        }
        manifest.push('\n');
    }
    manifest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_of_the_copy_names_the_two_crates_and_no_other() {
        let manifest = manifest(&fs::read_to_string(root().join("Cargo.toml")).unwrap());
        assert!(manifest.contains(r#"members = ["events", "client"]"#), "{manifest}");
        assert!(manifest.contains(r#"path = "client""#) && manifest.contains(r#"path = "events""#));
        assert!(!manifest.contains(r#"path = "protocol""#) && !manifest.contains("[profile"), "{manifest}");
    }
}
