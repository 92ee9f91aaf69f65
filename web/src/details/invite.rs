//! The link by which others join.

use leptos::prelude::*;
use protocol::{ConversationId, GroupId};

use crate::{routes::conversation_path, screen::Screen, ui::copy_field::CopyField};

#[component]
pub(crate) fn InviteLink(
    group: GroupId,
    /// The id of the title's element.
    #[prop(default = "invite-title")]
    id: &'static str,
) -> impl IntoView {
    let announcer = Screen::expect().announcer;
    view! {
        <section class="details-section" aria-labelledby=id>
            <h3 class="section-title" id=id>"Invite link"</h3>
            <CopyField announcer text=invite_link(group) label="Invite link" done="The link is copied" />
            <p class="field-hint">"Anyone with this link can join."</p>
        </section>
    }
}

fn invite_link(group: GroupId) -> String {
    let origin = window().location().origin().unwrap_or_default();
    format!("{origin}{}", conversation_path(ConversationId::Group(group)))
}
