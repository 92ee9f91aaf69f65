//! Conversations that have existed for a long time: written into a server's files while it is stopped.

use std::time::Duration;

use crate::Server;
use anyhow::{Context as _, Result, anyhow};
use parlance::seed::Seed;
use protocol::FindUsers;

use crate::account::Account;

/// Gives somebody conversations with this many people, `pal0`, `pal1` and so on, with `messages`
/// messages in each. The server is stopped for it and started again.
pub async fn acquaint(server: &mut Server, name: &str, people: usize, messages: u64) -> Result<()> {
    let me = Account::of(&server.url(), name).await?.id;
    server.stop()?;
    let seed = Seed::open(&server.data_directory())?;
    let filled = fill(&seed, me, people, messages).await;
    seed.close().await;
    filled.map_err(|problem| anyhow!("the server's files could not be filled: {problem}"))?;
    server.start_again()
}

/// Makes each message that somebody exchanged with `pal0` so much older than the one after it. The server is
/// stopped for it and started again.
pub async fn age(server: &mut Server, name: &str, apart: Duration) -> Result<()> {
    let url = server.url();
    let account = Account::of(&url, name).await?;
    let me = account.id;
    let found = account.connects(&url).call(FindUsers { query: "pal0".to_owned() }).await;
    let pal = found.ok().and_then(|found| found.into_iter().next()).context("nobody is pal0")?;
    server.stop()?;
    let seed = Seed::open(&server.data_directory())?;
    let aged = seed.age(me, pal.id, apart).await;
    seed.close().await;
    aged.map_err(|problem| anyhow!("the messages could not be made older: {problem}"))?;
    server.start_again()
}

/// Registers this many people whom nobody has written to: `pal0`, `pal1` and so on. The server is
/// stopped for it and started again.
pub async fn populate(server: &mut Server, people: usize) -> Result<()> {
    server.stop()?;
    let seed = Seed::open(&server.data_directory())?;
    let made = seed.people("pal", people).await;
    seed.close().await;
    made.map_err(|problem| anyhow!("nobody could be registered: {problem}"))?;
    server.start_again()
}

/// Makes the conversation of two people who are registered this long. The server is stopped for it and
/// started again.
pub async fn converse(server: &mut Server, names: [&str; 2], messages: u64) -> Result<()> {
    let [one, other] = names;
    let (one, other) =
        (Account::of(&server.url(), one).await?.id, Account::of(&server.url(), other).await?.id);
    server.stop()?;
    let seed = Seed::open(&server.data_directory())?;
    let filled = seed.converse(one, other, messages).await;
    seed.close().await;
    filled.map_err(|problem| anyhow!("the server's files could not be filled: {problem}"))?;
    server.start_again()
}

async fn fill(
    seed: &Seed,
    me: protocol::UserId,
    people: usize,
    messages: u64,
) -> Result<(), parlance::seed::SeedError> {
    for person in seed.people("pal", people).await? {
        seed.converse(me, person.id, messages).await?;
    }
    Ok(())
}
