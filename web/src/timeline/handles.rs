//! Rows as signals: only the row that has changed is told.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::Timestamp;

use super::{
    comings::Comings,
    rows::{DayRows, Row, RowKey},
};
use crate::intl::calendar::Day;

#[derive(Clone)]
pub(crate) struct DayHandle {
    pub(crate) day: Day,
    pub(crate) at: Timestamp,
    pub(crate) rows: ArcRwSignal<Vec<RowHandle>>,
}

#[derive(Clone)]
pub(crate) struct RowHandle {
    pub(crate) key: RowKey,
    pub(crate) starts_new: bool,
    pub(crate) comings: Option<Arc<Comings>>,
    pub(crate) row: ArcRwSignal<Row>,
}

/// Brings the handles up to date, and keeps those that are still needed. `None`: the days are the
/// same ones as before.
pub(crate) fn update(old: &[DayHandle], new: Vec<DayRows>) -> Option<Vec<DayHandle>> {
    // In the order in which they are searched, so that the first one is nearly always the right one.
    let mut known = Vec::new();
    for day in old {
        known.extend(day.rows.get_untracked());
    }
    let mut row = |mut row: Row| {
        // The comings are beside the row, so that the row does not change when somebody comes.
        let comings = row.comings.take();
        let (key, starts_new) = (row.key.clone(), row.starts_new);
        let row = match known.iter().position(|handle: &RowHandle| handle.key == key) {
            Some(index) => {
                let handle = known.remove(index).row;
                if handle.with_untracked(|before| *before != row) {
                    handle.set(row);
                }
                handle
            }
            None => ArcRwSignal::new(row),
        };
        RowHandle { key, starts_new, comings, row }
    };
    let days: Vec<DayHandle> = new
        .into_iter()
        .map(|DayRows { day, at, rows }| {
            let rows: Vec<RowHandle> = rows.into_iter().map(&mut row).collect();
            match old.iter().find(|before| before.day == day) {
                Some(before) => {
                    let stays = |(a, b): (&RowHandle, &RowHandle)| {
                        (&a.key, a.starts_new, &a.comings) == (&b.key, b.starts_new, &b.comings)
                    };
                    let same = |before: &Vec<RowHandle>| {
                        before.len() == rows.len() && before.iter().zip(&rows).all(stays)
                    };
                    if !before.rows.with_untracked(same) {
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
