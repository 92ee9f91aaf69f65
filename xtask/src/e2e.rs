//! Running the tests of the whole product, which are in `e2e`.

use anyhow::Result;
use xshell::{Cmd, Shell, cmd};

use crate::machine;

/// Which tests of a binary: modules are named.
pub(crate) enum Part {
    All,
    Only(&'static str),
    Without(&'static str),
}

/// Tests of one binary, with their output as it comes and one after the other: each has programs of its own.
pub(crate) fn tests<'sh>(sh: &'sh Shell, name: &str, part: Part) -> Cmd<'sh> {
    tests_together(sh, name, part, 1)
}

/// The same, so many at once, if nextest is there, which knows the tests that must be alone. Then the output of a test
/// comes when it has ended.
pub(crate) fn tests_together<'sh>(sh: &'sh Shell, name: &str, part: Part, count: u32) -> Cmd<'sh> {
    if has_nextest(sh) {
        let which = match part {
            Part::All => format!("binary({name})"),
            Part::Only(module) => format!("binary({name}) and test(/^{module}::/)"),
            Part::Without(module) => format!("binary({name}) and not test(/^{module}::/)"),
        };
        let nextest = cmd!(sh, "cargo nextest run --package e2e --filterset {which}");
        match count {
            1 => nextest.arg("--no-capture"),
            _ => nextest
                .args(["--success-output", "immediate", "--failure-output", "immediate"])
                .args(["--test-threads", &count.to_string()]),
        }
    } else {
        let tests = cmd!(sh, "cargo test --package e2e --test {name} -- --nocapture --test-threads=1");
        match part {
            Part::All => tests,
            Part::Only(module) => tests.arg(format!("{module}::")),
            Part::Without(module) => tests.arg("--skip").arg(format!("{module}::")),
        }
    }
}

/// With Chromium and its driver.
pub(crate) fn with_browser<'sh>(sh: &'sh Shell, tests: Cmd<'sh>) -> Result<Cmd<'sh>> {
    let browser = machine::browser(sh)?;
    Ok(tests.env("CHROME", browser.chromium).env("CHROMEDRIVER", browser.driver))
}

/// Whether cargo-nextest is installed.
pub(crate) fn has_nextest(sh: &Shell) -> bool {
    cmd!(sh, "cargo nextest --version").quiet().ignore_stderr().read().is_ok()
}
