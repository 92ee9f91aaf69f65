//! Other programs: started, listened to, waited for, and ended with the test.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

/// A program that runs until it is stopped or dropped.
pub struct Running {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    heard: Vec<String>,
}

impl Running {
    /// Starts it; what it writes to its standard output is kept line by line.
    pub fn start(command: &mut Command) -> Result<Self> {
        Self::spawn(command.stdin(Stdio::null()))
    }

    /// The same for a program that reads lines, which [`write`](Self::write) writes.
    pub fn start_and_write(command: &mut Command) -> Result<Self> {
        Self::spawn(command.stdin(Stdio::piped()))
    }

    fn spawn(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child =
            command.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start `{name}`"))?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("no standard output")?;
        let (sender, lines) = channel();
        // A pipe that nobody empties would stop the program.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                sender.send(line).ok();
            }
        });
        Ok(Self { name, child, input, lines, heard: Vec::new() })
    }

    /// Writes a line to its standard input.
    pub fn write(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().context("nothing can be written to it")?;
        writeln!(input, "{line}").with_context(|| format!("`{}` does not read", self.name))
    }

    /// Waits for a line in which `look` finds what is wanted.
    pub fn wait_for<T>(&mut self, what: &str, look: impl Fn(&str) -> Option<T>) -> Result<T> {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self
                .lines
                .recv_timeout(left)
                .map_err(|_| anyhow!("`{}` did not print {what}, only {:?}", self.name, self.heard))?;
            let found = look(&line);
            self.heard.push(line);
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }

    /// Asks it to end, as a service manager would, and waits for that.
    pub fn stop(mut self, patience: Duration) -> Result<ExitStatus> {
        self.signal("TERM")?;
        wait(&mut self.child, &self.name, patience)
    }

    /// Its number among the system's processes.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, by its name without `SIG`.
    pub fn signal(&self, signal: &str) -> Result<()> {
        signal_to(signal, &[self.child.id()])
    }

    /// Ends it and all that it started, at once and without notice.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Running {
    /// A WebDriver that is killed leaves its browser behind, so that goes with it.
    fn drop(&mut self) {
        let mut family = vec![self.child.id()];
        family.extend(descendants(self.child.id()));
        signal_to("KILL", &family).ok();
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn signal_to(signal: &str, processes: &[u32]) -> Result<()> {
    let ids: Vec<String> = processes.iter().map(u32::to_string).collect();
    // It complains about processes that end meanwhile.
    let kill = format!("kill -{signal} {} 2>/dev/null", ids.join(" "));
    Command::new("sh").args(["-c", &kill]).status()?;
    Ok(())
}

/// The processes that a process has started, and those that these have started.
fn descendants(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for child in children(parent) {
        found.push(child);
        found.extend(descendants(child));
    }
    found
}

fn children(parent: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|ids| ids.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>())
        .collect()
}

/// Runs a program that ends by itself, with its output among the test's.
pub fn run(command: &mut Command, patience: Duration) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child =
        command.stdin(Stdio::null()).spawn().with_context(|| format!("could not start `{name}`"))?;
    let outcome = wait(&mut child, &name, patience);
    child.kill().ok();
    child.wait().ok();
    match outcome? {
        status if status.success() => Ok(()),
        status => bail!("`{name}` failed ({status}); it says why above"),
    }
}

fn wait(child: &mut Child, name: &str, patience: Duration) -> Result<ExitStatus> {
    let end = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() > end {
            bail!("`{name}` has not ended after {patience:?}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}
