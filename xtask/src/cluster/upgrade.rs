//! `cargo xtask cluster upgrade`: three nodes of an older program are replaced by today's, one after the other, while
//! people write; and one server of it that has its data in a file. And today's server is used by the client of the last
//! release: the terminal, an example of `chat`.
//!
//! Both older programs are built from git, in a worktree and a target directory of their own below `target/upgrade`, and
//! kept there. The server has no page inside, because nobody opens one: its clients in these tests are today's, and show
//! other versions.

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
    let older = older_programs(sh, revision)?;
    ready(sh)?;
    e2e::tests(sh, "cluster", e2e::Part::Only("upgrade")).envs(older).run()?;
    Ok(())
}

/// From the last release, there and back so many times if the tables are the same.
pub(crate) fn soak(sh: &Shell, times: u64) -> Result<()> {
    let older = older_programs(sh, None)?;
    ready(sh)?;
    let times = times.to_string();
    println!("\n=== servers of the last release become today's, {times} times as long as in the tests");
    // Without nextest, which ends a test that takes so long.
    cmd!(sh, "cargo test --package e2e --test cluster -- --nocapture --test-threads 1 upgrade::")
        .envs(older)
        .env("PARLANCE_CLUSTER", times)
        .run()?;
    Ok(())
}

/// The server and the client of a revision, as the tests want to be told of them.
fn older_programs(sh: &Shell, revision: Option<&str>) -> Result<[(&'static str, PathBuf); 2]> {
    let release = match revision {
        Some(named) => named.to_owned(),
        None => last_release(sh)?,
    };
    let server = match revision {
        Some(named) => {
            ensure!(
                can_be_one_of_several(sh, named),
                "the server of `{named}` cannot be one of several: name a later revision"
            );
            named.to_owned()
        }
        None => server_of(sh, &release)?,
    };
    let client = built(sh, &release, &CLIENT)?;
    Ok([("PARLANCE_OLD", built(sh, &server, &SERVER)?), ("PARLANCE_OLD_CLIENT", client)])
}

/// A program that can be built.
struct Program {
    name: &'static str,
    arguments: &'static [&'static str],
    /// Where it is then, in the target directory.
    file: &'static str,
    takes: &'static str,
}

const SERVER: Program = Program {
    name: "parlance",
    arguments: &["--release", "--bin", "parlance"],
    file: "release/parlance",
    takes: "8 minutes",
};
const CLIENT: Program = Program {
    name: "terminal",
    arguments: &["--package", "chat", "--example", "terminal", "--features", "native"],
    file: "debug/examples/terminal",
    takes: "3 minutes",
};

/// A program of a revision, which is built unless it was built before.
fn built(sh: &Shell, revision: &str, program: &Program) -> Result<PathBuf> {
    let Program { name, arguments, file, takes } = *program;
    let commit = format!("{revision}^{{commit}}");
    let commit = cmd!(sh, "git rev-parse --verify --quiet {commit}").quiet().read();
    let commit = commit.with_context(|| format!("git knows no revision `{revision}`"))?;
    let home = target().join("upgrade");
    let kept = home.join(format!("{name}-{commit}"));
    if kept.is_file() {
        println!("The {name} of {revision} is there already: {}", kept.display());
        return Ok(kept);
    }
    println!("Building the {name} of {revision}: {takes} from nothing on two cores.");
    let source = home.join("source");
    if source.join(".git").is_file() {
        cmd!(sh, "git -C {source} checkout --quiet --force --detach {commit}").run()?;
    } else {
        // Somebody may have deleted the target directory; git still knows what was in it.
        cmd!(sh, "git worktree prune").run()?;
        cmd!(sh, "git worktree add --quiet --detach {source} {commit}").run()?;
    }
    let (_in_the_source, target) = (sh.push_dir(&source), home.join("target"));
    cmd!(sh, "cargo build {arguments...}").env("CARGO_TARGET_DIR", &target).run()?;
    sh.copy_file(target.join(file), &kept)?;
    Ok(kept)
}

/// By its tag, or else by the catalogue that it kept.
fn last_release(sh: &Shell) -> Result<String> {
    let tag = cmd!(sh, "git describe --tags --abbrev=0 --match v[0-9]*").quiet().ignore_stderr().read();
    match tag {
        Ok(tag) => Ok(tag),
        Err(_) => Ok(cmd!(sh, "git log -1 --format=%H -- {RELEASED}").quiet().read()?),
    }
}

/// The release, or the first server that can be one of several while that is later.
fn server_of(sh: &Shell, release: &str) -> Result<String> {
    if can_be_one_of_several(sh, release) {
        return Ok(release.to_owned());
    }
    let revisions = cmd!(sh, "git log --reverse --format=%H -S{OPTION} -- {OPTIONS}").quiet().read()?;
    Ok(revisions.lines().next().context("git knows no server that can be one of several")?.to_owned())
}

fn can_be_one_of_several(sh: &Shell, revision: &str) -> bool {
    cmd!(sh, "git grep --quiet {OPTION} {revision} -- {OPTIONS}").quiet().ignore_stderr().run().is_ok()
}
