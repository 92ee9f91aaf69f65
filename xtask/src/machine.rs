//! What the machine must have and cargo cannot build: rustup's parts, and Debian packages.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

const WASM: &str = "wasm32-unknown-unknown";

/// Adds the wasm target to the toolchain in use.
pub(crate) fn wasm_target(sh: &Shell) -> Result<()> {
    rust_target(sh, WASM)
}

/// A static target, and the compiler for what is C in the program.
pub(crate) fn musl(sh: &Shell, name: &str) -> Result<()> {
    rust_target(sh, name)?;
    let what = "musl's C compiler, for a program that needs no library";
    need(sh, &Need { what, variable: "", programs: &["musl-gcc"], packages: &["musl-tools"] }).map(drop)
}

fn rust_target(sh: &Shell, name: &str) -> Result<()> {
    let sysroot = cmd!(sh, "rustc --print sysroot").read()?;
    let installed = Path::new(&sysroot).join("lib/rustlib").join(name);
    if installed.join("lib").is_dir() {
        return Ok(());
    }
    if which::which("rustup").is_err() {
        bail!(
            "this Rust toolchain cannot build for {name}, and rustup, which could add that, is \
             not here: install rustup, or your distribution's package with that target"
        );
    }
    println!("Adding the {name} target to the Rust toolchain.");
    Ok(cmd!(sh, "rustup target add {name}").run()?)
}

/// Adds rustfmt and clippy to the toolchain in use.
pub(crate) fn rust_components(sh: &Shell) -> Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if cmd!(sh, "cargo {subcommand} --version").quiet().ignore_stdout().ignore_stderr().run().is_err() {
            cmd!(sh, "rustup component add {component}")
                .run()
                .with_context(|| format!("`cargo {subcommand}` is missing"))?;
        }
    }
    Ok(())
}

/// Chromium and its driver.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

pub(crate) fn browser(sh: &Shell) -> Result<Browser> {
    let chromium = need(
        sh,
        &Need {
            what: "Chromium, for the tests in a browser",
            variable: "CHROME",
            programs: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
            packages: &["chromium", "chromium-driver", "fonts-dejavu-core"],
        },
    )?;
    let driver = need(
        sh,
        &Need {
            what: "ChromeDriver, for the tests in a browser",
            variable: "CHROMEDRIVER",
            programs: &["chromedriver"],
            packages: &["chromium-driver"],
        },
    )?;
    Ok(Browser { chromium, driver })
}

/// Firefox, and what WebKit needs.
pub(crate) struct OtherBrowsers {
    pub(crate) firefox: PathBuf,
    pub(crate) webkit_driver: PathBuf,
    pub(crate) mini_browser: PathBuf,
    pub(crate) screen: PathBuf,
}

pub(crate) fn other_browsers(sh: &Shell) -> Result<OtherBrowsers> {
    let firefox = need(
        sh,
        &Need {
            what: "Firefox, for the round in each browser",
            variable: "FIREFOX",
            programs: &["firefox-esr", "firefox"],
            packages: &["firefox-esr", "fonts-dejavu-core"],
        },
    )?;
    let webkit_driver = need(
        sh,
        &Need {
            what: "WebKitGTK's WebDriver, for the round in each browser",
            variable: "WEBKITDRIVER",
            programs: &["WebKitWebDriver"],
            packages: &["webkit2gtk-driver"],
        },
    )?;
    let screen = need(
        sh,
        &Need {
            what: "Xvfb, a screen for WebKit that nobody sees",
            variable: "XVFB",
            programs: &["Xvfb"],
            packages: &["xvfb"],
        },
    )?;
    Ok(OtherBrowsers { firefox, webkit_driver, mini_browser: mini_browser()?, screen })
}

/// WebKitGTK's own browser. It comes with the library, in a folder that is on nobody's PATH.
fn mini_browser() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("MINIBROWSER") {
        return Ok(named.into());
    }
    let libraries = ["/usr/lib", "/usr/lib64", "/usr/libexec"].into_iter().map(PathBuf::from);
    // Debian has a folder for each kind of processor in /usr/lib.
    let folders =
        libraries.flat_map(|folder| subfolders(&folder).chain([folder.clone()]).collect::<Vec<_>>());
    let found = folders.flat_map(|folder| {
        ["webkit2gtk-4.1", "webkitgtk-6.0", "webkit2gtk-4.0"]
            .map(|version| folder.join(version).join("MiniBrowser"))
    });
    found.into_iter().find(|browser| browser.is_file()).context(
        "MiniBrowser, WebKitGTK's own browser, is not where distributions put it: say where in MINIBROWSER",
    )
}

fn subfolders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir())
}

/// Node.js and npm, which only the interoperability tests use.
pub(crate) fn node(sh: &Shell) -> Result<()> {
    for program in ["node", "npm"] {
        need(
            sh,
            &Need {
                what: "Node.js 18 or newer with npm, for the interoperability tests",
                variable: "",
                programs: &[program],
                packages: &["nodejs", "npm"],
            },
        )?;
    }
    let version = cmd!(sh, "node --version").read()?;
    let major = version.trim_start_matches('v').split('.').next();
    match major.and_then(|major| major.parse::<u32>().ok()) {
        Some(18..) => Ok(()),
        _ => bail!("the interoperability tests need Node.js 18 or newer; this one is {version}"),
    }
}

/// PostgreSQL's server, which the server's tests start. Debian puts it in a folder that is on nobody's PATH, and what
/// starts it by hand beside it.
pub(crate) fn postgresql(sh: &Shell) -> Result<()> {
    let is_there = || {
        let versions = subfolders(Path::new("/usr/lib/postgresql"));
        versions.map(|version| version.join("bin/initdb")).any(|initdb| initdb.is_file())
            || which::which("initdb").is_ok()
    };
    if is_there() {
        return Ok(());
    }
    let what = "PostgreSQL 14 or newer, for the tests of the second store";
    need(sh, &Need { what, variable: "", programs: &["pg_ctlcluster"], packages: &["postgresql"] })?;
    if !is_there() {
        bail!("{what}, is not complete: `initdb` is missing");
    }
    Ok(())
}

/// Redis, which the nodes of a cluster speak to each other through. Valkey is the same for us, under other names.
pub(crate) fn redis(sh: &Shell) -> Result<()> {
    need(
        sh,
        &Need {
            what: "Redis 6 or newer, for the tests of several nodes",
            variable: "",
            programs: &["redis-server"],
            packages: &["redis-server"],
        },
    )
    .map(drop)
}

/// nginx, in front of the nodes of `cargo xtask cluster` and of its tests.
pub(crate) fn nginx(sh: &Shell) -> Result<()> {
    let what = "nginx, for the tests of several nodes";
    need(sh, &Need { what, variable: "", programs: &["nginx"], packages: &["nginx"] }).map(drop)
}

/// The other proxies that there are configurations for.
pub(crate) fn other_proxies(sh: &Shell) -> Result<()> {
    let what = "HAProxy 2.6 or newer, for the test of its configuration";
    need(sh, &Need { what, variable: "", programs: &["haproxy"], packages: &["haproxy"] })?;
    let what = "Caddy 2.6 or newer, for the test of its configuration";
    need(sh, &Need { what, variable: "", programs: &["caddy"], packages: &["caddy"] })?;
    Ok(())
}

/// make, which builds the server's allocator.
pub(crate) fn make(sh: &Shell) -> Result<()> {
    let what = "make, which builds the server's allocator";
    need(sh, &Need { what, variable: "MAKE", programs: &["make"], packages: &["make"] }).map(drop)
}

/// A C++ compiler, for libFuzzer.
pub(crate) fn cpp_compiler(sh: &Shell) -> Result<()> {
    need(
        sh,
        &Need {
            what: "a C++ compiler, for the fuzzer",
            variable: "CXX",
            programs: &["c++", "g++", "clang++"],
            packages: &["g++"],
        },
    )
    .map(drop)
}

struct Need<'a> {
    what: &'a str,
    /// An environment variable that may name the program instead.
    variable: &'a str,
    programs: &'a [&'a str],
    packages: &'a [&'a str],
}

fn need(sh: &Shell, need: &Need<'_>) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(need.variable) {
        return Ok(named.into());
    }
    let find = || need.programs.iter().find_map(|program| find(program));
    if let Some(found) = find() {
        return Ok(found);
    }
    let (what, packages) = (need.what, need.packages.join(" "));
    if which::which("apt-get").is_err() {
        bail!("{what}, is missing: install it so that `{}` is on the PATH", need.programs[0]);
    }
    if !is_root() {
        bail!("{what}, is missing: run `sudo apt-get install {packages}`");
    }
    println!("Installing {what}.");
    install(sh, need.packages)?;
    find().with_context(|| format!("{packages} is installed, yet `{}` is not", need.programs[0]))
}

/// A program on the PATH, or where Debian puts what is for administrators.
fn find(program: &str) -> Option<PathBuf> {
    let for_administrators = || Some(Path::new("/usr/sbin").join(program)).filter(|file| file.is_file());
    which::which(program).ok().or_else(for_administrators)
}

fn install(sh: &Shell, packages: &[&str]) -> Result<()> {
    let _nothing_starts = NothingStarts::new()?;
    let _nobody_is_asked = sh.push_env("DEBIAN_FRONTEND", "noninteractive");
    cmd!(sh, "apt-get update --quiet").run()?;
    cmd!(sh, "apt-get install --quiet --yes --no-install-recommends {packages...}").run()?;
    // Nor with the machine the next time.
    let is_service = |package: &&&str| {
        let unit = format!("{package}.service");
        ["/lib/systemd/system", "/usr/lib/systemd/system"].iter().any(|at| Path::new(at).join(&unit).exists())
    };
    let services: Vec<_> = packages.iter().filter(is_service).collect();
    if !services.is_empty() && which::which("systemctl").is_ok() {
        cmd!(sh, "systemctl --quiet disable {services...}").run()?;
    }
    Ok(())
}

/// Debian starts a service as soon as it is installed, unless this file says no. Tests start their own.
struct NothingStarts {
    is_ours: bool,
}

impl NothingStarts {
    const POLICY: &str = "/usr/sbin/policy-rc.d";

    fn new() -> Result<Self> {
        let is_ours = !Path::new(Self::POLICY).exists();
        if is_ours {
            fs::write(
                Self::POLICY,
                "#!/bin/sh\n# No service is started while cargo xtask installs.\nexit 101\n",
            )?;
            fs::set_permissions(Self::POLICY, Permissions::from_mode(0o755))?;
        }
        Ok(Self { is_ours })
    }
}

impl Drop for NothingStarts {
    fn drop(&mut self) {
        if self.is_ours {
            fs::remove_file(Self::POLICY).ok();
        }
    }
}

pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
