//! What the figures should be: ratios within a run, and a few times that a person would notice.

use crate::{
    peer::Kind,
    table::{Short, Table},
};

/// What a figure should be (`goal`), and the value that it must not be worse than (`reached`). Where the goal
/// is met, `reached` is at least as strict. Where it is not, `reached` is the measured value with some room
/// for noise.
enum Bound {
    AtLeast { goal: f64, reached: f64 },
    AtMost { goal: f64, reached: f64 },
}

/// A figure of Parlance. If a peer is named, the ratio to the peer's figure.
struct Goal(&'static str, Option<Kind>, Bound);

const fn at_least(goal: f64, reached: f64) -> Bound {
    Bound::AtLeast { goal, reached }
}

const fn at_most(goal: f64, reached: f64) -> Bound {
    Bound::AtMost { goal, reached }
}

const GOALS: &[Goal] = &[
    Goal("private messages a second, 50 pairs, 8 in flight", Some(Kind::NodeSqlite), at_least(6.0, 10.0)),
    // 0.65 and 0.76 on an AMD machine, 0.56 on an Intel one: the disk has a part in it.
    Goal("private messages a second, 50 pairs, 8 in flight", Some(Kind::Bare), at_least(0.75, 0.5)),
    Goal("deliveries a second, group of 1000, 4 writing", Some(Kind::NodeMemory), at_least(2.0, 3.0)),
    Goal("deliveries a second, group of 1000, 4 writing", Some(Kind::Bare), at_least(0.95, 0.75)),
    Goal("KiB a connection, 5,000 idle", Some(Kind::NodeMemory), at_most(1.0, 1.35)),
    Goal("latency at 1,000 private messages a second, p99, ms", Some(Kind::NodeSqlite), at_most(0.6, 0.6)),
    Goal("latency at 1,000 private messages a second, p99, ms", Some(Kind::NodeMemory), at_most(1.0, 7.0)),
    Goal("5,000 people come online, any client: frames each", None, at_most(200.0, 10.0)),
    // Each watches 20 people, who come one after the other.
    Goal("5,000 people come online, our client: frames each", None, at_most(200.0, 20.0)),
    Goal("cold start to /health, 1,000,000 messages, ms", None, at_most(150.0, 20.0)),
    Goal("a page of history, 1,000,000 messages, p99, ms", None, at_most(5.0, 1.0)),
    Goal("the list of 200 conversations, 1,000,000 messages, p99, ms", None, at_most(5.0, 3.0)),
    Goal("a search, 1,000,000 messages, p95, ms", None, at_most(50.0, 50.0)),
    Goal("catching up with 10,000 missed messages, ms", None, at_most(1000.0, 80.0)),
    Goal("10,000 come back after a restart: all, s", None, at_most(30.0, 12.0)),
];

/// Prints for each measured goal whether it is met, and returns how many figures are worse than `reached`.
pub(crate) fn report(table: &Table) -> usize {
    let mut worse = 0;
    for Goal(name, against, bound) in GOALS {
        let Some(work) = table.work(name) else { continue };
        let figure = match against {
            Some(kind) => work.ratio(*kind),
            None => work.median(Kind::Parlance),
        };
        let Some(figure) = figure else { continue };
        let (met, kept, word, goal) = match bound {
            Bound::AtLeast { goal, reached } => (figure >= *goal, figure >= *reached, "at least", goal),
            Bound::AtMost { goal, reached } => (figure <= *goal, figure <= *reached, "at most", goal),
        };
        worse += usize::from(!kept);
        let verdict = if met { "met" } else { "not met" };
        let of = against.map(|kind| format!(", as a ratio to {kind}")).unwrap_or_default();
        let alarm = if kept { "" } else { " <- it was better" };
        println!("{verdict:8} {name}{of}: {} ({word} {}){alarm}", Short(figure), Short(*goal));
    }
    worse
}
