//! `cargo xtask test`: every check, the cheap ones first, and it stops at the first failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::e2e::{self, Part, has_nextest};
use crate::paths::target;
use crate::tools::{self, Tools};
use crate::{cluster, fuzz, machine, npm, packages, product};

struct Step {
    name: &'static str,
    does: &'static str,
    /// From nothing on two cores; far less when little has changed.
    takes: &'static str,
    run: fn(&Shell) -> Result<()>,
}

const STEPS: [Step; 14] = [
    Step { name: "fmt", does: "the sources are formatted as rustfmt would", takes: "2 s", run: fmt },
    Step {
        name: "lint",
        does: "Clippy has no warning, natively, for wasm and for the fuzzers",
        takes: "5 min",
        run: lint,
    },
    Step {
        name: "deny",
        does: "what the project depends on is under licences, from places and of kinds that it wants",
        takes: "2 min",
        run: deny,
    },
    Step {
        name: "doc",
        does: "the documentation of events, client, protocol, markdown and chat builds without a warning",
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
        takes: "13 min",
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
        does: "five seconds of hostile input, the same each time, for each decoder of client and server",
        takes: "4 min",
        run: |sh| fuzz::run(sh, fuzz::Limit::Short),
    },
    Step {
        name: "cluster",
        does: "three nodes behind nginx, HAProxy and Caddy, which are killed, held up, cut off and replaced while \
               people write",
        takes: "4 min",
        run: cluster::test,
    },
];

/// What is not part of everything, because it needs a build of its own that no other test uses.
const ON_REQUEST: [Step; 1] = [Step {
    name: "otlp",
    does: "traces arrive, and have no secrets in them: the server with the feature `opentelemetry`",
    takes: "4 min",
    run: otlp,
}];

/// What is fuzzed is compiled by itself.
const WORKSPACES: [&str; 3] = ["Cargo.toml", fuzz::MANIFESTS[0], fuzz::MANIFESTS[1]];

/// Runs the named steps in their usual order, all of them when none is named.
pub(crate) fn run(sh: &Shell, names: &[String]) -> Result<()> {
    let known = || STEPS.iter().chain(&ON_REQUEST);
    if let Some(unknown) = names.iter().find(|name| !known().any(|step| step.name == **name)) {
        let all: Vec<_> = known().map(|step| step.name).collect();
        bail!("there is no test step `{unknown}`; the steps are {}", all.join(", "));
    }
    let chosen: Vec<&Step> = match names {
        [] => STEPS.iter().collect(),
        _ => known().filter(|step| names.iter().any(|name| name == step.name)).collect(),
    };

    machine::make(sh)?;
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
        let outcome = (step.run)(sh);
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
pub(crate) fn screenshots(sh: &Shell, albums: &[String]) -> Result<()> {
    product::build(sh)?;
    let pictures = cmd!(sh, "cargo run --package bench-browser -- screenshots {albums...}");
    Ok(e2e::with_browser(sh, pictures)?.run()?)
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

fn fmt(sh: &Shell) -> Result<()> {
    machine::rust_components(sh)?;
    cmd!(sh, "cargo fmt --all --check").run()?;
    for manifest in fuzz::MANIFESTS {
        cmd!(sh, "cargo fmt --check --manifest-path {manifest}").run()?;
    }
    Ok(())
}

fn lint(sh: &Shell) -> Result<()> {
    machine::rust_components(sh)?;
    machine::wasm_target(sh)?;
    cmd!(sh, "cargo clippy --workspace --all-targets -- -D warnings").run()?;
    in_page(cmd!(sh, "cargo clippy --package typed-socketio --package protocol --package markdown"))
        .args(["--", "-D", "warnings"])
        .run()?;
    fuzz::lint(sh)
}

/// All that can be known without asking anybody; see [`advisories`].
fn deny(sh: &Shell) -> Result<()> {
    for manifest in WORKSPACES {
        tools::cargo_deny(sh)?
            .args(["--locked", "--manifest-path", manifest, "--config", "deny.toml"])
            // The fuzzers' workspace has fewer crates.
            .args(["check", "-A", "unused-wrapper", "licenses", "bans", "sources"])
            .run()?;
    }
    Ok(())
}

/// Known faults of dependencies, and crates that were withdrawn or given up.
pub(crate) fn advisories(sh: &Shell) -> Result<()> {
    for manifest in WORKSPACES {
        tools::cargo_deny(sh)?
            .args(["--locked", "--manifest-path", manifest, "--config", "deny.toml", "check", "advisories"])
            .run()
            .context(
                "either a dependency has a known fault, which is printed above, or the list of them could \
                 not be had: it is fetched by git from https://github.com/RustSec/advisory-db",
            )?;
    }
    Ok(())
}

fn doc(sh: &Shell) -> Result<()> {
    let packages = ["typed-socketio", "typed-socketio-client", "protocol", "markdown", "chat"];
    let packages = packages.map(|name| format!("--package={name}"));
    cmd!(sh, "cargo doc --no-deps --all-features {packages...}").env("RUSTDOCFLAGS", "-D warnings").run()?;
    Ok(())
}

/// Without e2e and what needs it: its dependencies turn features of ours on (the order of keys in JSON,
/// for one) that the product does not have.
fn native(sh: &Shell) -> Result<()> {
    machine::postgresql(sh)?;
    machine::redis(sh)?;
    let packages = ["--workspace", "--exclude", "e2e", "--exclude", "bench-browser"];
    if has_nextest(sh) {
        cmd!(sh, "cargo nextest run {packages...}").run()?;
        // nextest leaves examples in documentation out.
        cmd!(sh, "cargo test --doc {packages...}").run()?;
    } else {
        cmd!(sh, "cargo test {packages...}").run()?;
    }
    Ok(())
}

/// A build of its own of the server: no other test needs the feature.
fn otlp(sh: &Shell) -> Result<()> {
    let features = ["--package", "parlance", "--features", "opentelemetry", "--test", "it"];
    for tests in ["otlp::", "secrets::"] {
        cmd!(sh, "cargo test {features...} {tests}").run()?;
    }
    Ok(())
}

fn wasm(sh: &Shell) -> Result<()> {
    let tools = Tools::ready(sh)?;
    let browser = machine::browser(sh)?;
    in_page(cmd!(sh, "cargo test --tests"))
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools.test_runner())
        .env("CHROMEDRIVER", &browser.driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", webdriver_options(&browser.chromium)?)
        .run()?;
    Ok(())
}

fn interop(sh: &Shell) -> Result<()> {
    product::build(sh)?;
    npm::socket_io(sh)?;
    e2e::tests(sh, "interop", Part::All).run()?;
    e2e::tests(sh, "oracle", Part::All).run()?;
    Ok(())
}

fn network(sh: &Shell) -> Result<()> {
    product::build(sh)?;
    e2e::tests(sh, "network", Part::All).run()?;
    e2e::tests(sh, "soak", Part::All).run()?;
    Ok(())
}

fn browser(sh: &Shell) -> Result<()> {
    product::build(sh)?;
    npm::socket_io(sh)?;
    let page = example_page(sh)?;
    // People who test in browsers mostly wait. Which tests measure something, and run alone, is in nextest's settings.
    let tests = e2e::tests_together(sh, "browser", Part::Without("engines"), 2);
    let tests = tests.env("PARLANCE_EXAMPLE_PAGE", page);
    e2e::with_browser(sh, tests)?.run()?;
    Ok(())
}

/// The client's example for the browser, as a page loads it.
fn example_page(sh: &Shell) -> Result<PathBuf> {
    let tools = Tools::ready(sh)?;
    let of_client = ["--package", "typed-socketio-client", "--features", "browser", "--example", "page"];
    cmd!(sh, "cargo build {of_client...} --target wasm32-unknown-unknown").run()?;
    let page = target().join("example-page");
    let program = target().join("wasm32-unknown-unknown/debug/examples/page.wasm");
    let bindgen = tools.wasm_bindgen(sh).args(["--target", "web", "--no-typescript", "--out-dir"]);
    bindgen.arg(&page).arg(program).run()?;
    Ok(page)
}

fn engines(sh: &Shell) -> Result<()> {
    product::build(sh)?;
    let others = machine::other_browsers(sh)?;
    e2e::with_browser(sh, e2e::tests(sh, "browser", Part::Only("engines")))?
        .env("FIREFOX", others.firefox)
        .env("GECKODRIVER", tools::geckodriver(sh)?)
        .env("WEBKITDRIVER", others.webkit_driver)
        .env("MINIBROWSER", others.mini_browser)
        .env("XVFB", others.screen)
        .run()?;
    Ok(())
}

/// The packages that are compiled into the page, for the page's target.
fn in_page(cargo: Cmd<'_>) -> Cmd<'_> {
    cargo.args([
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        "typed-socketio-client",
        "--package",
        "web",
    ])
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
