//! The machine, as Linux shows it: cores, processor time, memory.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};

/// Ticks of `/proc/<pid>/stat` a second: fixed in Linux's interface.
const TICKS: u64 = 100;

/// Where the servers and where the load run.
#[derive(Clone, Copy)]
pub(crate) enum Core {
    Server,
    Load,
}

impl Core {
    /// The two cores are next to each other. None if there is only one core, or no way to choose.
    fn number(self) -> Option<&'static str> {
        let possible = cores() > 1 && Path::new("/usr/bin/taskset").exists();
        possible.then_some(match self {
            Self::Server => "0",
            Self::Load => "1",
        })
    }

    /// A command that starts the program on this core.
    pub(crate) fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        match self.number() {
            Some(number) => {
                let mut command = Command::new("taskset");
                command.args(["-c", number]).arg(program);
                command
            }
            None => Command::new(program),
        }
    }
}

impl Core {
    /// Moves a process that somebody else started; what it starts then is there, too.
    pub(crate) fn take(self, id: u32) -> Result<()> {
        if let Some(number) = self.number() {
            let id = id.to_string();
            let mut taskset = Command::new("taskset");
            taskset.args(["-a", "-c", "-p", number, &id]).stdout(std::process::Stdio::null());
            taskset.status().context("taskset did not start")?;
        }
        Ok(())
    }
}

/// Moves this process, before it has threads, to the core for the load.
pub(crate) fn settle() -> Result<()> {
    if let Some(number) = Core::Load.number() {
        let id = std::process::id().to_string();
        let status = Command::new("taskset")
            .args(["-c", "-p", number, &id])
            .stdout(std::process::Stdio::null())
            .status();
        status.context("taskset did not start")?;
    }
    // The load opens thousands of sockets. A user who is not root keeps the limit that they have.
    rlimit::increase_nofile_limit(u64::MAX).context("how many files may be open could not be changed")?;
    Ok(())
}

/// How many cores the machine has. A process that has settled on one of them sees only that one.
fn cores() -> usize {
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    about.lines().filter(|line| line.starts_with("processor")).count()
}

/// Processor time that a process has used, all its threads together.
pub(crate) fn processor(id: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name before may have spaces and parentheses in it.
    let (_, fields) = stat.rsplit_once(')').context("no name in /proc/…/stat")?;
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).map_while(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}

/// Processor time of a process that works in children, of those that live and of those that have ended.
pub(crate) fn processor_of_family(id: u32) -> Result<Duration> {
    let mut ticks = 0;
    for entry in fs::read_dir("/proc")?.flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((_, fields)) = stat.rsplit_once(')') else { continue };
        let fields: Vec<u64> =
            fields.split_whitespace().skip(1).map(|field| field.parse().unwrap_or(0)).collect();
        let is_it = entry.file_name().to_str() == Some(&id.to_string());
        // The parent, then user and system time, then the same of children that have ended.
        let is_child = fields.first() == Some(&u64::from(id));
        let count = if is_it { 4 } else { 2 * usize::from(is_child) };
        ticks += fields.iter().skip(10).take(count).sum::<u64>();
    }
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}

/// Memory that a process uses, in KiB: its proportional share of what it shares with others.
pub(crate) fn memory(id: u32) -> Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
    let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss in smaps_rollup")?;
    Ok(pss.trim().trim_end_matches(" kB").parse()?)
}

/// What the processors are, for the report.
pub(crate) fn describe() -> String {
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        about.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(": "));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{} cores, {}, Linux {}", cores(), model.map_or("unknown", |(_, model)| model), kernel.trim())
}
