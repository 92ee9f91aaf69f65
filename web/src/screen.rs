//! What the parts of the screen share while somebody is logged in: which panels are open, what is
//! said aloud, whether somebody looks.

use leptos::prelude::*;
use leptos_use_document_visibility::use_document_visibility;
use leptos_use_media_query::use_media_query;
use leptos_use_window_focus::use_window_focus;
use web_sys::VisibilityState;

use crate::{
    emoji::Emojis,
    intl::calendar::Calendar,
    sidebar::collapsed::Collapsed,
    timeline::way::Way,
    ui::{announcer::Announcer, breakpoint},
};

/// In context, as the [`Store`](crate::store::Store) and the session are.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) calendar: Calendar,
    pub(crate) announcer: Announcer,
    /// Whether somebody looks at the page: what is on the screen then counts as read.
    pub(crate) attention: Signal<bool>,
    /// Whether the details of the open conversation are shown.
    pub(crate) details: RwSignal<bool>,
    /// Whether the sidebar is unfolded, where it is a rail.
    pub(crate) sidebar: RwSignal<bool>,
    /// The sections of the sidebar that show no rows.
    pub(crate) collapsed: RwSignal<Collapsed>,
    /// Whether panels lie over the pane instead of beside it.
    panels_overlap: Signal<bool>,
    /// Whether the dialog for making a group is open.
    pub(crate) new_group: RwSignal<bool>,
    /// Whether the dialog for adding people to the open group is open.
    pub(crate) add_people: RwSignal<bool>,
    /// Whether the dialog for finding a group is open.
    pub(crate) find_group: RwSignal<bool>,
    /// Whether the sheet of all shortcuts is open.
    pub(crate) shortcuts: RwSignal<bool>,
    /// Where somebody wants to go in the open conversation, until the timeline goes there.
    pub(crate) way: RwSignal<Option<Way>>,
    /// What the pane is called, if it is no conversation and not home: the browser's tab says it.
    pub(crate) pane: RwSignal<Option<&'static str>>,
    /// What is said of the connection, whatever pane is open.
    pub(crate) connection: RwSignal<Spoken>,
    /// When the next try to connect is made, as [`elapsed`](crate::browser::elapsed) counts; `None` if that is not
    /// known, or one is under way.
    pub(crate) next_try: RwSignal<Option<i64>>,
    /// The emojis that are known.
    pub(crate) emojis: Emojis,
    /// Something that went wrong and concerns no place on the page.
    pub(crate) problem: RwSignal<Option<String>>,
}

/// What is said of the connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spoken {
    Nothing,
    Broken,
    BackOnline,
}

impl Screen {
    pub(crate) fn start() -> Self {
        let (visible, focused) = (use_document_visibility(), use_window_focus());
        Self {
            calendar: Calendar::start(),
            announcer: Announcer::new(),
            attention: Memo::new(move |_| visible.get() == VisibilityState::Visible && focused.get()).into(),
            details: RwSignal::new(false),
            sidebar: RwSignal::new(false),
            collapsed: RwSignal::new(Collapsed::kept()),
            panels_overlap: use_media_query(breakpoint::PANELS_OVERLAP),
            new_group: RwSignal::new(false),
            add_people: RwSignal::new(false),
            find_group: RwSignal::new(false),
            shortcuts: RwSignal::new(false),
            way: RwSignal::new(None),
            pane: RwSignal::new(None),
            connection: RwSignal::new(Spoken::Nothing),
            next_try: RwSignal::new(None),
            emojis: Emojis::new(),
            problem: RwSignal::new(None),
        }
    }

    /// The screen of the part of the page that is being built.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// For as long as the owner lives, the pane is called so.
    pub(crate) fn name_pane(self, name: &'static str) {
        self.pane.set(Some(name));
        on_cleanup(move || {
            self.pane.try_set(None);
        });
    }

    /// Whether a panel lies over the pane: nobody can get into what is under it.
    pub(crate) fn pane_is_covered(self) -> bool {
        self.panels_overlap.get() && (self.sidebar.get() || self.details.get())
    }

    /// Whether the details lie over the sidebar.
    pub(crate) fn sidebar_is_covered(self) -> bool {
        self.panels_overlap.get() && self.details.get()
    }

    pub(crate) fn close_panels(self) {
        self.sidebar.set(false);
        self.details.set(false);
    }
}
