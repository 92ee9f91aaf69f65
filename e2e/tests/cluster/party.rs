//! People at several nodes.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::cluster::Cluster;
use protocol::{ConversationId, CreateGroup, Credentials, JoinGroup, LoggedIn, Visibility, path};
use services::proxy::{Kind, Proxy};
use tokio::task::{LocalSet, spawn_blocking};
use tokio::time::sleep;

use crate::{
    history,
    page::{Page, connect},
};

const NODES: usize = 3;
const NAMES: [&str; 3] = ["ann", "ben", "cem"];
const DEVICES: usize = 2;
/// How long it may take until everybody knows everything.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Party {
    /// Away while something is done to it.
    cluster: Option<Cluster>,
    proxy: Proxy,
    people: Vec<LoggedIn>,
    group: ConversationId,
    pages: Vec<Page>,
    random: fastrand::Rng,
    written: usize,
    changes: usize,
}

/// Plays a scenario, and looks at what there is in the end.
pub(crate) async fn play(name: &str, scenario: impl AsyncFnOnce(&mut Party) -> Result<()>) -> Result<()> {
    let play = async {
        let mut party = Party::gather(&format!("cluster-{name}")).await?;
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
    async fn gather(name: &str) -> Result<Self> {
        let name = name.to_owned();
        let (cluster, proxy) = spawn_blocking(move || -> Result<_> {
            let cluster = Cluster::start(&name, NODES)?;
            let proxy = Proxy::start(Kind::Nginx, &cluster.home().join("proxy"), &cluster.addresses())?;
            Ok((cluster, proxy))
        })
        .await??;
        let url = proxy.url();
        let mut people = Vec::new();
        for name in NAMES {
            people.push(register(&url, name).await?);
        }
        let (owner, _notices) = connect(&url, &people[0].token);
        let name = "All".parse()?;
        let group = CreateGroup { name, visibility: Visibility::Private, client_id: None };
        let group_id = owner.call(group).await?.id;
        for person in &people[1..] {
            connect(&url, &person.token).0.call(JoinGroup { group_id }).await?;
        }
        let group = ConversationId::Group(group_id);
        let devices = people.iter().flat_map(|person| [person; DEVICES]);
        let pages = devices.map(|person| Page::open(&url, person, group)).collect();
        let random = fastrand::Rng::with_seed(7);
        Ok(Self { cluster: Some(cluster), proxy, people, group, pages, random, written: 0, changes: 0 })
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
    pub(crate) async fn meanwhile(
        &mut self,
        what: impl FnOnce(&mut Cluster) -> Result<()> + Send + 'static,
    ) -> Result<()> {
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
        let Self { cluster, proxy, people, group, pages, written, changes, .. } = self;
        let begun = std::time::Instant::now();
        let history = history::settled(&proxy.url(), &people[0], &pages, group, PATIENCE).await?;
        history::check(&history, &pages)?;
        let settled = begun.elapsed();
        drop(pages);
        spawn_blocking(|| cluster.context("something is being done to the cluster")?.end()).await??;
        Ok(format!(
            "{written} messages and {changes} changes, none missing, none doubled, the same on {} devices after \
             {settled:?}",
            NAMES.len() * DEVICES,
        ))
    }
}

async fn register(url: &str, name: &str) -> Result<LoggedIn> {
    let credentials = Credentials { username: name.parse()?, password: "correct horse".parse()? };
    let answer = reqwest::Client::new().post(format!("{url}{}", path::REGISTER)).json(&credentials).send();
    answer.await?.error_for_status()?.json().await.context("no login")
}
