//! trunk, wasm-bindgen, geckodriver and cargo-deny: built once, into the user's cache directory, one
//! folder a version.
//!
//! Not under `target` and not in `~/.cargo/bin`: a second clone finds them, and nobody's own
//! installation is replaced.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::machine;
use crate::paths::root;

/// The newest trunk that the workspace's Rust version can build.
const TRUNK: &str = "0.21.14";

/// Firefox's WebDriver, which Debian does not have.
const GECKODRIVER: &str = "0.37.1";

const CARGO_DENY: &str = "0.20.2";

const CARGO_DEB: &str = "3.8.0";

const CARGO_SBOM: &str = "0.10.0";

/// The tools that turn the `web` crate into a page.
pub(crate) struct Tools {
    trunk: PathBuf,
    wasm_bindgen: PathBuf,
    /// Changes when a tool has changed, because then the page must be built again.
    pub(crate) versions: String,
}

impl Tools {
    /// Finds the tools, and builds what is missing.
    pub(crate) fn ready(sh: &Shell) -> Result<Self> {
        machine::wasm_target(sh)?;
        let bindgen_version = locked_version("wasm-bindgen")?;
        let wasm_bindgen = install(
            sh,
            &Tool {
                name: "wasm-bindgen-cli",
                version: &bindgen_version,
                program: "wasm-bindgen",
                takes: "4 minutes",
                // Its lock file names a crate version that registries do not all serve.
                options: &[],
                opt_level: "1",
            },
        )?;
        let trunk = install(
            sh,
            &Tool {
                name: "trunk",
                version: TRUNK,
                program: "trunk",
                takes: "3 minutes",
                // Without TLS: it downloads nothing here, and passes requests on to 127.0.0.1 only.
                options: &["--locked", "--no-default-features"],
                // It copies files and starts others.
                opt_level: "0",
            },
        )?;
        Ok(Self { trunk, wasm_bindgen, versions: format!("trunk {TRUNK}, wasm-bindgen {bindgen_version}") })
    }

    /// `trunk`, which will find the right `wasm-bindgen` and ask nobody for a newer one.
    pub(crate) fn trunk<'sh>(&self, sh: &'sh Shell) -> Cmd<'sh> {
        let mut path = OsString::from(self.wasm_bindgen.parent().unwrap_or(Path::new("")));
        if let Some(rest) = env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        let trunk = sh.cmd(&self.trunk).env("PATH", path).env("TRUNK_SKIP_VERSION_CHECK", "true");
        // The habit is NO_COLOR=1; trunk takes only the words true and false.
        if env::var_os("NO_COLOR").is_some() { trunk.env("NO_COLOR", "true") } else { trunk }
    }

    /// `wasm-bindgen` itself.
    pub(crate) fn wasm_bindgen<'sh>(&self, sh: &'sh Shell) -> Cmd<'sh> {
        sh.cmd(&self.wasm_bindgen)
    }

    /// Runs a wasm test binary in the browser.
    pub(crate) fn test_runner(&self) -> PathBuf {
        self.wasm_bindgen.with_file_name("wasm-bindgen-test-runner")
    }
}

/// What starts Firefox for a test.
pub(crate) fn geckodriver(sh: &Shell) -> Result<PathBuf> {
    install(
        sh,
        &Tool {
            name: "geckodriver",
            version: GECKODRIVER,
            program: "geckodriver",
            takes: "1 minute",
            options: &["--locked"],
            // It passes a few hundred requests on.
            opt_level: "0",
        },
    )
}

/// What checks the dependencies.
pub(crate) fn cargo_deny(sh: &Shell) -> Result<Cmd<'_>> {
    let installed = install(
        sh,
        &Tool {
            name: "cargo-deny",
            version: CARGO_DENY,
            program: "cargo-deny",
            takes: "2 minutes",
            options: &["--locked", "--no-default-features"],
            // It reads for two seconds.
            opt_level: "0",
        },
    )?;
    Ok(sh.cmd(installed))
}

/// What makes a Debian package.
pub(crate) fn cargo_deb(sh: &Shell) -> Result<Cmd<'_>> {
    let installed = install(
        sh,
        &Tool {
            name: "cargo-deb",
            version: CARGO_DEB,
            program: "cargo-deb",
            takes: "2 minutes",
            options: &["--locked"],
            // It compresses for a second.
            opt_level: "1",
        },
    )?;
    Ok(sh.cmd(installed))
}

/// What lists the crates that are in a program.
pub(crate) fn cargo_sbom(sh: &Shell) -> Result<Cmd<'_>> {
    let installed = install(
        sh,
        &Tool {
            name: "cargo-sbom",
            version: CARGO_SBOM,
            program: "cargo-sbom",
            takes: "1 minute",
            options: &["--locked"],
            opt_level: "0",
        },
    )?;
    Ok(sh.cmd(installed))
}

/// Installs everything that any command needs.
pub(crate) fn setup(sh: &Shell) -> Result<()> {
    machine::rust_components(sh)?;
    Tools::ready(sh)?;
    geckodriver(sh)?;
    drop(cargo_deny(sh)?);
    machine::browser(sh)?;
    machine::other_browsers(sh)?;
    machine::node(sh)?;
    machine::postgresql(sh)?;
    machine::redis(sh)?;
    machine::nginx(sh)?;
    machine::other_proxies(sh)?;
    machine::cpp_compiler(sh)?;
    println!("Everything that the commands need is here.");
    Ok(())
}

struct Tool<'a> {
    name: &'a str,
    version: &'a str,
    program: &'a str,
    takes: &'a str,
    options: &'a [&'a str],
    /// How far the compiler optimises it.
    opt_level: &'a str,
}

fn install(sh: &Shell, tool: &Tool<'_>) -> Result<PathBuf> {
    let Tool { name, version, .. } = tool;
    let tools = cache()?.join("tools");
    let home = tools.join(format!("{name}-{version}"));
    let installed = home.join("bin").join(tool.program);
    if installed.is_file() {
        return Ok(installed);
    }
    fs::create_dir_all(&tools)?;
    // Held until this returns. Another command that was started meanwhile waits here, and finds the tool.
    let one_at_a_time = fs::File::create(tools.join("lock"))?;
    if one_at_a_time.try_lock().is_err() {
        println!("Another command is building tools: waiting for it.");
        one_at_a_time.lock()?;
    }
    if installed.is_file() {
        return Ok(installed);
    }
    println!("Building {name} {version} into {}: once, about {} on two cores.", home.display(), tool.takes);
    // Not a temporary directory: when this is interrupted, the next try goes on from here.
    let scratch = tools.join("build");
    fs::create_dir_all(&scratch)?;
    let _in_scratch = sh.push_dir(&scratch);
    let options = tool.options;
    cmd!(sh, "cargo install {name} --version {version} {options...} --root {home} --target-dir {scratch}")
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS")
        // These tools run for a second a build: time spent on optimising them never comes back.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", tool.opt_level)
        .run()
        .with_context(|| format!("{name} {version} could not be installed"))?;
    fs::remove_dir_all(&scratch)?;
    Ok(installed)
}

fn cache() -> Result<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|dir| dir.is_absolute())
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME says where tools can be kept")?;
    Ok(cache.join("parlance"))
}

/// The version of a package in Cargo.lock: tool and library must be the same.
fn locked_version(package: &str) -> Result<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock is missing")?;
    match version_in(&lock, package) {
        Some(version) => Ok(version.to_owned()),
        None => bail!("Cargo.lock does not name `{package}`"),
    }
}

fn version_in<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, entry) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    entry.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::version_in;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";

    #[test]
    fn a_package_is_not_mistaken_for_one_whose_name_goes_on() {
        assert_eq!(version_in(LOCK, "wasm-bindgen"), Some("0.2.130"));
    }

    #[test]
    fn a_package_that_is_not_locked_has_no_version() {
        assert_eq!(version_in(LOCK, "wasm"), None);
    }
}
