//! What a list or a pane shows instead of content: that it is empty, or that it did not load.

use leptos::prelude::*;

use super::{button::TryAgain, focus::take_lost_focus, icon::Icon};

/// Says what is missing, and the next thing to do.
#[component]
pub(crate) fn Notice(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// Fills a pane, and its title is the page's.
    #[prop(optional)]
    pane: bool,
    /// Something went wrong.
    #[prop(optional)]
    error: bool,
    /// What can be pressed.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let title = if pane {
        let heading = NodeRef::new();
        take_lost_focus(heading);
        view! { <h1 class="notice-title" tabindex="-1" node_ref=heading><bdi prop:textContent=title></bdi></h1> }.into_any()
    } else {
        view! { <p class="notice-title"><bdi prop:textContent=title></bdi></p> }.into_any()
    };
    view! {
        <div class="notice" class:is-pane=pane class:is-error=error role=error.then_some("alert")>
            <Icon name=icon />
            {title}
            <p class="notice-text" prop:textContent=text></p>
            {children.map(|children| children())}
        </div>
    }
}

/// Says what went wrong, with a button that tries again.
#[component]
pub(crate) fn Failure(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(into)] again: Callback<()>,
    #[prop(optional)] pane: bool,
) -> impl IntoView {
    view! {
        <Notice icon="warning" title text pane error=true>
            <TryAgain on_press=again />
        </Notice>
    }
}
