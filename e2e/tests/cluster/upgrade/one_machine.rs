//! One server with its data in a file: the newer program goes on with the older one's data directory.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Server, target};
use protocol::{ConversationId, CreateGroup, Credentials, JoinGroup, LoggedIn, Visibility, path};
use reqwest::header::{COOKIE, SET_COOKIE};
use tokio::task::LocalSet;
use tokio::time::sleep;

use super::programs;
use crate::{
    history,
    page::{Page, connect_as},
    version::{Built, Reloaded},
};

const NAMES: [&str; 2] = ["ann", "ben"];
const DEVICES: usize = 2;
const PATIENCE: Duration = Duration::from_secs(30);
/// How many messages are written at a time.
const SOME: usize = 40;

#[tokio::test(flavor = "current_thread")]
async fn a_data_directory_of_the_older_program_is_taken_over_whole() -> Result<()> {
    LocalSet::new().run_until(is_taken_over()).await
}

async fn is_taken_over() -> Result<()> {
    let (older, newer) = programs()?;
    let home = target().join("e2e/cluster-one-machine");
    let mut server = Server::start_program(older.clone(), home, &[])?;
    let (ann, mut cookie) = register(&server, NAMES[0]).await?;
    let (ben, _) = register(&server, NAMES[1]).await?;
    let mut writers = Writers::gather(&server, [&ann, &ben]).await?;
    writers.write(SOME).await;
    let before = writers.settle().await?;
    let stored = before.len();
    ensure!(stored > 0, "nothing was written");
    // After a clean end everything is in the file itself.
    server.stop()?;
    let version = version_of_tables(&server)?;
    server.start_again()?;

    // It ends in the middle of what it does, so that pages send again what was stored already.
    writers.write(SOME).await;
    server.kill();
    writers.write(SOME).await;
    server.replace(&newer);
    server.start_again()?;
    writers.write(SOME).await;
    let history = writers.settle().await?;
    ensure!(
        history[..stored].iter().map(|one| one.id).eq(before.iter().map(|one| one.id)),
        "another history"
    );
    cookie = refreshes(&server, &cookie).await?;
    server.stop()?;
    let after = version_of_tables(&server)?;
    println!("{} messages, and the tables had version {version} and have version {after}", history.len());
    is_whole(&newer, &server)?;

    // There is a way back as long as the tables are the same.
    server.replace(&older);
    if after == version {
        server.start_again()?;
        writers.write(SOME).await;
        writers.settle().await?;
        refreshes(&server, &cookie).await?;
        return server.stop();
    }
    let refused = server.start_again();
    ensure!(refused.is_err(), "an older program serves a newer database");
    let log = fs::read_to_string(server.log())?;
    let last = log.lines().last().context("it says nothing")?;
    ensure!(last.contains("it was written by a newer Parlance"), "{last}");
    println!("The older program refuses: {last}");
    server.replace(&newer);
    server.start_again()?;
    writers.settle().await?;
    refreshes(&server, &cookie).await?;
    server.stop()
}

/// People who write to one group.
struct Writers {
    url: String,
    pages: Vec<Page>,
    group: ConversationId,
    looker: LoggedIn,
    random: fastrand::Rng,
    written: usize,
}

impl Writers {
    async fn gather(server: &Server, people: [&LoggedIn; 2]) -> Result<Self> {
        let (url, reloaded) = (server.url(), Reloaded::default());
        let shows = |person| Built::Before.shows(person, &reloaded);
        let group = CreateGroup { name: "All".parse()?, visibility: Visibility::Private, client_id: None };
        let group_id = connect_as(&url, shows(people[0])).0.call(group).await?.id;
        connect_as(&url, shows(people[1])).0.call(JoinGroup { group_id }).await?;
        let group = ConversationId::Group(group_id);
        let devices = people.into_iter().flat_map(|person| [person; DEVICES]);
        let pages = devices.map(|person| Page::open(&url, person, shows(person), group)).collect();
        let random = fastrand::Rng::with_seed(7);
        Ok(Self { url, pages, group, looker: people[0].clone(), random, written: 0 })
    }

    async fn write(&mut self, messages: usize) {
        for _ in 0..messages {
            let page = self.random.usize(..self.pages.len());
            self.pages[page].write(format!("{page} {}", self.written));
            self.written += 1;
            let page = self.random.usize(..self.pages.len());
            self.pages[page].change(&mut self.random);
            sleep(Duration::from_millis(self.random.u64(2..20))).await;
        }
    }

    /// Everything that was written is there, once and in order, and every page shows it.
    async fn settle(&self) -> Result<Vec<protocol::Message>> {
        let shows = Built::Before.shows(&self.looker, &Reloaded::default());
        let (looker, _notices) = connect_as(&self.url, shows);
        let history = history::settled(&looker, &self.pages, self.group, PATIENCE).await?;
        history::check(&history, &self.pages)?;
        Ok(history)
    }
}

/// A login, and the cookie that keeps it.
async fn register(server: &Server, name: &str) -> Result<(LoggedIn, String)> {
    let credentials = Credentials { username: name.parse()?, password: "correct horse".parse()? };
    let url = format!("{}{}", server.url(), path::REGISTER);
    let answer = reqwest::Client::new().post(url).json(&credentials).send().await?.error_for_status()?;
    let cookie = refresh_cookie(&answer)?;
    Ok((answer.json().await?, cookie))
}

/// The session goes on. Returns the cookie that is valid from now on.
async fn refreshes(server: &Server, cookie: &str) -> Result<String> {
    let url = format!("{}{}", server.url(), path::REFRESH);
    let answer = reqwest::Client::new().post(url).header(COOKIE, cookie).send().await?;
    let answer = answer.error_for_status().context("the session has ended")?;
    let cookie = refresh_cookie(&answer)?;
    answer.json::<LoggedIn>().await?;
    Ok(cookie)
}

fn refresh_cookie(answer: &reqwest::Response) -> Result<String> {
    let cookies = answer.headers().get_all(SET_COOKIE).into_iter().filter_map(|one| one.to_str().ok());
    let mut pairs = cookies.filter_map(|one| one.split(';').next());
    let found = pairs.find(|pair| pair.starts_with("parlance_refresh="));
    Ok(found.context("no cookie keeps the login")?.to_owned())
}

/// As SQLite keeps it in the header of the file.
fn version_of_tables(server: &Server) -> Result<u32> {
    let file = fs::read(server.data_directory().join("parlance.db"))?;
    let number = file.get(60..64).context("there is no header")?;
    Ok(u32::from_be_bytes(number.try_into()?))
}

fn is_whole(program: &Path, server: &Server) -> Result<()> {
    let mut check = Command::new(program);
    let check = check.arg("check").arg("--data-dir").arg(server.data_directory()).output()?;
    let said = String::from_utf8_lossy(&check.stderr);
    ensure!(check.status.success(), "{} {said}", String::from_utf8_lossy(&check.stdout));
    Ok(())
}
