//! The client alone: its size, how soon it is connected, and what a message costs it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use e2e::person::Person;
use e2e::scene::play;
use serde_json::json;

use super::main_thread::main_thread;
use super::peer::{self, becomes, connected};
use super::{median, spread};

const LOADS: usize = 15;
const FLOODS: usize = 7;
const MESSAGES: u32 = 30_000;

/// The pages that Node serves, and what they are.
const PAGES: [(&str, &str); 3] = [
    ("ours", "/ours"),
    ("socket.io-client, WebSocket only", "/theirs"),
    ("socket.io-client, as shipped", "/theirs?transport=polling"),
];

pub(super) async fn run() -> Result<()> {
    let page = peer::page()?;
    sizes(&page)?;
    play("bench-client", async |scene| {
        let (_node, url) = peer::start(&page)?;
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

/// Microseconds of the main thread for each message.
async fn flood(somebody: &Person) -> Result<f64> {
    let before = main_thread(somebody).await?;
    somebody.script(&format!("bench.received = 0; bench.flood({MESSAGES})")).await?;
    becomes(somebody, "bench.received", &json!(MESSAGES)).await?;
    let spent = main_thread(somebody).await? - before;
    Ok(spent * 1e6 / f64::from(MESSAGES))
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
    let theirs = peer::folder()?.join("node_modules/socket.io-client/dist/socket.io.esm.min.js");
    let (with, without) = (kilobytes(&of("client"))?, kilobytes(&of("empty"))?);
    println!("\nsize in KB with brotli, program and script");
    println!("{:36} {:.1}", "a page with our client alone", with);
    println!("{:36} {:.1}", "the same without it", without);
    println!("{:36} {:.1}", "our client", with - without);
    println!("{:36} {:.1}", "socket.io-client", kilobytes(&[theirs])?);
    Ok(())
}
