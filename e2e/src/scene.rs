//! A server, browsers and the people of one test; on failure, a picture of what each saw.

use std::path::PathBuf;

use crate::{Server, program::Running};
use anyhow::{Context as _, Result};

use crate::engine::{Browser, Engine};
use crate::person::Person;

/// Everything that a test has.
pub struct Scene {
    pub server: Server,
    engine: Engine,
    home: PathBuf,
    present: Vec<Present>,
}

/// Somebody with a browser that runs.
struct Present {
    person: Person,
    profile: PathBuf,
    programs: Vec<Running>,
}

/// Runs a test in a scene of its own.
pub async fn play(name: &str, test: impl AsyncFnOnce(&mut Scene) -> Result<()>) -> Result<()> {
    play_with(name, &[], test).await
}

/// The same, with options for the server.
pub async fn play_with(
    name: &str,
    options: &[&str],
    test: impl AsyncFnOnce(&mut Scene) -> Result<()>,
) -> Result<()> {
    play_in(Engine::Chromium, name, options, test).await
}

/// The same, in browsers of another kind.
pub async fn play_in(
    engine: Engine,
    name: &str,
    options: &[&str],
    test: impl AsyncFnOnce(&mut Scene) -> Result<()>,
) -> Result<()> {
    let server = Server::start_with(name, options)?;
    let home = crate::target().join("e2e").join(name);
    let mut scene = Scene { server, engine, home, present: Vec::new() };

    let outcome = test(&mut scene).await;
    for Present { person, .. } in &scene.present {
        if outcome.is_err() {
            let picture = scene.home.join(format!("{}.png", person.name()));
            person.photograph(&picture).await.ok();
            eprintln!("what {} saw last: {}", person.name(), picture.display());
        }
        person.quit().await.ok();
    }
    outcome
}

/// Ann and Ben, both logged in.
pub async fn two_people(scene: &mut Scene) -> Result<(Person, Person)> {
    let (ann, ben) = (scene.person("ann").await?, scene.person("ben").await?);
    ann.registers().await?;
    ben.registers().await?;
    Ok((ann, ben))
}

impl Scene {
    /// A person with a browser of their own, who has not come to the page yet.
    pub async fn person(&mut self, name: &str) -> Result<Person> {
        let profile = self.home.join(format!("browser-{}", self.present.len()));
        self.starts(name, profile).await
    }

    /// Somebody's browser is ended at once, without a moment to put anything in order.
    pub fn kills_the_browser_of(&mut self, person: &Person) -> Result<()> {
        let present = self.present.iter_mut().find(|one| one.person.name() == person.name());
        let present = present.with_context(|| format!("{} is not here", person.name()))?;
        present.programs.drain(..).rev().for_each(Running::kill);
        Ok(())
    }

    /// Somebody starts their browser again, with all that it had stored.
    pub async fn comes_back(&mut self, person: &Person) -> Result<Person> {
        let index = self.present.iter().position(|one| one.person.name() == person.name());
        let gone = self.present.remove(index.with_context(|| format!("{} was not here", person.name()))?);
        drop(gone.programs);
        self.starts(person.name(), gone.profile).await
    }

    async fn starts(&mut self, name: &str, profile: PathBuf) -> Result<Person> {
        let Browser { driver, programs } = self.engine.start(&profile).await?;
        let person = Person::new(name, driver, self.server.url());
        self.present.push(Present { person: person.clone(), profile, programs });
        Ok(person)
    }
}
