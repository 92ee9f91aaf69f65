//! Pages on a network that breaks all the time, against the real server.
//!
//! Four pages (two people, two devices each) write to one group while their connections are cut,
//! held up and swallowed by a proxy, and correct, delete, pin and react. In the end each message is in the history once, and every
//! page shows the history. `PARLANCE_CUTS` says how many connections are broken; 100 by default.

mod history;
mod page;
mod proxy;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::Server;
use protocol::{
    Chat, ConnectAuth, ConversationId, CreateGroup, Credentials, JoinGroup, LoggedIn, Visibility,
};
use tokio::task::LocalSet;

use self::{page::Page, proxy::Proxy};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "current_thread")]
async fn whatever_breaks_nothing_is_missing_and_nothing_is_doubled() -> Result<()> {
    LocalSet::new().run_until(pages_on_a_broken_network()).await
}

async fn pages_on_a_broken_network() -> Result<()> {
    let cuts: usize = match std::env::var("PARLANCE_CUTS") {
        Ok(cuts) => cuts.parse().context("PARLANCE_CUTS is a number")?,
        Err(_) => 100,
    };
    let mut server = Server::start("network")?;
    let (ann, ben) = (register(&server.url(), "ann").await?, register(&server.url(), "ben").await?);
    let group = {
        let (client, _notices) = page::connect(&server.url(), &ann.token);
        client
            .call(CreateGroup { name: "All".parse()?, visibility: Visibility::Private, client_id: None })
            .await?
    };
    page::connect(&server.url(), &ben.token).0.call(JoinGroup { group_id: group.id }).await?;

    let proxy = Proxy::start(server.url().trim_start_matches("http://").parse()?).await?;
    let pages: Vec<Page> = [&ann, &ann, &ben, &ben]
        .into_iter()
        .map(|who| {
            let token = who.token.clone();
            let auth = move || ConnectAuth::new(token.clone());
            Page::open(&proxy.url(), who, auth, ConversationId::Group(group.id))
        })
        .collect();

    let mut random = fastrand::Rng::with_seed(7);
    let (mut written, mut changes) = (0, 0);
    while proxy.broken() < cuts {
        for _ in 0..random.u32(1..4) {
            let page = random.usize(..pages.len());
            pages[page].write(format!("{page} {written}"));
            written += 1;
            let page = random.usize(..pages.len());
            changes += usize::from(pages[page].change(&mut random));
        }
        tokio::time::sleep(Duration::from_millis(random.u64(5..60))).await;
        proxy.disturb(&mut random);
    }
    proxy.heal();

    let conversation = ConversationId::Group(group.id);
    let (looker, _notices) = page::connect(&server.url(), &ann.token);
    let history = history::settled(&looker, &pages, conversation, PATIENCE).await?;
    history::check(&history, &pages)?;
    let changed = history.iter().filter(|message| message.change_id.is_some()).count();
    ensure!(changes == 0 || changed > 0, "of {changes} changes none was carried out");
    println!(
        "{} connections broken, {written} messages, none missing, none doubled; {changes} changes of them, and \
         every page shows the same",
        proxy.broken()
    );
    server.stop()
}

async fn register(url: &str, name: &str) -> Result<LoggedIn> {
    let credentials = Credentials { username: name.parse()?, password: "correct horse".parse()? };
    let answer = reqwest::Client::new()
        .post(format!("{url}{}", protocol::path::REGISTER))
        .json(&credentials)
        .send()
        .await?;
    Ok(answer.error_for_status()?.json().await?)
}

type Client = client::Client<Chat>;
