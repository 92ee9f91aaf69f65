//! The nodes are upgraded one after the other while people write, and taken back again where the database allows it.
//!
//! The older server is named by `PARLANCE_OLD` and an older client by `PARLANCE_OLD_CLIENT`; `cargo xtask cluster upgrade`
//! builds both.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{built, cluster::Cluster};

use crate::{
    party::{NODES, Party, play_with, times},
    version::Built,
};

mod older_client;
mod one_machine;

/// How long two versions serve beside each other, at each step.
const TOGETHER: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "current_thread")]
async fn nodes_are_upgraded_one_after_the_other() -> Result<()> {
    let (older, newer) = programs()?;
    play_with("upgraded", older.clone(), Built::Before, async |party| {
        for _ in 0..times()? {
            let before = version_of_tables(party).await?;
            // The pages that newer nodes have are newer, and come to older nodes, too.
            party.opens_pages_of(Built::Later);
            for node in 0..NODES {
                is_replaced(party, node, &newer).await?;
                // People come while both are there. A proxy gives new sockets to the node that has the fewest, which is
                // the newer one at first: so many come that older ones have some of them.
                for person in (0..NODES).cycle().take(if node == 0 { 2 * NODES } else { 1 }) {
                    party.opens_another_page(person);
                }
                party.write_for(TOGETHER).await;
                party.makes_groups().await?;
            }
            // Nobody has loaded a page again.
            party.settles().await?;
            println!("A page was refused {} times.", refusals(party).await?);
            let after = version_of_tables(party).await?;
            if after != before {
                println!("The tables have version {after}, and had version {before}: there is no way back.");
                for node in 0..NODES {
                    is_refused(party, node, &older, &newer).await?;
                }
                return Ok(());
            }
            println!("The tables have version {after} as before: the nodes become the older program again.");
            for node in 0..NODES {
                is_replaced(party, node, &older).await?;
                party.write_for(TOGETHER).await;
                party.makes_groups().await?;
            }
            // No node is left that lets the newer pages in for certain.
            party.reloads(true);
            party.write_for(TOGETHER).await;
            party.settles().await?;
            party.reloads(false);
        }
        party.reloads(true);
        Ok(())
    })
    .await
}

/// The older program and the newer one.
fn programs() -> Result<(PathBuf, PathBuf)> {
    let newer = built()?;
    let older = match env::var_os("PARLANCE_OLD") {
        Some(named) => PathBuf::from(named),
        None => {
            println!("PARLANCE_OLD names no older program: the newer one takes its place.");
            newer.clone()
        }
    };
    ensure!(older.is_file(), "there is no program at {}, which PARLANCE_OLD names", older.display());
    Ok((older, newer))
}

/// How often a node has refused a page for its version.
async fn refusals(party: &mut Party) -> Result<usize> {
    let count = |log: String| log.matches("protocolMismatch").count();
    party.meanwhile(move |cluster| (0..NODES).map(|node| Ok(count(cluster.log(node)?))).sum()).await
}

async fn version_of_tables(party: &mut Party) -> Result<i64> {
    party.meanwhile(|cluster| cluster.version_of_tables()).await
}

async fn is_replaced(party: &mut Party, node: usize, program: &Path) -> Result<()> {
    let program = program.to_owned();
    party.meanwhile(move |cluster| cluster.stop(node)).await?;
    party.meanwhile(move |cluster| starts(cluster, node, &program)).await
}

/// The node is stopped, does not start as the older program, and says why; then it is the newer one again.
async fn is_refused(party: &mut Party, node: usize, older: &Path, newer: &Path) -> Result<()> {
    let (older, newer) = (older.to_owned(), newer.to_owned());
    party.meanwhile(move |cluster| cluster.stop(node)).await?;
    party
        .meanwhile(move |cluster| {
            cluster.replace(node, &older);
            ensure!(cluster.start_again(node).is_err(), "an older program serves a newer database");
            let log = cluster.log(node)?;
            let last = log.lines().last().context("it says nothing")?;
            ensure!(
                last.contains("was written by a newer Parlance") && last.ends_with("Start that one."),
                "{last}"
            );
            starts(cluster, node, &newer)
        })
        .await
}

fn starts(cluster: &mut Cluster, node: usize, program: &Path) -> Result<()> {
    cluster.replace(node, program);
    cluster.start_again(node)?;
    cluster.until_ready(node)
}
