//! Rows as signals: only the row that has changed is told.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{Reaction, Timestamp};

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
    pub(crate) reactions: ArcRwSignal<Vec<Reaction>>,
}

impl RowHandle {
    fn new(key: RowKey, starts_new: bool, row: Row, reactions: Vec<Reaction>) -> Self {
        let (row, reactions) = (ArcRwSignal::new(row), ArcRwSignal::new(reactions));
        Self { key, starts_new, comings: None, row, reactions }
    }
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
        // The comings and the reactions are beside the row, so that the row does not change, and what somebody
        // has opened or focused in it stays, when others come or react.
        let (comings, reactions) = (row.comings.take(), std::mem::take(&mut row.reactions));
        let (key, starts_new) = (row.key.clone(), row.starts_new);
        let handle = match known.iter().position(|handle: &RowHandle| handle.key == key) {
            Some(index) => {
                let handle = known.remove(index);
                set_if_new(&handle.row, row);
                set_if_new(&handle.reactions, reactions);
                handle
            }
            None => RowHandle::new(key, starts_new, row, reactions),
        };
        RowHandle { starts_new, comings, ..handle }
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

fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|before| *before != value) {
        signal.set(value);
    }
}
