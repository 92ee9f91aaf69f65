//! A section of the list that can be collapsed. Its title is a heading, and the button for that.

use chat::Section;
use leptos::prelude::*;

use super::collapsed::toggle;
use crate::{screen::Screen, ui::icon::Icon};

#[component]
pub(super) fn Fold(
    section: Section,
    /// How many conversations are in it, which is said while nobody sees them.
    #[prop(into)]
    count: Signal<usize>,
    #[prop(optional, into)] hidden: Signal<bool>,
    /// What can be pressed, beside the title.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    children: ChildrenFn,
) -> impl IntoView {
    let collapsed = Screen::expect().collapsed;
    let is_collapsed = Memo::new(move |_| collapsed.with(|collapsed| collapsed.has(section)));
    let (id, title) = match section {
        Section::Unread => ("unread-title", "Unread"),
        Section::Groups => ("groups-title", "Groups"),
        Section::People => ("people-title", "People"),
    };
    let said = move || {
        let count = count.get();
        if is_collapsed.get() && count > 0 { count.to_string() } else { String::new() }
    };
    view! {
        <section class="sidebar-section" aria-labelledby=id hidden=hidden>
            <header class="sidebar-section-header">
                <h2 class="section-title" id=id>
                    <button
                        class="section-toggle"
                        type="button"
                        aria-expanded=Signal::derive(move || (!is_collapsed.get()).to_string())
                        on:click=move |_| toggle(collapsed, section)
                    >
                        <Icon name="expand" small=true />
                        {title}
                    </button>
                </h2>
                <span class="section-count" prop:textContent=said></span>
                <div class="sidebar-section-actions">{actions.run()}</div>
            </header>
            <Show when=move || !is_collapsed.get()>{children()}</Show>
        </section>
    }
}
