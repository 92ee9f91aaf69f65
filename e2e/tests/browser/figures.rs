//! What the client costs and what it can take, next to `socket.io-client`, and how long people wait for
//! the page: `cargo xtask bench client`. Everything is measured several times, peers by turns.

mod budgets;
mod chat;
mod scrolling;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::program::Running;
use serde_json::{Value, json};

use crate::person::Person;
use crate::scene::play;

const LOADS: usize = 15;
const FLOODS: usize = 7;
const MESSAGES: u32 = 30_000;

/// The pages that Node serves, and what they are.
const PAGES: [(&str, &str); 3] = [
    ("ours", "/ours"),
    ("socket.io-client, WebSocket only", "/theirs"),
    ("socket.io-client, as shipped", "/theirs?transport=polling"),
];

#[tokio::test]
#[ignore = "measures; `cargo xtask bench client` runs it"]
async fn figures_of_the_client() -> Result<()> {
    let page = bench_page()?;
    sizes(&page)?;
    play("bench-client", async |scene| {
        let (_node, url) = peer(&page)?;
        let somebody = scene.person("somebody").await?;

        println!("\nfrom the page's first script to `connect`, in ms ({LOADS} loads each, by turns)");
        let mut took = [const { Vec::new() }; PAGES.len()];
        for _ in 0..LOADS {
            for ((_, path), took) in PAGES.iter().zip(&mut took) {
                somebody.visits(&format!("{url}{path}")).await?;
                took.push(connected(&somebody).await?);
            }
        }
        for ((name, _), took) in PAGES.iter().zip(&mut took) {
            println!("{name:36} {}", spread(took));
        }

        println!("\nmain thread a received message, in µs ({FLOODS} × {MESSAGES} messages each, by turns)");
        let mut took = [const { Vec::new() }; 2];
        for _ in 0..FLOODS {
            for ((_, path), took) in PAGES.iter().zip(&mut took) {
                somebody.visits(&format!("{url}{path}")).await?;
                connected(&somebody).await?;
                took.push(flood(&somebody).await?);
            }
        }
        for ((name, _), took) in PAGES.iter().zip(&mut took) {
            let messages = 1e6 / median(took);
            println!("{name:36} {}   {messages:.0} messages a second", spread(took));
        }
        println!("ours / theirs: {:.2}", median(&mut took[0]) / median(&mut took[1]));
        Ok(())
    })
    .await
}

/// What wasm-bindgen made of `e2e/page`.
fn bench_page() -> Result<PathBuf> {
    Ok(PathBuf::from(env::var_os("PARLANCE_BENCH_PAGE").context("run `cargo xtask bench client`")?))
}

/// Node with `socket.io` and the pages to compare with, and its address.
fn peer(page: &Path) -> Result<(Running, String)> {
    let mut node = Command::new("node");
    node.current_dir(e2e::root().join("e2e/interop")).arg("bench.mjs").arg(page.join("client"));
    let mut node = Running::start(&mut node)?;
    let url = node.wait_for("its address", |line| Some(line.strip_prefix("listening on ")?.to_owned()))?;
    Ok((node, url))
}

async fn connected(somebody: &Person) -> Result<f64> {
    let script = "return bench.connected === undefined ? null : bench.connected - bench.start";
    somebody.until("the connection", async || Ok(!somebody.script(script).await?.is_null())).await?;
    somebody.script(script).await?.as_f64().context("no time")
}

/// Microseconds of the main thread for each message.
async fn flood(somebody: &Person) -> Result<f64> {
    let before = somebody.main_thread().await?;
    somebody.script(&format!("bench.received = 0; bench.flood = {MESSAGES}")).await?;
    becomes(somebody, "bench.received", &json!(MESSAGES)).await?;
    let spent = somebody.main_thread().await? - before;
    Ok(spent * 1e6 / f64::from(MESSAGES))
}

/// Waits until something on the page has this value. Looks seldom: looking is work for the main
/// thread, too.
async fn becomes(somebody: &Person, what: &str, value: &Value) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(60);
    while somebody.script(&format!("return {what}")).await? != *value {
        ensure!(
            Instant::now() < end,
            "{what} does not become {value}; the page says: {}",
            somebody.page().await?
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// What the client adds to a page, and what `socket.io-client` is.
fn sizes(page: &Path) -> Result<()> {
    let kilobytes = |files: &[PathBuf]| -> Result<f64> {
        let mut sum = 0;
        for file in files {
            let mut packed = Vec::new();
            let mut input = fs::File::open(file).with_context(|| file.display().to_string())?;
            let parameters =
                brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
            brotli::BrotliCompress(&mut input, &mut packed, &parameters)?;
            sum += packed.len();
        }
        Ok(sum as f64 / 1000.0)
    };
    let of = |which: &str| ["bench_page_bg.wasm", "bench_page.js"].map(|file| page.join(which).join(file));
    let theirs = e2e::root().join("e2e/interop/node_modules/socket.io-client/dist/socket.io.esm.min.js");
    let (with, without) = (kilobytes(&of("client"))?, kilobytes(&of("empty"))?);
    println!("\nsize in KB with brotli, program and script");
    println!("{:36} {:.1}", "a page with our client alone", with);
    println!("{:36} {:.1}", "the same without it", without);
    println!("{:36} {:.1}", "our client", with - without);
    println!("{:36} {:.1}", "socket.io-client", kilobytes(&[theirs])?);
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn spread(values: &mut [f64]) -> String {
    let median = median(values);
    format!("median {median:8.2}   {:8.2} to {:8.2}", values[0], values[values.len() - 1])
}
