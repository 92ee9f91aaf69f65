//! Emojis and their names. Those that people use most are here at once; all others come from the server when
//! somebody looks for one, and then stay.

mod list;

use std::sync::Arc;

use gloo::net::http::Request;
use leptos::{prelude::*, task::spawn_local};
use protocol::session::path;

pub(crate) use self::list::{EmojiGroup, Entry, FREQUENT, Match};
use self::list::{find, parse};

/// What became of the list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Loaded {
    Not,
    Loading,
    Here(Arc<Vec<EmojiGroup>>),
    /// It could not be loaded; the next one who looks for an emoji tries again.
    Failed,
}

#[derive(Clone, Copy)]
pub(crate) struct Emojis(RwSignal<Loaded>);

impl Emojis {
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(Loaded::Not))
    }

    pub(crate) fn loaded(self) -> Loaded {
        self.0.get()
    }

    /// Loads the list, unless it is here.
    pub(crate) fn load(self) {
        if !matches!(self.0.get_untracked(), Loaded::Not | Loaded::Failed) {
            return;
        }
        self.0.set(Loaded::Loading);
        spawn_local(async move {
            let loaded = match fetch().await {
                Some(groups) => Loaded::Here(Arc::new(groups)),
                None => Loaded::Failed,
            };
            let _ = self.0.try_set(loaded);
        });
    }

    /// Those whose names fit best, of all that are here.
    pub(crate) fn find(self, query: &str, matching: Match, most: usize) -> Vec<Entry> {
        self.0.with(|loaded| match loaded {
            Loaded::Here(groups) => {
                find(groups.iter().flat_map(|group| &group.emojis), query, matching, most)
            }
            _ => find(&*FREQUENT, query, matching, most),
        })
    }
}

async fn fetch() -> Option<Vec<EmojiGroup>> {
    let response = Request::get(path::EMOJIS).send().await.ok().filter(|response| response.ok())?;
    let groups = parse(&response.text().await.ok()?);
    (!groups.is_empty()).then_some(groups)
}
