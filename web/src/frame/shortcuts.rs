//! All shortcuts of the page, from the tables that handle them.

use leptos::prelude::*;

use super::keys::ANYWHERE;
use crate::{
    composer::keys::IN_COMPOSER,
    screen::Screen,
    sidebar::keys::IN_SIDEBAR,
    timeline::keys::IN_TIMELINE,
    ui::{
        dialog::Dialog,
        shortcut::{Chord, Shortcut},
    },
};

#[component]
pub(super) fn ShortcutsDialog() -> impl IntoView {
    let open = Screen::expect().shortcuts;
    view! { <Dialog open id="shortcuts" title="Keyboard shortcuts"><Sheet /></Dialog> }
}

/// Chords that do the same, and what that is.
type Row = (&'static [Chord], &'static str);

fn rows<D>(table: &'static [Shortcut<D>]) -> Vec<Row> {
    table.iter().map(|shortcut| (shortcut.chords, shortcut.words)).collect()
}

fn sections() -> [(&'static str, Vec<Row>); 4] {
    [
        ("Anywhere", rows(ANYWHERE)),
        ("In the field for messages", rows(IN_COMPOSER)),
        ("Among the messages", rows(IN_TIMELINE)),
        ("In the field that finds, and in what it has found", rows(IN_SIDEBAR)),
    ]
}

#[component]
fn Sheet() -> impl IntoView {
    let is_mac = window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac"));
    let chord = move |chord: &Chord| {
        let keys = chord.names(is_mac).into_iter().map(|name| view! { <kbd>{name}</kbd> });
        view! { <span class="shortcut-chord">{keys.collect_view()}</span> }
    };
    let row = move |(chords, words): Row| {
        let chords = chords.iter().map(chord).collect_view();
        view! {
            <tr>
                <td>{words}</td>
                <td class="shortcut-keys">{chords}</td>
            </tr>
        }
    };
    let section = move |(title, rows): (&'static str, Vec<Row>)| {
        view! {
            <tbody>
                <tr>
                    <th scope="rowgroup" colspan="2">{title}</th>
                </tr>
                {rows.into_iter().map(row).collect_view()}
            </tbody>
        }
    };
    view! {
        <div class="dialog-body" tabindex="0">
            <table class="shortcuts">{sections().map(section).into_iter().collect_view()}</table>
            <p class="dialog-text">"Any other letter goes to the field for messages."</p>
        </div>
    }
}
