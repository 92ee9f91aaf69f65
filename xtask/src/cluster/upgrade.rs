//! `cargo xtask cluster upgrade`: three nodes of an older program are replaced by today's, one after the other, while
//! people write; and one server of it that has its data in a file.
//!
//! The older program is built from git, in a worktree and a target directory of its own below `target/upgrade`, and
//! kept there. It has no page inside, because nobody opens one: the clients of this test are today's, and show other
//! versions.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use xshell::{Shell, cmd};

use super::ready;
use crate::{e2e, paths::target};

/// What a release keeps: see protocol/tests/compatibility.rs.
const RELEASED: &str = "protocol/generated/released/catalogue.json";
/// Where a server says that it can be one of several.
const OPTIONS: &str = "server/src/config.rs";
const OPTION: &str = "PARLANCE_REDIS";

pub(super) fn run(sh: &Shell, revision: Option<&str>) -> Result<()> {
    let older = older_program(sh, revision)?;
    ready(sh)?;
    e2e::tests(sh, "cluster", e2e::Part::Only("upgrade")).env("PARLANCE_OLD", older).run()?;
    Ok(())
}

/// From the last release, there and back so many times if the tables are the same.
pub(crate) fn soak(sh: &Shell, times: u64) -> Result<()> {
    let older = older_program(sh, None)?;
    ready(sh)?;
    let times = times.to_string();
    println!("\n=== servers of the last release become today's, {times} times as long as in the tests");
    // Without nextest, which ends a test that takes so long.
    cmd!(sh, "cargo test --package e2e --test cluster -- --nocapture --test-threads 1 upgrade::")
        .env("PARLANCE_OLD", older)
        .env("PARLANCE_CLUSTER", times)
        .run()?;
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
    ensure!(
        can_be_one_of_several(sh, &commit),
        "the server of `{name}` cannot be one of several: name a later revision"
    );
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

/// By its tag, or else by the catalogue that it kept. The first server that can be one of several, while that is later.
fn last_release(sh: &Shell) -> Result<String> {
    let tag = cmd!(sh, "git describe --tags --abbrev=0 --match v[0-9]*").quiet().ignore_stderr().read();
    let release = match tag {
        Ok(tag) => tag,
        Err(_) => cmd!(sh, "git log -1 --format=%H -- {RELEASED}").quiet().read()?,
    };
    if can_be_one_of_several(sh, &release) {
        return Ok(release);
    }
    let revisions = cmd!(sh, "git log --reverse --format=%H -S{OPTION} -- {OPTIONS}").quiet().read()?;
    Ok(revisions.lines().next().context("git knows no server that can be one of several")?.to_owned())
}

fn can_be_one_of_several(sh: &Shell, revision: &str) -> bool {
    cmd!(sh, "git grep --quiet {OPTION} {revision} -- {OPTIONS}").quiet().ignore_stderr().run().is_ok()
}
