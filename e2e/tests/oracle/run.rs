//! Plays scenarios with both clients and compares what was recorded.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use futures::{StreamExt as _, stream};

use crate::{
    ours::OurClient,
    script::{Part, Scenario, Step, Who},
    stage::{Node, Stage},
};

/// How many scenarios are played at the same time: they mostly wait.
const AT_ONCE: usize = 6;

/// How long ours may take for what the reference did.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a step has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    heard: Vec<String>,
    told: Vec<String>,
}

impl Shown {
    fn part(&self, part: Part) -> &Vec<String> {
        match part {
            Part::Heard => &self.heard,
            Part::Told => &self.told,
        }
    }
}

/// Plays all of them; fails with everything that is different.
pub(crate) async fn all(scenarios: Vec<Scenario>) -> Result<()> {
    let node = Node::start()?;
    let count = scenarios.len();
    let failures: Vec<String> = stream::iter(scenarios)
        .map(|scenario| {
            let node = &node;
            async move { compare(node, &scenario).await.err().map(|error| format!("{error:#}")) }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    assert!(
        failures.is_empty(),
        "{} of {count} scenarios differ:\n\n{}",
        failures.len(),
        failures.join("\n")
    );
    println!("{count} scenarios agree");
    Ok(())
}

/// A busy machine may be slower than the pause between two steps: what differs is played again,
/// more slowly.
async fn compare(node: &Node, scenario: &Scenario) -> Result<()> {
    let mut outcome = Ok(None);
    for slowness in [1, 4, 12] {
        outcome = once(node, scenario, slowness).await;
        if matches!(outcome, Ok(None)) {
            return Ok(());
        }
    }
    match outcome.with_context(|| format!("`{}`", scenario.name))? {
        None => Ok(()),
        Some(report) => bail!("`{}`\n{report}", scenario.name),
    }
}

/// What is different, if anything is.
async fn once(node: &Node, scenario: &Scenario, slowness: u32) -> Result<Option<String>> {
    let reference = play_reference(node, scenario, slowness).await.context("the reference")?;
    ensure!(reference.iter().any(|shown| !shown.heard.is_empty()), "nothing was recorded of the reference");
    let mut expected = reference.clone();
    let mut report = String::new();
    for difference in &scenario.differences {
        let index = difference.step - 1;
        let shown = expected.get_mut(index).context("a difference in a step that is not there")?;
        if *shown.part(difference.part) == difference.ours {
            writeln!(report, "  {}: the reference does the same by now", difference.row)?;
        }
        match difference.part {
            Part::Heard => shown.heard.clone_from(&difference.ours),
            Part::Told => shown.told.clone_from(&difference.ours),
        }
    }
    let ours = play_ours(node, scenario, &expected, slowness).await.context("ours")?;
    for (index, ((step, ours), expected)) in scenario.steps.iter().zip(&ours).zip(&expected).enumerate() {
        if ours != expected {
            writeln!(report, "  step {}: {:?} {} {:?}", index + 1, step.who, step.does, step.with)?;
            for part in [Part::Heard, Part::Told] {
                if ours.part(part) != expected.part(part) {
                    writeln!(report, "    {part:?}")?;
                    writeln!(report, "      reference: {:?}", reference[index].part(part))?;
                    writeln!(report, "      ours:      {:?}", ours.part(part))?;
                }
            }
        }
    }
    Ok(if report.is_empty() { None } else { Some(report) })
}

async fn play_reference(node: &Node, scenario: &Scenario, slowness: u32) -> Result<Vec<Shown>> {
    let (mut stage, _) = node.open(&scenario.setup, true).await?;
    let mut before = (0, 0);
    let mut shown = Vec::new();
    for step in &scenario.steps {
        if step.who != Who::Nobody {
            stage.act(step).await?;
        }
        shown.push(settle(&stage, step, slowness, &mut before).await);
    }
    Ok(shown)
}

async fn play_ours(
    node: &Node,
    scenario: &Scenario,
    expected: &[Shown],
    slowness: u32,
) -> Result<Vec<Shown>> {
    let (mut stage, port) = node.open(&scenario.setup, false).await?;
    let mut ours = OurClient::new(&scenario.setup, port, stage.record.clone());
    let mut before = (0, 0);
    let mut shown = Vec::new();
    for (step, expected) in scenario.steps.iter().zip(expected) {
        match step.who {
            Who::Client => ours.act(step)?,
            Who::Server => stage.act(step).await?,
            Who::Nobody => {}
        }
        let end = Instant::now() + PATIENCE;
        let enough = (before.0 + expected.heard.len(), before.1 + expected.told.len());
        while stage.record.counts().0 < enough.0 || stage.record.counts().1 < enough.1 {
            if Instant::now() > end {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        shown.push(settle(&stage, step, slowness, &mut before).await);
    }
    Ok(shown)
}

/// Waits until nothing has happened for as long as the step says. What happens in a step that
/// waits for nothing belongs to the next one.
async fn settle(stage: &Stage, step: &Step, slowness: u32, before: &mut (usize, usize)) -> Shown {
    let quiet = step.quiet * slowness;
    if quiet.is_zero() {
        return Shown { heard: Vec::new(), told: Vec::new() };
    }
    let start = Instant::now();
    while start.elapsed() < quiet || (stage.record.quiet() < quiet && start.elapsed() < PATIENCE) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (heard, told) = stage.record.since(*before);
    *before = stage.record.counts();
    Shown { heard, told }
}
