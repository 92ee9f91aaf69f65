//! Figures: medians, spread, and ratios within a round.

use std::{collections::BTreeMap, fmt, fs};

use anyhow::Result;

use crate::{
    machine,
    peer::{self, KINDS, Kind},
};

/// Everything that was measured.
pub(crate) struct Table {
    /// How often everything is measured.
    pub(crate) rounds: usize,
    /// Whether Parlance is measured alone.
    alone: bool,
    works: Vec<Work>,
}

/// One thing that was measured, of several peers.
pub(crate) struct Work {
    pub(crate) name: String,
    pub(crate) samples: BTreeMap<Kind, Vec<f64>>,
}

impl Table {
    pub(crate) fn new(rounds: usize, alone: bool) -> Self {
        Self { rounds, alone, works: Vec::new() }
    }

    /// Those of `kinds` that are measured.
    pub(crate) fn of(&self, kinds: &[Kind]) -> Vec<Kind> {
        kinds.iter().copied().filter(|kind| !self.alone || *kind == Kind::Parlance).collect()
    }

    /// Adds a figure of one round.
    pub(crate) fn note(&mut self, work: &str, kind: Kind, figure: f64) {
        println!("{kind:28} {work}: {}", Short(figure));
        let index = self.works.iter().position(|known| known.name == work).unwrap_or_else(|| {
            self.works.push(Work { name: work.to_owned(), samples: BTreeMap::new() });
            self.works.len() - 1
        });
        self.works[index].samples.entry(kind).or_default().push(figure);
    }

    pub(crate) fn work(&self, name: &str) -> Option<&Work> {
        self.works.iter().find(|work| work.name == name)
    }

    /// Writes the table to a file under `target/bench`.
    pub(crate) fn write(&self) -> Result<()> {
        let file = peer::target().join("bench/table.md");
        fs::write(&file, format!("On {}.\n\n{self}", machine::describe()))?;
        println!("\nThe table is in {}.", file.display());
        Ok(())
    }
}

impl Work {
    pub(crate) fn median(&self, kind: Kind) -> Option<f64> {
        self.samples.get(&kind).map(|samples| median(samples))
    }

    /// The median of the rounds' ratios, ours to another's.
    pub(crate) fn ratio(&self, to: Kind) -> Option<f64> {
        let (ours, theirs) = (self.samples.get(&Kind::Parlance)?, self.samples.get(&to)?);
        Some(median(&ours.iter().zip(theirs).map(|(our, their)| our / their).collect::<Vec<_>>()))
    }
}

/// Medians, with the least and the most beside them, and ratios; as Markdown.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // There is a column for each peer that has a figure.
        let measured = |kind: &Kind| self.works.iter().any(|work| work.samples.contains_key(kind));
        let kinds: Vec<Kind> = KINDS.into_iter().filter(measured).collect();
        write!(f, "| work |")?;
        kinds.iter().try_for_each(|kind| write!(f, " {kind} |"))?;
        writeln!(f, "\n|---|{}", "---|".repeat(kinds.len()))?;
        for work in &self.works {
            write!(f, "| {} |", work.name)?;
            for kind in kinds.iter().copied() {
                let Some(samples) = work.samples.get(&kind) else {
                    write!(f, " |")?;
                    continue;
                };
                let (least, most) =
                    samples.iter().fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), one| {
                        (least.min(*one), most.max(*one))
                    });
                write!(f, " {} ({} to {})", Short(median(samples)), Short(least), Short(most))?;
                match work.ratio(kind) {
                    Some(ratio) if kind != Kind::Parlance && ratio.is_finite() => {
                        write!(f, ", ratio {ratio:.2} |")?
                    }
                    _ => write!(f, " |")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// A figure, shown with as many digits as are meaningful.
pub(crate) struct Short(pub(crate) f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            large if large >= 10_000.0 => {
                f.pad(&format!("{},{:03.0}", (large / 1000.0).floor(), large % 1000.0))
            }
            large if large >= 100.0 => write!(f, "{large:.0}"),
            some if some >= 10.0 => write!(f, "{some:.1}"),
            few => write!(f, "{few:.2}"),
        }
    }
}

pub(crate) fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// The sample below which this part of all samples lies.
pub(crate) fn quantile(samples: &[f64], part: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * part).round() as usize).copied().unwrap_or(f64::NAN)
}
