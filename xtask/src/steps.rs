//! `cargo xtask test`: every check, the cheap ones first, and it stops at the first failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::command::{cargo, program, read, root, run as run_to_end, target};
use crate::tools::{self, Tools};
use crate::{fuzz, machine, packages, product};

struct Step {
    name: &'static str,
    does: &'static str,
    /// From nothing on two cores; far less when little has changed.
    takes: &'static str,
    run: fn() -> Result<()>,
}

const STEPS: [Step; 13] = [
    Step { name: "fmt", does: "the sources are formatted as rustfmt would", takes: "2 s", run: fmt },
    Step { name: "lint", does: "Clippy has no warning, natively and for wasm", takes: "4 min", run: lint },
    Step {
        name: "deny",
        does: "what the project depends on is under licences, from places and of kinds that it wants",
        takes: "2 min",
        run: deny,
    },
    Step {
        name: "doc",
        does: "the documentation of events, client, protocol and chat builds without a warning",
        takes: "1 min",
        run: doc,
    },
    Step { name: "native", does: "unit and integration tests on this machine", takes: "6 min", run: native },
    Step {
        name: "packages",
        does: "the crates that others can use, alone: they compile, pass their tests and can be packaged",
        takes: "3 min",
        run: packages::test,
    },
    Step { name: "wasm", does: "tests of client and web inside a browser", takes: "3 min", run: wasm },
    Step {
        name: "build",
        does: "the release build: the page, and the server with it inside",
        takes: "8 min",
        run: product::build,
    },
    Step {
        name: "interop",
        does: "the socket.io packages of npm as peers of ours and as the model of our client, and tsc",
        takes: "1 min",
        run: interop,
    },
    Step {
        name: "network",
        does: "pages on a network that breaks a hundred times, and half a minute of a mixed load, against \
               the real server",
        takes: "2 min",
        run: network,
    },
    Step {
        name: "browser",
        does: "two people in two browsers use the product",
        takes: "2 min",
        run: browser,
    },
    Step {
        name: "engines",
        does: "a short round in Chromium, Firefox and WebKit",
        takes: "3 min",
        run: engines,
    },
    Step {
        name: "fuzz",
        does: "five seconds of hostile input for each decoder, of the client and of the server",
        takes: "4 min",
        run: || fuzz::run(fuzz::Limit::Seconds(45)),
    },
];

/// What is fuzzed is compiled by itself.
const WORKSPACES: [&str; 3] = ["Cargo.toml", fuzz::MANIFESTS[0], fuzz::MANIFESTS[1]];

/// Runs the named steps in their usual order, all of them when none is named.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !knows(name)) {
        let all: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        bail!("there is no test step `{unknown}`; the steps are {}", all.join(", "));
    }
    let chosen: Vec<&Step> =
        STEPS.iter().filter(|step| names.is_empty() || names.contains(&step.name)).collect();

    let mut took = Vec::new();
    let mut failure = None;
    for (index, step) in chosen.iter().enumerate() {
        println!(
            "\n=== {} of {}: {} ({}; {} from nothing)",
            index + 1,
            chosen.len(),
            step.name,
            step.does,
            step.takes
        );
        let start = Instant::now();
        let outcome = (step.run)();
        took.push(start.elapsed());
        if let Err(error) = outcome {
            failure = Some((step.name, error));
            break;
        }
        println!("=== {} took {}", step.name, in_words(start.elapsed()));
    }

    summarise(&chosen, &took, failure.is_some());
    match failure {
        None => Ok(()),
        Some((name, error)) => {
            Err(error.context(format!("the step `{name}` failed; `cargo xtask test {name}` runs it alone")))
        }
    }
}

/// Photographs the page into `target/screenshots`.
pub(crate) fn screenshots() -> Result<()> {
    product::build()?;
    let mut tests = cargo(["test", "--package", "e2e", "--test", "browser"]);
    tests.args(["--", "--ignored", "--nocapture", "screenshots"]);
    run_to_end(&mut with_browser(tests)?)
}

fn knows(name: &str) -> bool {
    STEPS.iter().any(|step| step.name == name)
}

/// A table for people, then a line for machines.
fn summarise(chosen: &[&Step], took: &[Duration], failed: bool) {
    println!();
    for (index, step) in chosen.iter().enumerate() {
        let outcome = match took.get(index) {
            None => "not run",
            Some(_) if failed && index + 1 == took.len() => "failed",
            Some(_) => "passed",
        };
        let time = took.get(index).map(|time| in_words(*time));
        println!("{:8} {outcome:8} {:>12}", step.name, time.unwrap_or_default());
    }
    println!("{:17} {:>12}", "together", in_words(took.iter().sum()));
    let failures = usize::from(failed);
    let line = format!("{} passed, {failures} failed", took.len() - failures);
    match chosen.len() - took.len() {
        0 => println!("{line}"),
        skipped => println!("{line}, {skipped} skipped"),
    }
}

fn in_words(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f32()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

fn fmt() -> Result<()> {
    machine::rust_components()?;
    run_to_end(&mut cargo(["fmt", "--all", "--check"]))?;
    for manifest in fuzz::MANIFESTS {
        run_to_end(cargo(["fmt", "--check", "--manifest-path"]).arg(manifest))?;
    }
    Ok(())
}

fn lint() -> Result<()> {
    machine::rust_components()?;
    machine::wasm_target()?;
    let strict = ["--", "-D", "warnings"];
    run_to_end(cargo(["clippy", "--workspace", "--all-targets"]).args(strict))?;
    run_to_end(
        in_page(&mut cargo(["clippy"]))
            .args(["--package", "typed-socketio", "--package", "protocol"])
            .args(strict),
    )
}

/// All that can be known without asking anybody; see [`advisories`].
fn deny() -> Result<()> {
    for manifest in WORKSPACES {
        let mut check = tools::cargo_deny()?;
        check.args(["--locked", "--manifest-path", manifest, "--config", "deny.toml"]);
        // The fuzzers' workspace has fewer crates.
        run_to_end(check.args(["check", "-A", "unused-wrapper", "licenses", "bans", "sources"]))?;
    }
    Ok(())
}

/// Known faults of dependencies, and crates that were withdrawn or given up.
pub(crate) fn advisories() -> Result<()> {
    for manifest in WORKSPACES {
        let mut check = tools::cargo_deny()?;
        check.args(["--locked", "--manifest-path", manifest, "--config", "deny.toml", "check", "advisories"]);
        run_to_end(&mut check).context(
            "either a dependency has a known fault, which is printed above, or the list of them could not \
             be had: it is fetched by git from https://github.com/RustSec/advisory-db",
        )?;
    }
    Ok(())
}

fn doc() -> Result<()> {
    run_to_end(
        cargo(["doc", "--no-deps", "--all-features"])
            .args(["--package", "typed-socketio", "--package", "typed-socketio-client"])
            .args(["--package", "protocol", "--package", "chat"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

/// Without e2e: its dependencies turn features of ours on (the order of keys in JSON, for one) that
/// the product does not have.
fn native() -> Result<()> {
    let all = ["--workspace", "--exclude", "e2e"];
    if has_nextest() {
        run_to_end(cargo(["nextest", "run"]).args(all))?;
        // nextest leaves examples in documentation out.
        return run_to_end(cargo(["test", "--doc"]).args(all));
    }
    run_to_end(cargo(["test"]).args(all))
}

fn wasm() -> Result<()> {
    let tools = Tools::ready()?;
    let browser = machine::browser()?;
    let mut tests = cargo(["test", "--tests"]);
    in_page(&mut tests)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools.test_runner())
        .env("CHROMEDRIVER", &browser.driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", webdriver_options(&browser.chromium)?);
    run_to_end(&mut tests)
}

fn interop() -> Result<()> {
    product::build()?;
    npm_packages()?;
    run_to_end(&mut e2e_tests("interop", Part::All))?;
    run_to_end(&mut e2e_tests("oracle", Part::All))
}

/// The Socket.IO packages of npm.
pub(crate) fn npm_packages() -> Result<()> {
    npm_ci("e2e/interop").map(drop)
}

/// Installs the packages that a folder's lock file names, without their scripts. Says whether they
/// were not there.
pub(crate) fn npm_ci(folder: &str) -> Result<bool> {
    machine::node()?;
    let packages = root().join(folder);
    // npm keeps a copy of the lock file with what it installed.
    let wanted = fs::read(packages.join("package-lock.json"))?;
    let note = target().join("xtask").join(format!("npm-{}", folder.replace('/', "-")));
    let installed = packages.join("node_modules").is_dir();
    if installed && fs::read(&note).ok().as_ref() == Some(&wanted) {
        return Ok(false);
    }
    let mut npm = program("npm");
    npm.current_dir(&packages).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run_to_end(&mut npm)?;
    fs::create_dir_all(target().join("xtask"))?;
    fs::write(&note, wanted)?;
    Ok(true)
}

fn network() -> Result<()> {
    product::build()?;
    run_to_end(&mut e2e_tests("network", Part::All))?;
    run_to_end(&mut e2e_tests("soak", Part::All))
}

fn browser() -> Result<()> {
    product::build()?;
    npm_packages()?;
    let mut tests = with_browser(e2e_tests("browser", Part::Without("engines")))?;
    run_to_end(tests.env("PARLANCE_EXAMPLE_PAGE", example_page()?))
}

/// The client's example for the browser, as a page loads it.
fn example_page() -> Result<PathBuf> {
    let tools = Tools::ready()?;
    let mut build = cargo(["build", "--package", "typed-socketio-client", "--features", "browser"]);
    run_to_end(build.args(["--example", "page", "--target", "wasm32-unknown-unknown"]))?;
    let page = target().join("example-page");
    let program = target().join("wasm32-unknown-unknown/debug/examples/page.wasm");
    let mut bindgen = tools.wasm_bindgen();
    bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(&page).arg(program);
    run_to_end(&mut bindgen)?;
    Ok(page)
}

fn engines() -> Result<()> {
    product::build()?;
    let others = machine::other_browsers()?;
    let mut tests = with_browser(e2e_tests("browser", Part::Only("engines")))?;
    tests.env("FIREFOX", others.firefox).env("GECKODRIVER", tools::geckodriver()?);
    tests.env("WEBKITDRIVER", others.webkit_driver).env("MINIBROWSER", others.mini_browser);
    tests.env("XVFB", others.screen);
    run_to_end(&mut tests)
}

/// Which tests of a binary: modules are named.
pub(crate) enum Part {
    All,
    Only(&'static str),
    Without(&'static str),
}

/// Tests of one binary of e2e, with their output as it comes and one after the other: each has
/// programs of its own.
pub(crate) fn e2e_tests(name: &str, part: Part) -> Command {
    if has_nextest() {
        let which = match part {
            Part::All => format!("binary({name})"),
            Part::Only(module) => format!("binary({name}) and test(/^{module}::/)"),
            Part::Without(module) => format!("binary({name}) and not test(/^{module}::/)"),
        };
        let mut tests = cargo(["nextest", "run", "--package", "e2e", "--no-capture"]);
        tests.args(["--filterset", &which]);
        tests
    } else {
        let mut tests = cargo(["test", "--package", "e2e", "--test", name]);
        tests.args(["--", "--nocapture", "--test-threads=1"]);
        match part {
            Part::All => {}
            Part::Only(module) => drop(tests.arg(format!("{module}::"))),
            Part::Without(module) => drop(tests.args(["--skip", &format!("{module}::")])),
        }
        tests
    }
}

pub(crate) fn with_browser(mut tests: Command) -> Result<Command> {
    let browser = machine::browser()?;
    tests.env("CHROME", browser.chromium);
    tests.env("CHROMEDRIVER", browser.driver);
    Ok(tests)
}

/// The packages that are compiled into the page, for the page's target.
fn in_page(cargo: &mut Command) -> &mut Command {
    cargo.args(["--target", "wasm32-unknown-unknown"]).args([
        "--package",
        "typed-socketio-client",
        "--package",
        "web",
    ])
}

fn has_nextest() -> bool {
    read(&mut cargo(["nextest", "--version"])).is_ok()
}

/// Writes how wasm-bindgen's test runner shall start Chromium.
fn webdriver_options(chromium: &Path) -> Result<PathBuf> {
    let file = target().join("xtask/webdriver.json");
    fs::create_dir_all(target().join("xtask"))?;
    // The sandbox needs rights that root and containers do not have; the rest keeps Chromium
    // from calling home.
    let options = format!(
        r#"{{ "goog:chromeOptions": {{ "binary": {chromium:?}, "args": [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
  "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync"
] }} }}"#
    );
    fs::write(&file, options).with_context(|| format!("could not write {}", file.display()))?;
    Ok(file)
}
