//! What the program was asked to do: to serve, and how, or something else.

use clap::Parser;

use crate::{config::Config, maintenance::Command};

/// Real-time chat: the server and the page in one program.
#[derive(Clone, Debug, Parser)]
#[command(name = "parlance", version)]
pub struct Options {
    /// How to serve.
    #[command(flatten)]
    pub config: Config,
    /// What to do instead.
    #[command(subcommand)]
    pub command: Option<Command>,
}
