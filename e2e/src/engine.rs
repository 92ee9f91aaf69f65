//! The browsers that the tests run in. Each is started by a WebDriver of its own.
//!
//! `cargo xtask test` says in environment variables where the programs are; without them they are
//! looked for on the PATH.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Instant;

use crate::program::Running;
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::extensions::query::ElementPollerWithTimeout;
use thirtyfour::{Capabilities, prelude::*};

use crate::person::{GLANCE, PATIENCE};

/// What shows the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Chromium,
    Firefox,
    /// WebKitGTK's small browser, the nearest to Safari that runs here.
    WebKit,
}

/// A browser, and the programs that end with it.
pub struct Browser {
    pub driver: WebDriver,
    /// The WebDriver comes last; what it started is below it.
    pub programs: Vec<Running>,
}

impl Engine {
    /// Starts one without a window, which keeps what it stores in `profile`.
    pub async fn start(self, profile: &Path) -> Result<Browser> {
        fs::create_dir_all(profile)?;
        let (programs, url, capabilities) = match self {
            Self::Chromium => chromium(profile)?,
            Self::Firefox => firefox(profile)?,
            Self::WebKit => webkit(profile)?,
        };
        let poller = ElementPollerWithTimeout::new(PATIENCE, GLANCE);
        let driver = WebDriver::builder(&url, capabilities).poller(Arc::new(poller)).connect().await;
        let driver = driver.with_context(|| format!("{self:?} did not start"))?;
        Ok(Browser { driver, programs })
    }
}

type Start = (Vec<Running>, String, Capabilities);

fn chromium(profile: &Path) -> Result<Start> {
    let mut driver =
        Running::start(program("CHROMEDRIVER", "chromedriver").arg("--port=0").stderr(Stdio::null()))?;
    let port: u16 = driver.wait_for("its port", |line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    })?;
    let mut chrome = DesiredCapabilities::chrome();
    if let Some(binary) = env::var_os("CHROME") {
        chrome.set_binary(&binary.to_string_lossy())?;
    }
    // For the tests' servers, which sign their certificates themselves.
    chrome.accept_insecure_certs(true)?;
    for argument in CHROMIUM_ARGUMENTS {
        chrome.add_arg(argument)?;
    }
    chrome.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    Ok((vec![driver], format!("http://127.0.0.1:{port}"), chrome.into()))
}

/// Headless; without the sandbox, which root and containers cannot have; and without connections to its
/// maker.
const CHROMIUM_ARGUMENTS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--window-size=1280,900",
    "--lang=en-GB",
];

fn firefox(profile: &Path) -> Result<Start> {
    let mut driver = program("GECKODRIVER", "geckodriver");
    driver.args(["--port", "0", "--profile-root"]).arg(profile);
    // Firefox writes into HOME even when its profile is elsewhere.
    let mut driver = Running::start(driver.env("HOME", profile).stderr(Stdio::null()))?;
    let port: u16 = driver.wait_for("its port", |line| {
        let (_, address) = line.split_once("Listening on ")?;
        address.rsplit(':').next()?.trim().parse().ok()
    })?;
    let mut firefox = DesiredCapabilities::firefox();
    if let Some(binary) = env::var_os("FIREFOX") {
        firefox.set_firefox_binary(&binary.to_string_lossy())?;
    }
    for argument in ["-headless", "--width=1280", "--height=900"] {
        firefox.add_arg(argument)?;
    }
    let mut preferences = FirefoxPreferences::new();
    preferences.set("intl.accept_languages", "en-GB")?;
    for calls_home in FIREFOX_CALLS_HOME {
        preferences.set(calls_home, false)?;
    }
    firefox.set_preferences(preferences)?;
    Ok((vec![driver], format!("http://127.0.0.1:{port}"), firefox.into()))
}

/// What geckodriver leaves on that connects to the browser's maker.
const FIREFOX_CALLS_HOME: [&str; 4] = [
    "browser.region.network.scan",
    "dom.push.connection.enabled",
    "network.connectivity-service.enabled",
    "signon.rememberSignons",
];

/// WebKitGTK has no headless mode: it gets a screen of its own that nobody sees.
fn webkit(profile: &Path) -> Result<Start> {
    let mut screen = program("XVFB", "Xvfb");
    screen.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
    let mut screen = Running::start(screen.stderr(Stdio::null()))?;
    let display: u32 = screen.wait_for("its display", |line| line.trim().parse().ok())?;

    let port = free_port()?;
    let mut driver = program("WEBKITDRIVER", "WebKitWebDriver");
    driver.arg(format!("--port={port}")).env("DISPLAY", format!(":{display}")).env_remove("WAYLAND_DISPLAY");
    driver.env("GDK_BACKEND", "x11").env("NO_AT_BRIDGE", "1").env("LANG", "en_GB.UTF-8");
    for (variable, folder) in
        [("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "cache"), ("XDG_CONFIG_HOME", "config")]
    {
        driver.env(variable, profile.join(folder));
    }
    let driver = Running::start(driver.stderr(Stdio::null()))?;
    let end = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        ensure!(Instant::now() < end, "WebKitWebDriver does not listen");
        sleep(GLANCE);
    }

    let browser = env::var_os("MINIBROWSER").unwrap_or_else(|| "MiniBrowser".into());
    let mut capabilities = Capabilities::new();
    capabilities.set("browserName", "MiniBrowser")?;
    capabilities.set(
        "webkitgtk:browserOptions",
        json!({ "binary": browser.to_string_lossy(), "args": ["--automation", "--geometry=1280x900"] }),
    )?;
    Ok((vec![screen, driver], format!("http://127.0.0.1:{port}"), capabilities))
}

/// A port that nobody has. WebKitWebDriver does not say which one it took, so it is told.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn program(variable: &str, name: &str) -> Command {
    Command::new(env::var_os(variable).unwrap_or_else(|| OsString::from(name)))
}
