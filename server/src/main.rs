//! The binary: options in, one line out, until a signal.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap::Parser;
use mimalloc::MiMalloc;
use parlance::{Options, Server};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

// The system's keeps the 19 MiB of each password hash, once for every thread that made one, and gives
// what SQLite frees back to the system with each write. Without huge pages: a connection would take
// a third more.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let Options { config, command } = Options::parse();
    if let Some(command) = command {
        return match command.run(&config.data_dir) {
            Ok(line) => {
                writeln!(io::stdout(), "{line}").ok();
                ExitCode::SUCCESS
            }
            Err(error) => fail(&error.to_string()),
        };
    }
    let (log, _written) = log();
    match EnvFilter::try_new(&config.log) {
        Ok(filter) => tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(log)
            .with_ansi(io::stderr().is_terminal())
            // It would say on stderr that it cannot write to stderr, and end the program.
            .log_internal_errors(false)
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

/// Lines that wait for a log that is slow. Those that are beyond are lost, and nobody waits for them:
/// neither a reader that stalls nor a disk that is full may stop the server.
const LOG_LINES: usize = 8_192;

/// The log on stderr, and what writes the rest of it at the end.
fn log() -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default().buffered_lines_limit(LOG_LINES).lossy(true).finish(io::stderr())
}

fn fail(sentence: &str) -> ExitCode {
    writeln!(io::stderr(), "{sentence}").ok();
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
