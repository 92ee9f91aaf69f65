//! `cargo xtask cluster upgrade`: three nodes of an older program are replaced by today's, one after the other, while
//! people write.
//!
//! The older program is built from git, in a worktree and a target directory of its own below `target/upgrade`, and
//! kept there. It has no page inside, because nobody opens one: the clients of this test are today's.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use super::ready;
use crate::{e2e, paths::target};

pub(super) fn run(sh: &Shell, revision: Option<&str>) -> Result<()> {
    let older = older_program(sh, revision)?;
    ready(sh)?;
    e2e::tests(sh, "cluster", e2e::Part::Only("upgrade")).env("PARLANCE_OLD", older).run()?;
    Ok(())
}

/// The server of a revision, which is built unless it was built before.
fn older_program(sh: &Shell, revision: Option<&str>) -> Result<PathBuf> {
    let name = match revision {
        Some(named) => named.to_owned(),
        None => last_release(sh)?,
    };
    let commit = format!("{name}^{{commit}}");
    let commit = cmd!(sh, "git rev-parse --verify --quiet {commit}").quiet().read();
    let commit = commit.with_context(|| format!("git knows no revision `{name}`"))?;
    let home = target().join("upgrade");
    let program = home.join(format!("parlance-{commit}"));
    if program.is_file() {
        println!("The server of {name} is there already: {}", program.display());
        return Ok(program);
    }
    println!("Building the server of {name}: 8 minutes from nothing on two cores.");
    let source = home.join("source");
    if source.join(".git").is_file() {
        cmd!(sh, "git -C {source} checkout --quiet --force --detach {commit}").run()?;
    } else {
        // Somebody may have deleted the target directory; git still knows what was in it.
        cmd!(sh, "git worktree prune").run()?;
        cmd!(sh, "git worktree add --quiet --detach {source} {commit}").run()?;
    }
    let (_in_the_source, built) = (sh.push_dir(&source), home.join("target"));
    cmd!(sh, "cargo build --release --package server").env("CARGO_TARGET_DIR", &built).run()?;
    sh.copy_file(built.join("release/parlance"), &program)?;
    Ok(program)
}

fn last_release(sh: &Shell) -> Result<String> {
    match cmd!(sh, "git describe --tags --abbrev=0 --match v[0-9]*").quiet().ignore_stderr().read() {
        Ok(tag) => Ok(tag),
        Err(_) => bail!(
            "there is no tag of a release (`v1.2.3`) before this commit: name the older revision, as in `cargo xtask \
             cluster upgrade main~20`"
        ),
    }
}
