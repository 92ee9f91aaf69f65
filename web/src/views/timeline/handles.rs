//! Rows as signals: what has changed is told to its row alone.

use std::collections::HashMap;

use crate::reactive::*;
use protocol::Timestamp;

use crate::{
    calendar::Day,
    timeline::rows::{DayRows, Row, RowKey},
};

#[derive(Clone)]
pub(super) struct DayHandle {
    pub(super) day: Day,
    pub(super) at: Timestamp,
    pub(super) rows: ArcRwSignal<Vec<RowHandle>>,
}

#[derive(Clone)]
pub(super) struct RowHandle {
    pub(super) key: RowKey,
    pub(super) row: ArcRwSignal<Row>,
}

/// Brings the handles up to date, and keeps those that are still needed. `None`: the days are the
/// same ones as before.
pub(super) fn update(old: &[DayHandle], new: Vec<DayRows>) -> Option<Vec<DayHandle>> {
    let mut known: HashMap<RowKey, ArcRwSignal<Row>> =
        old.iter().flat_map(|day| day.rows.get_untracked()).map(|handle| (handle.key, handle.row)).collect();
    let mut row = |row: Row| {
        let key = row.key.clone();
        let handle = match known.remove(&key) {
            Some(handle) => {
                if handle.with_untracked(|before| *before != row) {
                    handle.set(row);
                }
                handle
            }
            None => ArcRwSignal::new(row),
        };
        RowHandle { key, row: handle }
    };
    let days: Vec<DayHandle> = new
        .into_iter()
        .map(|DayRows { day, at, rows }| {
            let rows: Vec<RowHandle> = rows.into_iter().map(&mut row).collect();
            match old.iter().find(|before| before.day == day) {
                Some(before) => {
                    let keys =
                        |rows: &[RowHandle]| rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>();
                    if before.rows.with_untracked(|before| keys(before)) != keys(&rows) {
                        before.rows.set(rows);
                    }
                    before.clone()
                }
                None => DayHandle { day, at, rows: ArcRwSignal::new(rows) },
            }
        })
        .collect();
    let same = days.len() == old.len() && days.iter().zip(old).all(|(a, b)| a.day == b.day);
    (!same).then_some(days)
}
