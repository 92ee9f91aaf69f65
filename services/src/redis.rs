//! A Redis server that keeps nothing on the disk, as one that only passes messages on.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, bail};

use crate::{Daemon, free_port, need};

/// How often another port is tried, when somebody else was faster.
const TRIES: u32 = 5;

/// The server; it ends when this is dropped.
#[derive(Debug)]
pub struct Redis {
    folder: PathBuf,
    port: u16,
    daemon: Option<Daemon>,
}

impl Redis {
    /// Starts one, with its log in this folder.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        let mut redis = Self { folder: folder.to_owned(), port: 0, daemon: None };
        let mut outcome = Ok(());
        for _ in 0..TRIES {
            redis.port = free_port()?;
            outcome = redis.start_again();
            if outcome.is_ok() {
                break;
            }
        }
        outcome.map(|()| redis)
    }

    /// Starts it at the same address, with nothing in it.
    ///
    /// # Errors
    ///
    /// It does not start, because somebody else has taken the port.
    pub fn start_again(&mut self) -> Result<()> {
        let program = need("redis-server", "redis-server")?.display().to_string();
        let port = self.port.to_string();
        let folder = self.folder.display().to_string();
        let mut command = vec![program];
        let address = ["--bind", "127.0.0.1", "--port", &port, "--dir", &folder];
        let memory_only = ["--save", "", "--appendonly", "no"];
        command.extend(address.into_iter().chain(memory_only).map(str::to_owned));
        let daemon = Daemon::start(&self.folder, "redis", "KILL", &command)?;
        daemon.until(|| answers(self.port, daemon.pid()))?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Ends it as a crash does.
    ///
    /// # Errors
    ///
    /// It does not end.
    pub fn kill(&mut self) -> Result<()> {
        match self.daemon.take() {
            Some(daemon) => daemon.end("KILL"),
            None => bail!("Redis does not run"),
        }
    }

    /// Where it listens on this machine.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `redis://127.0.0.1:<port>`
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its number among the system's processes, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Daemon::pid)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill().ok();
    }
}

/// Whether who answers is this process, and not somebody who was faster.
fn answers(port: u16, pid: u32) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut redis = TcpStream::connect(("127.0.0.1", port))?;
        redis.set_read_timeout(Some(Duration::from_secs(1)))?;
        redis.write_all(b"INFO server\r\nQUIT\r\n")?;
        let mut answer = String::new();
        redis.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.lines().any(|line| line == format!("process_id:{pid}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_killed_and_starts_again_at_the_same_address() {
        let mut redis = Redis::start(&crate::tests::scratch("redis")).unwrap();
        let first = redis.pid().unwrap();
        redis.kill().unwrap();
        assert!(!answers(redis.port(), first));
        redis.start_again().unwrap();
        assert!(answers(redis.port(), redis.pid().unwrap()));
    }
}
