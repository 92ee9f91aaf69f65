//! How many are unread.

use leptos::prelude::*;

#[component]
pub(crate) fn Badge(unread: u64) -> impl IntoView {
    let count = if unread < 100 { unread.to_string() } else { "99+".to_owned() };
    view! { <span class="badge"><span prop:textContent=count></span><span class="visually-hidden">" unread"</span></span> }
}
