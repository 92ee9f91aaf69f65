//! The link by which others join.

use gloo::timers::callback::Timeout;
use leptos::{html, prelude::*};
use protocol::{ConversationId, GroupId};

use crate::{routes::conversation_path, screen::Screen, ui::clipboard::copy};

/// How long the button says that it is done.
const SAYS_COPIED: u32 = 2_000;

#[component]
pub(crate) fn InviteLink(
    group: GroupId,
    /// The id of the title's element.
    #[prop(default = "invite-title")]
    id: &'static str,
) -> impl IntoView {
    let announcer = Screen::expect().announcer;
    let link = invite_link(group);
    let field: NodeRef<html::Input> = NodeRef::new();
    let copied = RwSignal::new(false);
    let press = {
        let link = link.clone();
        move |_| {
            copy(announcer, &link, "The link is copied");
            copied.set(true);
            let back = Timeout::new(SAYS_COPIED, move || {
                copied.try_set(false);
            });
            back.forget();
        }
    };
    let select = move |_| {
        if let Some(field) = field.get_untracked() {
            field.select();
        }
    };
    view! {
        <section class="details-section" aria-labelledby=id>
            <h3 class="section-title" id=id>"Invite link"</h3>
            <div class="invite-link">
                <input readonly node_ref=field value=link aria-label="Invite link" on:focus=select />
                <button class="button" type="button" on:click=press>
                    {move || if copied.get() { "Copied" } else { "Copy" }}
                </button>
            </div>
            <p class="field-hint">"Anyone with this link can join."</p>
        </section>
    }
}

fn invite_link(group: GroupId) -> String {
    let origin = window().location().origin().unwrap_or_default();
    format!("{origin}{}", conversation_path(ConversationId::Group(group)))
}
