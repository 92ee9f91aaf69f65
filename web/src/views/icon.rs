//! Icons and the logo, from `web/icons.svg`, which index.html holds.

use leptos::prelude::*;

pub(crate) fn icon(name: &'static str) -> AnyView {
    drawing("icon", name)
}

pub(crate) fn small_icon(name: &'static str) -> AnyView {
    drawing("icon is-small", name)
}

pub(crate) fn logo() -> AnyView {
    view! { <svg class="logo" aria-hidden="true"><use_ href="#logo"/></svg> }.into_any()
}

fn drawing(class: &'static str, name: &'static str) -> AnyView {
    view! { <svg class=class aria-hidden="true"><use_ href=format!("#icon-{name}")/></svg> }.into_any()
}
