//! `socket.io-client` as an oracle: what our client sends, and what it tells its program, equals
//! what the real one does in the same situation, against the real server.
//!
//! A [`script::Scenario`] is data: what the program and the server do, step by step. The real
//! client plays it first (`e2e/interop/oracle/reference.mjs`), then ours ([`ours`]), each against a
//! recorded server of its own (`e2e/interop/oracle/stage.mjs`), and [`run`] compares them step by
//! step. Where they differ on purpose, the scenario says how, and names the row of the table in
//! `client/src/lib.rs` that says why. Every other difference fails, and so does an expected difference
//! that does not exist any more.

mod catalogue;
mod ours;
mod run;
mod scenarios;
mod script;
mod stage;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};

use self::script::Scenario;

macro_rules! agree {
    ($($test:ident: $scenarios:expr;)+) => {
        $(
            #[tokio::test]
            async fn $test() -> Result<()> {
                run::all($scenarios).await
            }
        )+

        fn all() -> Vec<Scenario> {
            [$($scenarios),+].into_iter().flatten().collect()
        }
    };
}

agree! {
    it_connects_and_is_refused_as_the_reference_is: scenarios::connect::all();
    its_events_are_those_of_the_reference: scenarios::event::all();
    it_asks_and_answers_as_the_reference_does: scenarios::ack::all();
    what_happens_offline_is_what_happens_to_the_reference: scenarios::offline::all();
    it_leaves_and_is_sent_away_as_the_reference_is: scenarios::leave::all();
    its_namespaces_are_those_of_the_reference: scenarios::namespace::all();
    its_volatile_events_are_dropped_as_those_of_the_reference: scenarios::volatile::all();
    its_attachments_are_those_of_the_reference: scenarios::binary::all();
    it_polls_and_upgrades_as_the_reference_does: scenarios::transport::all();
}

#[test]
fn there_are_many_scenarios_and_each_has_a_name_of_its_own() -> Result<()> {
    let all = all();
    let names: BTreeSet<_> = all.iter().map(|scenario| scenario.name).collect();
    ensure!(names.len() == all.len(), "two scenarios have the same name");
    ensure!(all.len() >= 60, "only {} scenarios", all.len());
    Ok(())
}

#[test]
fn every_difference_is_a_row_of_the_table() -> Result<()> {
    let documentation = std::fs::read_to_string(e2e::root().join("client/src/lib.rs"))?;
    let rows: BTreeSet<&str> = documentation
        .lines()
        .filter_map(|line| line.strip_prefix("//! | ")?.split_once(" |"))
        .map(|(row, _)| row)
        .collect();
    for scenario in all() {
        for difference in &scenario.differences {
            rows.get(difference.row).with_context(|| {
                format!("`{}` names the row `{}`, which is not there", scenario.name, difference.row)
            })?;
        }
    }
    Ok(())
}
