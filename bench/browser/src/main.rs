//! The page in Chromium: `cargo xtask bench client` measures it and the client, `cargo xtask screenshots`
//! photographs it.
//!
//! A package of its own, because what drives browsers turns features of our dependencies on (the order of
//! keys in JSON) that what `bench` measures does not have.

mod figures;
mod screenshots;

use anyhow::{Result, bail};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match &*arguments {
        ["figures", names @ ..] => figures::run(names).await,
        ["screenshots", albums @ ..] => screenshots::run(albums).await,
        _ => bail!("bench-browser figures [names], or bench-browser screenshots [albums]"),
    }
}
