//! nginx, HAProxy and Caddy, with the configurations that are given to others (`deploy/proxy`). Only the
//! addresses in them are replaced.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};

use crate::{Daemon, free_port, need};

/// How often another port is tried, when somebody else was faster.
const TRIES: u32 = 5;

/// The nodes, as the files name them.
const NODES: [&str; 3] = ["10.0.0.1:8000", "10.0.0.2:8000", "10.0.0.3:8000"];

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// nginx.
    Nginx,
    /// HAProxy.
    Haproxy,
    /// Caddy.
    Caddy,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nginx, Self::Haproxy, Self::Caddy];

    /// Its program's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Caddy => "caddy",
        }
    }

    /// The configuration as it ships.
    #[must_use]
    pub fn file(self) -> PathBuf {
        let name = match self {
            Self::Nginx => "nginx.conf",
            Self::Haproxy => "haproxy.cfg",
            Self::Caddy => "Caddyfile",
        };
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/proxy").join(name)
    }

    /// Where the file says that it listens, and how it says so of a port of this machine.
    fn listens(self, port: u16) -> (&'static str, String) {
        match self {
            Self::Nginx => ("listen 80;", format!("listen 127.0.0.1:{port};")),
            Self::Haproxy => ("bind :80", format!("bind 127.0.0.1:{port}")),
            Self::Caddy => ("\nchat.example {", format!("\nhttp://127.0.0.1:{port} {{")),
        }
    }

    /// The configuration with other addresses; of a node that is not there, without its lines.
    fn configuration(self, nodes: &[SocketAddr], port: u16) -> Result<String> {
        ensure!((1..=NODES.len()).contains(&nodes.len()), "the files are for one to {} nodes", NODES.len());
        let file = self.file();
        let mut text = fs::read_to_string(&file).with_context(|| format!("no {}", file.display()))?;
        let (there, here) = self.listens(port);
        ensure!(text.matches(there).count() == 1, "{} does not say once `{}`", file.display(), there.trim());
        text = text.replace(there, &here);
        for (number, name) in NODES.iter().enumerate() {
            ensure!(text.contains(name), "{} does not name {name}", file.display());
            text = match nodes.get(number) {
                Some(node) => text.replace(name, &node.to_string()),
                None => text
                    .lines()
                    .filter(|line| !line.contains(name))
                    .fold(String::new(), |all, line| all + line + "\n"),
            };
        }
        Ok(text)
    }

    fn command(self, folder: &Path, configuration: &Path) -> Result<Vec<String>> {
        let program = need(self.name(), self.name())?.display().to_string();
        let (folder, configuration) = (folder.display().to_string(), configuration.display().to_string());
        Ok(match self {
            Self::Nginx => vec![program, "-p".into(), folder, "-c".into(), configuration],
            // In the foreground, and in one process.
            Self::Haproxy => vec![program, "-db".into(), "-f".into(), configuration],
            Self::Caddy => {
                // It keeps what it was told last in the user's folders, and is told more through a port.
                let homes =
                    ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"].map(|name| format!("{name}={folder}"));
                let run = ["CADDY_ADMIN=127.0.0.1:0", &program, "run", "--adapter", "caddyfile", "--config"];
                let run = run.into_iter().map(str::to_owned);
                ["env".to_owned()].into_iter().chain(homes).chain(run).chain([configuration]).collect()
            }
        })
    }

    /// What ends it and everything that it has started.
    fn signal(self) -> &'static str {
        match self {
            // Its workers would outlive a process that is killed.
            Self::Nginx => "TERM",
            Self::Haproxy | Self::Caddy => "KILL",
        }
    }
}

/// What Debian's own nginx.conf says around the file, as far as it matters here.
fn around(folder: &Path, file: &Path) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|name| format!("{name}_temp_path {}/{name};\n", folder.display())).concat();
    format!(
        "daemon off;\nworker_processes 1;\npid {folder}/nginx.own.pid;\nerror_log stderr warn;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\naccess_log off;\n{temporary}include {file};\n}}\n",
        folder = folder.display(),
        file = file.display(),
    )
}

/// A proxy in front of some nodes; it ends when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    kind: Kind,
    address: SocketAddr,
    daemon: Daemon,
}

impl Proxy {
    /// Starts one, with its configuration and log in this folder.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn start(kind: Kind, folder: &Path, nodes: &[SocketAddr]) -> Result<Self> {
        Self::start_without(kind, folder, nodes, "")
    }

    /// The same without each line of the configuration that says this, to see what it is there for.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn start_without(kind: Kind, folder: &Path, nodes: &[SocketAddr], words: &str) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mut outcome = Err(anyhow::anyhow!("never tried"));
        for _ in 0..TRIES {
            let port = free_port()?;
            let configuration = kind.configuration(nodes, port)?;
            let without = configuration.lines().filter(|line| words.is_empty() || !line.contains(words));
            let configuration = without.flat_map(|line| [line, "\n"]).collect::<String>();
            outcome = Self::start_on(kind, folder, port, &configuration);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn start_on(kind: Kind, folder: &Path, port: u16, text: &str) -> Result<Self> {
        let mut configuration = folder.join(kind.file().file_name().context("a file")?);
        fs::write(&configuration, text)?;
        if kind == Kind::Nginx {
            let whole = folder.join("whole.conf");
            fs::write(&whole, around(folder, &configuration))?;
            configuration = whole;
        }
        let command = kind.command(folder, &configuration)?;
        let daemon = Daemon::start(folder, kind.name(), kind.signal(), &command)?;
        daemon.until(|| TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        Ok(Self { kind, address: SocketAddr::from(([127, 0, 0, 1], port)), daemon })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its number among the system's processes.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.daemon.signal(self.kind.signal());
    }
}
