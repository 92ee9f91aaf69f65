//! `cargo xtask bench`: measurements, in the release build. Each says what it measures.

use std::path::Path;

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::paths::{root, target};
use crate::{e2e, machine, npm, product, tools::Tools};

/// What is measured against, from npm.
const PEERS: &str = "bench/peers";
/// Where Debian and most others keep Node's headers.
const NODE_HEADERS: &str = "/usr/include/node";

/// The server, next to Node's socket.io and to bare socketioxide. With names, those scenarios only;
/// before them `check` and `profile` (see `bench/src/main.rs`).
pub(crate) fn server(sh: &Shell, arguments: &[String]) -> Result<()> {
    product::build(sh)?;
    peers(sh)?;
    // Built apart from the product, which must not have the feature that fills data directories.
    cmd!(sh, "cargo build --release --package bench").run()?;
    println!("Everything takes about a quarter of an hour; the machine should do nothing else.");
    let bench = target().join("release/bench");
    Ok(cmd!(sh, "{bench} {arguments...}").run()?)
}

/// socket.io on Node and Bun, and SQLite for Node, which is compiled here.
fn peers(sh: &Shell) -> Result<()> {
    let addon = root().join(PEERS).join("node_modules/better-sqlite3/build/Release/better_sqlite3.node");
    if !npm::install(sh, PEERS)? && addon.exists() {
        return Ok(());
    }
    machine::cpp_compiler(sh)?;
    println!("Building SQLite for Node: once, about two minutes.");
    let _in_the_folder = sh.push_dir(PEERS);
    // Without these headers node-gyp downloads some.
    let headers = Path::new(NODE_HEADERS).is_dir().then_some("--nodedir=/usr");
    cmd!(sh, "npm rebuild better-sqlite3 --build-from-source {headers...}").run().context(
        "better-sqlite3 could not be built: it needs Python 3, make, a C++ compiler and Node's headers \
         (Debian's packages python3, make, g++ and libnode-dev)",
    )
}

/// The client and the page in a browser, next to `socket.io-client`. With names, those figures only (see
/// `bench/browser/src/figures.rs`).
pub(crate) fn client(sh: &Shell, names: &[String]) -> Result<()> {
    product::build(sh)?;
    npm::install(sh, PEERS)?;
    let tools = Tools::ready(sh)?;
    let page = target().join("bench-page");
    let program = target().join("wasm32-unknown-unknown/web-release/bench_page.wasm");
    for (name, features) in [("empty", &["--no-default-features"][..]), ("client", &[])] {
        cmd!(sh, "cargo build --package bench-page --profile web-release --target wasm32-unknown-unknown")
            .args(features)
            .run()?;
        let out = page.join(name);
        tools
            .wasm_bindgen(sh)
            .args(["--target", "web", "--no-typescript", "--out-dir"])
            .arg(out)
            .arg(&program)
            .run()?;
    }
    let figures = cmd!(sh, "cargo run --package bench-browser -- figures {names...}");
    Ok(e2e::with_browser(sh, figures)?.run()?)
}
