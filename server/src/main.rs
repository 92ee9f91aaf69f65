//! The binary: options in, one line out, until a signal.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap::Parser;
use mimalloc::MiMalloc;
use parlance::{Config, Server};
use tracing_subscriber::EnvFilter;

// The system's keeps the 19 MiB of each password hash, once for every thread that made one, and gives
// what SQLite frees back to the system with each write. Without huge pages: a connection would take
// a third more.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::parse();
    match EnvFilter::try_new(&config.log) {
        Ok(filter) => tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            .init(),
        Err(error) => return fail(&format!("--log {}: {error}", config.log)),
    }
    #[cfg(unix)]
    allow_many_sockets();
    let server = match Server::bind(config).await {
        Ok(server) => server,
        Err(error) => return fail(&error.to_string()),
    };
    let stopped = match stopped() {
        Ok(stopped) => stopped,
        Err(error) => return fail(&format!("Parlance cannot listen for signals: {error}.")),
    };
    // Whoever started it may have closed its end of the pipe.
    writeln!(io::stdout(), "Parlance listens on http://{}", server.local_addr()).ok();
    match server.run(stopped).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(sentence: &str) -> ExitCode {
    eprintln!("{sentence}");
    ExitCode::FAILURE
}

/// As many open files as the system lets a process ask for: a shell's usual 1,024 are as many sockets.
#[cfg(unix)]
fn allow_many_sockets() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// Ctrl-C, or SIGTERM. They are listened for from this call on, not from the first poll: whoever
/// reads the address may send one at once.
#[cfg(unix)]
fn stopped() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
fn stopped() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        tokio::signal::ctrl_c().await.ok();
    })
}
