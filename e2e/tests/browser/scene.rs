//! A server, a ChromeDriver and the people of one test; on failure, a picture of what each saw.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use e2e::{Server, program::Running};
use thirtyfour::prelude::*;

use crate::person::Person;

/// Everything that a test has.
pub(crate) struct Scene {
    pub(crate) server: Server,
    driver: Running,
    driver_url: String,
    home: PathBuf,
    people: Vec<Person>,
}

/// Runs a test in a scene of its own.
pub(crate) async fn play(name: &str, test: impl AsyncFnOnce(&mut Scene) -> Result<()>) -> Result<()> {
    play_with(name, &[], test).await
}

/// The same, with options for the server.
pub(crate) async fn play_with(
    name: &str,
    options: &[&str],
    test: impl AsyncFnOnce(&mut Scene) -> Result<()>,
) -> Result<()> {
    let server = Server::start_with(name, options)?;
    let home = e2e::target().join("e2e").join(name);
    let (driver, driver_url) = start_driver()?;
    let mut scene = Scene { server, driver, driver_url, home, people: Vec::new() };

    let outcome = test(&mut scene).await;
    for person in &scene.people {
        if outcome.is_err() {
            let picture = scene.home.join(format!("{}.png", person.name()));
            person.photograph(&picture).await.ok();
            eprintln!("what {} saw last: {}", person.name(), picture.display());
        }
        person.quit().await.ok();
    }
    drop(scene.driver);
    outcome
}

/// Ann and Ben, both logged in.
pub(crate) async fn two_people(scene: &mut Scene) -> Result<(Person, Person)> {
    let (ann, ben) = (scene.person("ann").await?, scene.person("ben").await?);
    ann.registers().await?;
    ben.registers().await?;
    Ok((ann, ben))
}

impl Scene {
    /// A person with a browser of their own, who has not come to the page yet.
    pub(crate) async fn person(&mut self, name: &str) -> Result<Person> {
        let number = self.people.len();
        let profile = self.home.join(format!("browser-{number}"));
        fs::create_dir_all(&profile)?;
        let mut chrome = DesiredCapabilities::chrome();
        if let Some(binary) = env::var_os("CHROME") {
            chrome.set_binary(&binary.to_string_lossy())?;
        }
        for argument in ARGUMENTS {
            chrome.add_arg(argument)?;
        }
        chrome.add_arg(&format!("--user-data-dir={}", profile.display()))?;
        let browser = WebDriver::new(&self.driver_url, chrome).await.context("Chromium did not start")?;
        let person = Person::new(name, browser, self.server.url());
        self.people.push(person.clone());
        Ok(person)
    }
}

/// Headless; without the sandbox, which root and containers cannot have; and without what calls
/// home.
const ARGUMENTS: [&str; 11] = [
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

fn start_driver() -> Result<(Running, String)> {
    let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
    let mut driver = Running::start(Command::new(program).arg("--port=0").stderr(Stdio::null()))?;
    let port: u16 = driver.wait_for("its port", |line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    })?;
    Ok((driver, format!("http://127.0.0.1:{port}")))
}
