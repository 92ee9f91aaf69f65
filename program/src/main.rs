//! The program: options in, one line out, until a signal. build.rs puts the page inside.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use parlance::{Options, PageFile, Server, Telemetry};

// The system's allocator keeps the 19 MiB of a password hash for every thread that made one, and returns what
// SQLite frees to the system with each write. This one has threads that return, after some seconds, whatever
// is free, so that a flood of connections leaves nothing behind. Its options are in .cargo/config.toml.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

static PAGE: &[PageFile] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

#[tokio::main]
async fn main() -> ExitCode {
    let Options { config, command } = Options::parse();
    if let Some(command) = command {
        return match command.run(&config) {
            Ok(line) => {
                writeln!(io::stdout(), "{line}").ok();
                ExitCode::SUCCESS
            }
            Err(error) => fail(&error.to_string()),
        };
    }
    let telemetry = match Telemetry::start(&config) {
        Ok(telemetry) => telemetry,
        Err(sentence) => return fail(&sentence),
    };
    #[cfg(unix)]
    allow_many_sockets();
    let server = match Server::bind(config, PAGE).await {
        Ok(server) => server,
        Err(error) => return fail(&error.to_string()),
    };
    let stopped = match stopped() {
        Ok(stopped) => stopped,
        Err(error) => return fail(&format!("Parlance cannot listen for signals: {error}.")),
    };
    // The program that started this one may have closed its end of the pipe.
    writeln!(io::stdout(), "Parlance listens on {}", server.url()).ok();
    let ended = server.run(stopped).await;
    telemetry.end();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(sentence: &str) -> ExitCode {
    writeln!(io::stderr(), "{sentence}").ok();
    ExitCode::FAILURE
}

/// Allows as many open files as the system lets a process ask for: a shell's usual 1,024 are as many sockets.
#[cfg(unix)]
fn allow_many_sockets() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// Ctrl-C, or SIGTERM. The signals are listened for from this call on, not from the first poll, because
/// somebody who reads the address may send one at once.
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
