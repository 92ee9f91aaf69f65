//! What the program was asked to do: to serve, and how, or something else.

use std::sync::LazyLock;

use clap::Parser;
use protocol::version::VERSION;

use crate::{config::Config, maintenance::Command, store::tables};

/// Real-time chat: the server and the page in one program.
#[derive(Clone, Debug, Parser)]
#[command(name = "parlance", version = versions())]
pub struct Options {
    /// How to serve.
    #[command(flatten)]
    pub config: Config,
    /// What to do instead.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The program's version, and those of what others see of it: upgrading.md says what each asks for.
fn versions() -> &'static str {
    static VERSIONS: LazyLock<String> = LazyLock::new(|| {
        let [sqlite, postgresql] = tables();
        let program = env!("CARGO_PKG_VERSION");
        format!("{program} (catalogue {VERSION}, tables {sqlite} of SQLite, {postgresql} of PostgreSQL)")
    });
    &VERSIONS
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_version_names_the_catalogue_and_the_tables() {
        let said = Options::command().render_version();
        assert!(said.starts_with("parlance 0."), "{said}");
        assert!(said.contains(&format!("(catalogue {VERSION}, tables {} of SQLite", tables()[0])), "{said}");
    }
}
