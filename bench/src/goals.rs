//! What the figures must be: ratios within a run, and a few times that a person would notice.

use crate::{
    peer::Kind,
    table::{Short, Table},
};

enum Bound {
    AtLeast(f64),
    AtMost(f64),
}
use Bound::{AtLeast, AtMost};

/// A figure of Parlance, as a ratio to another's where one is named.
struct Goal(&'static str, Option<Kind>, Bound);

const GOALS: &[Goal] = &[
    Goal("private messages a second, 50 pairs, 8 in flight", Some(Kind::NodeSqlite), AtLeast(6.0)),
    Goal("private messages a second, 50 pairs, 8 in flight", Some(Kind::Bare), AtLeast(0.75)),
    Goal("deliveries a second, group of 1000, 4 writing", Some(Kind::NodeMemory), AtLeast(2.0)),
    Goal("deliveries a second, group of 1000, 4 writing", Some(Kind::Bare), AtLeast(0.95)),
    Goal("KiB a connection, 5,000 idle", Some(Kind::NodeMemory), AtMost(1.0)),
    Goal("latency at 1,000 private messages a second, p99, ms", Some(Kind::NodeSqlite), AtMost(0.6)),
    Goal("latency at 1,000 private messages a second, p99, ms", Some(Kind::NodeMemory), AtMost(1.0)),
    Goal("5,000 people come online, any client: frames each", None, AtMost(200.0)),
    Goal("5,000 people come online, our client: frames each", None, AtMost(200.0)),
    Goal("cold start to /health, 1,000,000 messages, ms", None, AtMost(150.0)),
    Goal("a page of history, 1,000,000 messages, p99, ms", None, AtMost(5.0)),
    Goal("the list of 200 conversations, 1,000,000 messages, p99, ms", None, AtMost(5.0)),
    Goal("catching up with 10,000 missed messages, ms", None, AtMost(1000.0)),
    Goal("10,000 come back after a restart: all, s", None, AtMost(30.0)),
];

/// Says of each goal that was measured whether it is met, and returns how many are not.
pub(crate) fn report(table: &Table) -> usize {
    let mut missed = 0;
    for Goal(name, against, bound) in GOALS {
        let Some(work) = table.work(name) else { continue };
        let figure = match against {
            Some(kind) => work.ratio(*kind),
            None => work.median(Kind::Parlance),
        };
        let Some(figure) = figure else { continue };
        let (met, word, limit) = match bound {
            AtLeast(limit) => (figure >= *limit, "at least", limit),
            AtMost(limit) => (figure <= *limit, "at most", limit),
        };
        missed += usize::from(!met);
        let verdict = if met { "met " } else { "MISSED" };
        let of = against.map(|kind| format!(", as a ratio to {kind}")).unwrap_or_default();
        println!("{verdict:6} {name}{of}: {} ({word} {})", Short(figure), Short(*limit));
    }
    missed
}
