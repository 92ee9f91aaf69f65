//! `cargo xtask`: the project's commands. Each one first sets up what the machine lacks.
//!
//! - [`flags`]: the commands and what they take
//! - [`paths`]: where things are, and the shell in which programs are started
//! - [`machine`]: what Debian and rustup provide: wasm target, browsers, Node, PostgreSQL, proxies, a C++ compiler
//! - [`tools`]: what cargo provides: trunk, wasm-bindgen, geckodriver and cargo-deny, in the user's
//!   cache directory
//! - [`npm`]: the real Socket.IO, as a peer
//! - [`page`]: the frontend into `dist/`, only when something that goes into it changed
//! - [`product`]: `build`, `run` and `dev`; [`cluster`]: several nodes; [`release`]: what is given to others
//! - [`steps`]: `test`, step by step; [`fuzz`] and [`packages`] are some of them
//! - [`e2e`]: how the tests of the whole product are run
//! - [`soak`]: what finds more the longer it runs
//! - [`mod@bench`] measures

mod bench;
mod cluster;
mod e2e;
mod flags;
mod fuzz;
#[cfg(test)]
mod links;
mod machine;
mod npm;
mod packages;
mod page;
mod paths;
mod product;
mod release;
mod soak;
mod steps;
mod tools;

use std::{ffi::OsString, process::ExitCode};

use anyhow::Result;

use crate::flags::{Xtask, XtaskCmd};

fn main() -> ExitCode {
    let command = match Xtask::from_vec(arguments()) {
        Ok(Xtask { subcommand }) => subcommand,
        // Help, or what is wrong with the arguments.
        Err(error) => error.exit(),
    };
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `cargo xtask run --addr …` means the same as `cargo xtask run -- --addr …`.
fn arguments() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if arguments.first().is_some_and(|name| name == "run") && arguments.get(1).is_some_and(|one| one != "--")
    {
        arguments.insert(1, "--".into());
    }
    if arguments.is_empty() {
        arguments.push("--help".into());
    }
    arguments
}

fn run(command: XtaskCmd) -> Result<()> {
    paths::forget_cargo()?;
    let sh = &paths::shell()?;
    match command {
        XtaskCmd::Run(flags) => product::run(sh, &flags.options),
        XtaskCmd::Build(_) => product::build(sh),
        XtaskCmd::Cluster(flags) => cluster::run(sh, &flags.arguments),
        XtaskCmd::Dev(_) => product::dev(sh),
        XtaskCmd::Test(flags) => steps::run(sh, &flags.steps),
        XtaskCmd::Advisories(_) => steps::advisories(sh),
        XtaskCmd::Generate(_) => product::generate(sh),
        XtaskCmd::Fuzz(flags) => fuzz::run(sh, fuzz::Limit::of(flags.seconds, flags.runs)?),
        XtaskCmd::Bench(flags) => match flags.arguments.split_first() {
            Some((client, names)) if client == "client" => bench::client(sh, names),
            _ => bench::server(sh, &flags.arguments),
        },
        XtaskCmd::Soak(flags) => soak::run(sh, &flags.arguments),
        XtaskCmd::Screenshots(flags) => steps::screenshots(sh, &flags.albums),
        XtaskCmd::Release(_) => release::run(sh),
        XtaskCmd::Setup(_) => tools::setup(sh),
    }
}
