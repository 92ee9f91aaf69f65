//! How much memory a process uses, and how that changes.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

pub(crate) struct Memory {
    process: u32,
    /// Seconds and KiB.
    seen: Vec<(f64, f64)>,
}

impl Memory {
    pub(crate) fn of(process: u32) -> Self {
        Self { process, seen: Vec::new() }
    }

    pub(crate) fn look(&mut self, at: Duration) -> Result<()> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.and_then(|rest| rest.split_whitespace().next()).context("no VmRSS")?;
        self.seen.push((at.as_secs_f64(), resident.parse()?));
        Ok(())
    }

    /// The memory right after the warm-up and in the end: each is the median of a tenth of what was
    /// seen.
    pub(crate) fn after(&self, warm_up: Duration) -> (f64, f64) {
        let warm = self.warm(warm_up);
        let some = (warm.len() / 10).max(1).min(warm.len());
        (median(&warm[..some]), median(&warm[warm.len() - some..]))
    }

    /// Percent an hour, of what there was after the warm-up: the line with the least squares, and its
    /// standard error.
    pub(crate) fn slope(&self, warm_up: Duration) -> (f64, f64) {
        let warm = self.warm(warm_up);
        let count = warm.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| warm.iter().map(of).sum::<f64>() / count;
        let (time, level) = (mean(|seen| seen.0), mean(|seen| seen.1));
        let together: f64 = warm.iter().map(|seen| (seen.0 - time) * (seen.1 - level)).sum();
        let spread: f64 = warm.iter().map(|seen| (seen.0 - time).powi(2)).sum();
        let slope = together / spread;
        let beside = warm.iter().map(|seen| (seen.1 - level - slope * (seen.0 - time)).powi(2)).sum::<f64>();
        let error = (beside / (count - 2.0) / spread).sqrt();
        let percent_an_hour = 3600.0 / level * 100.0;
        (slope * percent_an_hour, error * percent_an_hour)
    }

    fn warm(&self, warm_up: Duration) -> &[(f64, f64)] {
        let first = self.seen.partition_point(|seen| seen.0 < warm_up.as_secs_f64());
        &self.seen[first..]
    }
}

fn median(seen: &[(f64, f64)]) -> f64 {
    let mut levels: Vec<f64> = seen.iter().map(|seen| seen.1).collect();
    levels.sort_by(f64::total_cmp);
    levels.get(levels.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Once a minute for half an hour.
    fn seen(kib: impl Fn(f64) -> f64) -> Memory {
        let seen = (0..30).map(|minute| (f64::from(minute) * 60.0, kib(f64::from(minute))));
        Memory { process: 0, seen: seen.collect() }
    }

    #[test]
    fn a_leak_is_told_from_what_varies() {
        // One percent in ten minutes.
        let (slope, error) = seen(|minute| 1000.0 + minute).slope(Duration::ZERO);
        assert!((slope - 6.0).abs() < 0.2 && error < 0.01, "{slope} {error}");
        let (slope, error) = seen(|minute| 1000.0 + 20.0 * (minute * 2.5).sin()).slope(Duration::ZERO);
        assert!(slope.abs() < 2.0 * error && (1.0..5.0).contains(&error), "{slope} {error}");
    }
}
