//! What the browser's tab says: how much is unread, and where one is.

use crate::reactive::*;
use protocol::ConversationId;
use web_sys::Element;

use super::conversation::name_of;
use crate::{
    app::App,
    live::{Live, effect, memo},
};

/// The circle on the favicon: #b3261e.
const MARK: &str = "%3Ccircle cx='25' cy='7' r='6' fill='%23b3261e'/%3E%3C/svg%3E";
const END: &str = "%3C/svg%3E";

pub(super) fn show_unread(app: App, open: Live<Option<ConversationId>>) {
    let unread = app.select(|state| state.unread());
    let name = memo(move || open.get().map(|id| name_of(app, id).get()));
    effect(move || document().set_title(&title(unread.get(), name.get().as_deref())));

    let marked = memo(move || unread.get() > 0);
    effect(move || mark(marked.get()));
    // Whoever logs out leaves no count behind.
    on_cleanup(|| {
        document().set_title(&title(0, None));
        mark(false);
    });
}

fn title(unread: u64, name: Option<&str>) -> String {
    let count = if unread > 0 { format!("({unread}) ") } else { String::new() };
    match name {
        Some(name) if !name.is_empty() => format!("{count}{name} · Parlance"),
        _ => format!("{count}Parlance"),
    }
}

fn mark(marked: bool) {
    let Some(link) = favicon() else { return };
    let href = link.get_attribute("href").unwrap_or_default();
    let open = href.strip_suffix(MARK).or_else(|| href.strip_suffix(END)).unwrap_or(&href);
    let _ = link.set_attribute("href", &format!("{open}{}", if marked { MARK } else { END }));
}

fn favicon() -> Option<Element> {
    document().query_selector("link[rel=icon]").ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_says_how_much_is_unread_and_where_one_is() {
        assert_eq!(title(0, None), "Parlance");
        assert_eq!(title(3, Some("Ann")), "(3) Ann · Parlance");
        assert_eq!(title(0, Some("")), "Parlance");
    }
}
