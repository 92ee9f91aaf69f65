//! People at several nodes.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use e2e::{built, cluster::Cluster};
use protocol::{
    ConversationId, CreateGroup, Credentials, JoinGroup, LeaveGroup, LoggedIn, SendGroupMessage, Visibility,
    path,
};
use services::proxy::{Kind, Proxy};
use tokio::task::{LocalSet, spawn_blocking};
use tokio::time::sleep;

use crate::{
    Client, history,
    page::{Page, connect_as},
    version::{Built, Reloaded},
};

pub(crate) const NODES: usize = 3;
const NAMES: [&str; 3] = ["ann", "ben", "cem"];
const DEVICES: usize = 2;
/// How long it may take until everybody knows everything.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Party {
    /// Away while something is done to it.
    cluster: Option<Cluster>,
    proxy: Proxy,
    /// The version of the pages that are opened.
    built: Built,
    reloaded: Reloaded,
    people: Vec<LoggedIn>,
    group: ConversationId,
    pages: Vec<Page>,
    random: fastrand::Rng,
    written: usize,
    changes: usize,
}

/// Plays a scenario, and looks at what there is in the end.
pub(crate) async fn play(name: &str, scenario: impl AsyncFnOnce(&mut Party) -> Result<()>) -> Result<()> {
    play_with(name, built()?, Built::Today, scenario).await
}

/// The same with nodes that are this program and pages that are of this version in the beginning.
pub(crate) async fn play_with(
    name: &str,
    program: PathBuf,
    built: Built,
    scenario: impl AsyncFnOnce(&mut Party) -> Result<()>,
) -> Result<()> {
    let play = async {
        let mut party = Party::gather(&format!("cluster-{name}"), program, built).await?;
        party.write_for(Duration::from_millis(300)).await;
        scenario(&mut party).await?;
        party.write_for(Duration::from_millis(300)).await;
        println!("{name}: {}", party.end().await?);
        Ok(())
    };
    LocalSet::new().run_until(play).await
}

/// How many times as long as usual.
pub(crate) fn times() -> Result<usize> {
    match std::env::var("PARLANCE_CLUSTER") {
        Ok(times) => times.parse().context("PARLANCE_CLUSTER is a number"),
        Err(_) => Ok(1),
    }
}

impl Party {
    async fn gather(name: &str, program: PathBuf, built: Built) -> Result<Self> {
        let name = name.to_owned();
        let (cluster, proxy) = spawn_blocking(move || -> Result<_> {
            let cluster = Cluster::start_of(&name, &vec![program; NODES])?;
            let proxy = Proxy::start(Kind::Nginx, &cluster.home().join("proxy"), &cluster.addresses())?;
            Ok((cluster, proxy))
        })
        .await??;
        let url = proxy.url();
        let mut people = Vec::new();
        for name in NAMES {
            people.push(register(&url, name).await?);
        }
        let reloaded = Reloaded::default();
        let connect = |person| connect_as(&url, built.shows(person, &reloaded));
        let (owner, _notices) = connect(&people[0]);
        let name = "All".parse()?;
        let group = CreateGroup { name, visibility: Visibility::Private, client_id: None };
        let group_id = owner.call(group).await?.id;
        for person in &people[1..] {
            connect(person).0.call(JoinGroup { group_id }).await?;
        }
        let group = ConversationId::Group(group_id);
        let random = fastrand::Rng::with_seed(7);
        let (cluster, pages) = (Some(cluster), Vec::new());
        let (written, changes) = (0, 0);
        let mut party =
            Self { cluster, proxy, built, reloaded, people, group, pages, random, written, changes };
        for person in (0..NAMES.len()).flat_map(|person| [person; DEVICES]) {
            party.opens_another_page(person);
        }
        Ok(party)
    }

    /// One of the people comes with another device.
    pub(crate) fn opens_another_page(&mut self, person: usize) {
        let person = &self.people[person];
        let shows = self.built.shows(person, &self.reloaded);
        self.pages.push(Page::open(&self.proxy.url(), person, shows, self.group));
    }

    /// Pages that are opened from now on are of this version.
    pub(crate) fn opens_pages_of(&mut self, built: Built) {
        self.built = built;
    }

    /// Everybody loads their page again, and gets an older one, or the newer one again.
    pub(crate) fn reloads(&self, older: bool) {
        self.reloaded.set(older);
    }

    /// Waits until everything that was written is there, and every page shows it.
    pub(crate) async fn settles(&self) -> Result<()> {
        let (looker, _notices) = self.looks();
        history::settled(&looker, &self.pages, self.group, PATIENCE).await?;
        Ok(())
    }

    /// Somebody whom every node lets in.
    fn looks(&self) -> (Client, client::Notices<protocol::Chat>) {
        connect_as(&self.proxy.url(), Built::Before.shows(&self.people[0], &self.reloaded))
    }

    /// At each node somebody makes a group; somebody at the next node joins, writes, and leaves.
    pub(crate) async fn makes_groups(&self) -> Result<()> {
        let cluster = self.cluster.as_ref().context("something is being done to the cluster")?;
        let at = |node: usize, person: &LoggedIn| {
            connect_as(&cluster.url(node % NODES), Built::Before.shows(person, &self.reloaded))
        };
        let [first, second, ..] = &self.people[..] else { bail!("there are two people") };
        for node in 0..NODES {
            let ((maker, _notices), (guest, _others)) = (at(node, first), at(node + 1, second));
            let name = format!("Node {node}").parse()?;
            let group = CreateGroup { name, visibility: Visibility::Public, client_id: None };
            let group_id = maker.call(group).await?.id;
            guest.call(JoinGroup { group_id }).await?;
            for client in [&guest, &maker] {
                client.call(SendGroupMessage::new(group_id, "hello".parse()?)).await?;
            }
            guest.call(LeaveGroup { group_id }).await?;
        }
        Ok(())
    }

    pub(crate) fn random(&mut self) -> &mut fastrand::Rng {
        &mut self.random
    }

    /// How long something lasts. When it shall take longer than usual, also longer than it takes until the others
    /// give a node up.
    pub(crate) fn a_while(&mut self) -> Result<Duration> {
        let milliseconds = if times()? == 1 { 1_500 } else { self.random.u64(200..15_000) };
        Ok(Duration::from_millis(milliseconds))
    }

    /// Everybody writes for so long.
    pub(crate) async fn write_for(&mut self, time: Duration) {
        let end = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < end {
            self.write_some().await;
        }
    }

    /// Something is done to the cluster while everybody writes.
    pub(crate) async fn meanwhile<T: Send + 'static>(
        &mut self,
        what: impl FnOnce(&mut Cluster) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut cluster = self.cluster.take().context("something is being done to the cluster")?;
        let done = spawn_blocking(move || {
            let outcome = what(&mut cluster);
            (cluster, outcome)
        });
        while !done.is_finished() {
            self.write_some().await;
        }
        let (cluster, outcome) = done.await?;
        self.cluster = Some(cluster);
        outcome
    }

    async fn write_some(&mut self) {
        let page = self.random.usize(..self.pages.len());
        self.pages[page].write(format!("{page} {}", self.written));
        self.written += 1;
        let page = self.random.usize(..self.pages.len());
        self.changes += usize::from(self.pages[page].change(&mut self.random));
        sleep(Duration::from_millis(self.random.u64(5..60))).await;
    }

    async fn end(self) -> Result<impl fmt::Display> {
        let begun = std::time::Instant::now();
        let (looker, _notices) = self.looks();
        let Self { cluster, proxy: _proxy, group, pages, written, changes, .. } = self;
        let history = history::settled(&looker, &pages, group, PATIENCE).await?;
        history::check(&history, &pages)?;
        let (settled, devices) = (begun.elapsed(), pages.len());
        drop(pages);
        spawn_blocking(|| cluster.context("something is being done to the cluster")?.end()).await??;
        Ok(format!(
            "{written} messages and {changes} changes, none missing, none doubled, the same on {devices} devices after \
             {settled:?}"
        ))
    }
}

async fn register(url: &str, name: &str) -> Result<LoggedIn> {
    let credentials = Credentials { username: name.parse()?, password: "correct horse".parse()? };
    let answer = reqwest::Client::new().post(format!("{url}{}", path::REGISTER)).json(&credentials).send();
    answer.await?.error_for_status()?.json().await.context("no login")
}
