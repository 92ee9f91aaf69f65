//! What a list or a pane shows instead of content: empty, broken, or loading.

use super::icon::icon;
use crate::dom::{El, button, div, p, span};

/// Says what there is not, and the next thing to do.
pub(crate) fn notice(sign: &str, title: &str, text: &str) -> El {
    div("notice")
        .child(icon(sign))
        .child(p("notice-title").attr("dir", "auto").text(title))
        .child(p("notice-text").text(text))
}

/// Says what went wrong, with a button that tries again.
pub(crate) fn failure(title: &str, text: &str, again: impl FnMut() + 'static) -> El {
    notice("warning", title, text)
        .class("is-error")
        .attr("role", "alert")
        .child(button("button").on_press(again).text("Try again"))
}

/// Grey rows where content will be: of conversations or messages.
pub(crate) fn skeleton(rows: usize) -> El {
    skeleton_of((0..rows).map(|index| {
        let shape = if index % 3 == 1 { "skeleton-shape is-group" } else { "skeleton-shape" };
        let text = if index % 2 == 0 { "skeleton-line is-long" } else { "skeleton-line" };
        skeleton_row(span(shape), Some(span(text)))
    }))
}

/// The same, of people.
pub(crate) fn small_skeleton(rows: usize) -> El {
    skeleton_of((0..rows).map(|_| skeleton_row(span("skeleton-shape is-small"), None)))
}

fn skeleton_of(rows: impl Iterator<Item = El>) -> El {
    div("skeleton").attr("role", "status").attr("aria-label", "Loading").children(rows)
}

fn skeleton_row(shape: El, text: Option<El>) -> El {
    let name = span("skeleton-line is-short");
    div("skeleton-row").child(shape).child(span("skeleton-lines").child(name).children(text))
}
