//! `cargo xtask bench`: measurements, in the release build. Each says what it measures.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::command::{cargo, program, root, run, target};
use crate::{machine, product, steps, tools::Tools};

/// Where Debian and most others keep Node's headers.
const NODE_HEADERS: &str = "/usr/include/node";

/// The server, next to Node's socket.io and to bare socketioxide. With names, those scenarios only;
/// before them `check` and `profile` (see `bench/src/main.rs`).
pub(crate) fn server(arguments: &[&str]) -> Result<()> {
    product::build()?;
    peers()?;
    // Not together with the product: the feature that fills data directories is not in that.
    run(&mut cargo(["build", "--release", "--package", "bench"]))?;
    println!("Everything takes about a quarter of an hour; the machine should do nothing else.");
    run(program(target().join("release/bench")).args(arguments))
}

/// socket.io on Node and Bun, and SQLite for Node, which is compiled here.
fn peers() -> Result<()> {
    const FOLDER: &str = "bench/peers";
    let addon = root().join(FOLDER).join("node_modules/better-sqlite3/build/Release/better_sqlite3.node");
    if !steps::npm_ci(FOLDER)? && addon.exists() {
        return Ok(());
    }
    machine::cpp_compiler()?;
    println!("Building SQLite for Node: once, about two minutes.");
    let mut npm = program("npm");
    npm.current_dir(root().join(FOLDER)).args(["rebuild", "better-sqlite3", "--build-from-source"]);
    if Path::new(NODE_HEADERS).is_dir() {
        // Else node-gyp downloads them.
        npm.arg("--nodedir=/usr");
    }
    run(&mut npm).context(
        "better-sqlite3 could not be built: it needs Python 3, make, a C++ compiler and Node's headers \
         (Debian's packages python3, make, g++ and libnode-dev)",
    )
}

/// The client in a browser, next to `socket.io-client`.
pub(crate) fn client() -> Result<()> {
    product::build()?;
    steps::npm_packages()?;
    let tools = Tools::ready()?;
    let page = target().join("bench-page");
    let program = target().join("wasm32-unknown-unknown/web-release/bench_page.wasm");
    for (name, features) in [("empty", &["--no-default-features"][..]), ("client", &[])] {
        let mut build = cargo(["build", "--package", "bench-page", "--profile", "web-release"]);
        run(build.args(["--target", "wasm32-unknown-unknown"]).args(features))?;
        let mut bindgen = tools.wasm_bindgen();
        bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(page.join(name)).arg(&program);
        run(&mut bindgen)?;
    }
    let mut figures = cargo(["test", "--package", "e2e", "--test", "browser"]);
    figures.args(["--", "--ignored", "--nocapture", "--test-threads=1", "figures"]);
    figures.env("PARLANCE_BENCH_PAGE", page);
    run(&mut steps::with_browser(figures)?)
}
