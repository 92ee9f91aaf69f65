//! A program in the background that ends with those who use it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

/// How often somebody looks whether a program is still used.
const LOOK_SECONDS: u32 = 2;

/// Starts a program and looks after it: when nobody holds the folder's lock any more, it is ended.
const WATCH: &str = r#"
folder=$1 name=$2 signal=$3; shift 3
("$@" >>"$folder/$name.log" 2>&1 </dev/null &
pid=$!
echo $pid >"$folder/$name.pid"
while kill -0 $pid; do
    sleep SECONDS
    flock --nonblock "$folder/users.lock" sh -c "rm -f '$folder/$name.port'; kill -$signal $pid; sleep 1"
done) &"#;

/// The same for one that runs already.
const GUARD: &str = r#"
(while kill -0 $2; do
    sleep SECONDS
    flock --nonblock "$1/users.lock" kill -KILL $2
done) &"#;

/// Such a program. Its folder has its log, `<name>.log`.
#[derive(Debug)]
pub struct Daemon {
    pid: u32,
    folder: PathBuf,
    name: String,
    /// As long as a process holds it, the program runs.
    _users: File,
}

impl Daemon {
    /// Starts it. `signal` ends it when nobody uses it any more, by its name without `SIG`.
    pub(crate) fn start<T: AsRef<OsStr>>(
        folder: &Path,
        name: &str,
        signal: &str,
        command: &[T],
    ) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let users = hold(folder)?;
        let pid_file = folder.join(format!("{name}.pid"));
        remove(&pid_file)?;
        let mut shell = shell(WATCH);
        shell.arg(folder).args([name, signal]).args(command);
        ensure!(shell.status()?.success(), "`{name}` could not be started");
        let pid = wait(Duration::from_secs(10), || fs::read_to_string(&pid_file).ok()?.trim().parse().ok())
            .with_context(|| format!("`{name}` did not start"))?;
        Ok(Self { pid, folder: folder.to_owned(), name: name.to_owned(), _users: users })
    }

    /// Its number among the system's processes.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it has not ended.
    #[must_use]
    pub fn runs(&self) -> bool {
        runs(self.pid)
    }

    /// Sends it a signal, by its name without `SIG`.
    pub fn signal(&self, signal: &str) {
        send(signal, self.pid);
    }

    /// Ends it by a signal and waits for that.
    pub(crate) fn end(&self, signal: &str) -> Result<()> {
        self.signal(signal);
        wait(Duration::from_secs(20), || (!self.runs()).then_some(()))
            .with_context(|| format!("`{}` does not end", self.name))
    }

    /// Waits until it can be used.
    pub(crate) fn until(&self, is_ready: impl Fn() -> bool) -> Result<()> {
        let ready = wait(Duration::from_secs(20), || match (is_ready(), self.runs()) {
            (true, true) => Some(true),
            (_, false) => Some(false),
            _ => None,
        });
        let log = self.folder.join(format!("{}.log", self.name));
        match ready {
            Some(true) => Ok(()),
            Some(false) => bail!("`{}` has ended; its last words: {}", self.name, last_words(&log)),
            None => bail!("`{}` does not answer: see {}", self.name, log.display()),
        }
    }
}

/// A process that was started otherwise is killed when this process has ended, however it did.
///
/// # Errors
///
/// The folder, which is made if it is missing, cannot be used.
pub fn end_with_us(pid: u32, folder: &Path) -> Result<File> {
    fs::create_dir_all(folder)?;
    let users = hold(folder)?;
    shell(GUARD).arg(folder).arg(pid.to_string()).status()?;
    Ok(users)
}

/// A lock that many can have; who looks after a program tries to have it alone.
pub(crate) fn hold(folder: &Path) -> Result<File> {
    let users = File::create(folder.join("users.lock"))?;
    users.lock_shared()?;
    Ok(users)
}

pub(crate) fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Asks again and again.
pub(crate) fn wait<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() > end {
            return None;
        }
        sleep(Duration::from_millis(20));
    }
}

pub(crate) fn send(signal: &str, pid: u32) {
    let pid = pid.to_string();
    Command::new("kill").args([&format!("-{signal}"), &pid]).stderr(Stdio::null()).status().ok();
}

/// What has ended and waits to be noticed does not run.
pub(crate) fn runs(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

/// In a process group of its own: Ctrl-C is for the program that uses it.
fn shell(script: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &script.replace("SECONDS", &LOOK_SECONDS.to_string()), "sh"]).current_dir("/");
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    shell
}

fn last_words(log: &Path) -> String {
    let log = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_ends_when_nobody_uses_it() {
        let folder = crate::tests::scratch("daemon");
        let daemon = Daemon::start(&folder, "sleeper", "KILL", &["sleep", "1000"]).unwrap();
        let pid = daemon.pid();
        assert!(runs(pid));
        drop(daemon);
        assert!(wait(Duration::from_secs(10), || (!runs(pid)).then_some(())).is_some());
    }

    #[test]
    fn what_was_started_otherwise_ends_too() {
        let folder = crate::tests::scratch("guarded");
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        drop(end_with_us(child.id(), &folder).unwrap());
        assert!(!child.wait().unwrap().success());
    }
}
