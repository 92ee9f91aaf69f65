//! What the browser's tab says: how much is unread, and what is open.

use chat::Topic;
use leptos::prelude::*;
use protocol::ConversationId;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlLinkElement;

use crate::{
    conversation::names::name_in,
    intl::direction::isolated,
    screen::Screen,
    store::{Store, of_name},
};

/// The circle on the favicon: #b3261e.
const MARK: &str = "%3Ccircle cx='25' cy='7' r='6' fill='%23b3261e'/%3E%3C/svg%3E";
const END: &str = "%3C/svg%3E";

pub(super) fn show_unread(store: Store, screen: Screen, open: Memo<Option<ConversationId>>) {
    let unread = store.select(|| [Topic::Unread], |state| (state.unread(), state.unread_mentions()));
    let name = store.select(
        move || open.get().into_iter().map(of_name),
        move |state| open.get().map(|id| name_in(state, id)),
    );
    Effect::new(move |_| {
        let pane = screen.pane.get();
        document().set_title(&title(unread.get(), pane.or(name.get().as_deref())));
    });

    let marked = Memo::new(move |_| unread.get() != (0, 0));
    Effect::new(move |_| mark(marked.get()));
    // After logging out no count stays behind.
    on_cleanup(|| {
        document().set_title(&title((0, 0), None));
        mark(false);
    });
}

/// Mentions are said first: a narrow tab shows no more than that.
fn title((unread, mentions): (u64, u64), name: Option<&str>) -> String {
    let count = match (unread, mentions) {
        (0, _) => String::new(),
        (_, 0) => format!("({unread}) "),
        (_, 1) => format!("(@ {unread}) "),
        _ => format!("(@{mentions} {unread}) "),
    };
    match name {
        Some(name) if !name.is_empty() => format!("{count}{} · Parlance", isolated(name)),
        _ => format!("{count}Parlance"),
    }
}

fn mark(marked: bool) {
    let Some(link) = favicon() else { return };
    let href = link.href();
    let open = href.strip_suffix(MARK).or_else(|| href.strip_suffix(END)).unwrap_or(&href);
    link.set_href(&format!("{open}{}", if marked { MARK } else { END }));
}

fn favicon() -> Option<HtmlLinkElement> {
    document().query_selector("link[rel=icon]").ok()??.dyn_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_says_how_much_is_unread_and_where_one_is() {
        assert_eq!(title((0, 0), None), "Parlance");
        assert_eq!(title((3, 0), Some("Ann")), "(3) Ann · Parlance");
        assert_eq!(title((0, 0), Some("")), "Parlance");
        assert_eq!(title((3, 1), Some("Ann")), "(@ 3) Ann · Parlance");
        assert_eq!(title((3, 2), Some("Ann")), "(@2 3) Ann · Parlance");
        assert_eq!(title((3, 0), Some("محمد")), "(3) \u{2068}محمد\u{2069} · Parlance");
    }
}
