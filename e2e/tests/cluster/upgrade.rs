//! The nodes are upgraded one after the other while people write, and taken back again where the database allows it.
//!
//! The older program is named by `PARLANCE_OLD`; `cargo xtask cluster upgrade` builds one and says so.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{built, cluster::Cluster};

use crate::party::{NODES, Party, play_with, times};

/// How long two versions serve beside each other, at each step.
const TOGETHER: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "current_thread")]
async fn nodes_are_upgraded_one_after_the_other() -> Result<()> {
    let newer = built()?;
    let older = match env::var_os("PARLANCE_OLD") {
        Some(named) => PathBuf::from(named),
        None => {
            println!("PARLANCE_OLD names no older program: the nodes are replaced by the same one.");
            newer.clone()
        }
    };
    ensure!(older.is_file(), "there is no program at {}, which PARLANCE_OLD names", older.display());
    // Clients are today's, and a server refuses those that show a newer version than its own.
    play_with("upgraded", older.clone(), None, async |party| {
        for _ in 0..times()? {
            let before = version_of_tables(party).await?;
            for node in 0..NODES {
                is_replaced(party, node, &newer).await?;
                // Somebody comes while both are there.
                party.opens_another_page(node);
                party.write_for(TOGETHER).await;
                party.makes_groups().await?;
            }
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
        }
        Ok(())
    })
    .await
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
