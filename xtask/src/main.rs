//! `cargo xtask`: the project's commands. Each one first sets up what the machine lacks.
//!
//! - [`mod@bench`] measures
//! - [`command`]: runs other programs, and says which
//! - [`machine`]: what Debian and rustup provide: wasm target, browsers, Node, a C++ compiler
//! - [`tools`]: what cargo provides: trunk, wasm-bindgen, geckodriver and cargo-deny, in the user's
//!   cache directory
//! - [`packages`]: the crates that others can use, alone
//! - [`page`]: the frontend into `dist/`, only when something that goes into it changed
//! - [`product`]: `build`, `run` and `dev`
//! - [`steps`]: `test`, step by step; [`fuzz`] is one of them
//! - [`soak`]: what finds more the longer it runs

mod bench;
mod command;
mod fuzz;
#[cfg(test)]
mod links;
mod machine;
mod packages;
mod page;
mod product;
mod soak;
mod steps;
mod tools;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

const HELP: &str = "\
Usage: cargo xtask <command>

  run [-- <options>]      Build everything, then start the server (http://127.0.0.1:8000)
  build                   Build the frontend and, with it inside, target/release/parlance
  dev                     Watch the sources: rebuild, restart, reload (http://127.0.0.1:8080)
  test [<step> …]         Check everything, or only the named steps:
                          fmt lint deny doc native packages wasm build interop
                          network browser engines fuzz
  advisories              Look for known faults of dependencies (asks github.com for the list)
  generate                Write protocol/generated anew from the catalogue
  fuzz [<seconds>]        Feed every decoder hostile input (60 seconds unless told)
  fuzz --runs <number>    The same, for that many inputs
  bench [<scenario> …]    Measure the server next to Node's socket.io and bare socketioxide:
                          private open-loop fanout idle presence sizes reconnect
  bench check [<scenario> …]  The same, shorter; fails where a figure was better
  bench profile <scenario>    One round of Parlance alone, for a profiler to look at
  bench client            Measure the client next to socket.io-client, in Chromium
  soak [<times>]          What finds more the longer it runs, or so many times as long: 100,000
                          schedules of the simulation, 1,000 broken connections, half an hour of
                          a mixed load, 200 kills, power cuts, a quarter of an hour of fuzzing
  screenshots             Photograph the page at three widths, light and dark
  setup                   Only install what the commands above need

What is missing on this machine is installed first: the wasm target through rustup; trunk,
wasm-bindgen, geckodriver and cargo-deny into the user's cache directory; for the tests
Chromium, Firefox, WebKitGTK and Node.js through apt, where this is Debian and the user is root.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("help", arguments),
    };
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match (name, rest.as_slice()) {
        ("help" | "--help" | "-h", _) => {
            println!("{HELP}");
            Ok(())
        }
        ("build", []) => product::build(),
        // `cargo xtask run --addr …` means the same as `cargo xtask run -- --addr …`.
        ("run", ["--", options @ ..] | options) => product::run(options),
        ("dev", []) => product::dev(),
        ("test", names) => steps::run(names),
        ("advisories", []) => steps::advisories(),
        ("generate", []) => product::generate(),
        ("fuzz", []) => fuzz::run(fuzz::Limit::Seconds(60)),
        ("fuzz", ["--runs", runs]) => fuzz::run(fuzz::Limit::Runs(number(runs)?)),
        ("fuzz", [seconds]) => fuzz::run(fuzz::Limit::Seconds(number(seconds)?)),
        ("soak", []) => soak::run(1),
        ("soak", [times]) => soak::run(number(times)?),
        ("screenshots", []) => steps::screenshots(),
        ("bench", ["client"]) => bench::client(),
        ("bench", arguments) => bench::server(arguments),
        ("setup", []) => tools::setup(),
        ("advisories" | "build" | "dev" | "generate" | "fuzz" | "soak" | "screenshots" | "setup", _) => {
            bail!("`{name}` does not take `{}`\n\n{HELP}", rest.join(" "))
        }
        _ => bail!("there is no command `{name}`\n\n{HELP}"),
    }
}

fn number(text: &str) -> Result<u64> {
    text.parse().with_context(|| format!("`{text}` is not a number"))
}
