//! `cargo xtask bench`: measurements, in the release build. Each says what it measures.

use anyhow::Result;

use crate::command::{cargo, run, target};
use crate::{product, steps, tools::Tools};

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
