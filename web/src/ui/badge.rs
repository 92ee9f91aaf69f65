//! How many are unread, and how many of them mention the person.

use leptos::prelude::*;

#[component]
pub(crate) fn Badge(unread: u64, mentions: u64) -> impl IntoView {
    let short = |count: u64| if count < 100 { count.to_string() } else { "99+".to_owned() };
    let mentioned = (mentions > 0).then(|| {
        let words = match mentions {
            1 => ", 1 of them mentions you".to_owned(),
            count => format!(", {count} of them mention you"),
        };
        view! {
            <span class="badge is-mention" aria-hidden="true">"@" {(mentions > 1).then(|| short(mentions))}</span>
            <span class="visually-hidden">{words}</span>
        }
    });
    view! {
        <span class="badges">
            <span class="badge"><span prop:textContent=short(unread)></span><span class="visually-hidden">" unread"</span></span>
            {mentioned}
        </span>
    }
}
