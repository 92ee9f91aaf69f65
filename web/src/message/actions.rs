//! What the toolbar, the menu and the sheet have in common.

use leptos::prelude::*;
use protocol::{MessageId, Seq, UserId};

use crate::{composer::draft::Draft, timeline::rows::Row};

/// What can be done with a message depends on this.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Kind {
    pub(super) place: Option<(MessageId, Seq)>,
    pub(super) sender: UserId,
    pub(super) deleted: bool,
}

impl Kind {
    pub(super) fn of(row: &Row) -> Self {
        Self { place: row.place, sender: row.sender, deleted: row.marks.deleted }
    }
}

pub(super) fn reply(draft: Draft, row: &ArcRwSignal<Row>) {
    if let Some(quote) = row.with_untracked(Row::as_quote) {
        draft.reply(quote);
    }
}

pub(super) fn edit(draft: Draft, message: MessageId, row: &ArcRwSignal<Row>) {
    let text = row.with_untracked(|row| row.content.clone());
    draft.edit(message, text.clone(), &text);
}
