//! One message that was found.

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, Hit};

use super::excerpt::{Piece, excerpt};
use crate::{
    conversation::names::{name_of, username},
    intl::calendar::machine_readable,
    routes::message_path,
    screen::Screen,
    store::Store,
    ui::avatar::Avatar,
};

#[component]
pub(super) fn MessageHit(
    hit: Hit,
    /// Whether another one may turn out to fit better: Enter in the field waits for that.
    waits: Memo<bool>,
) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let message = &hit.message;
    let (id, sender, at) = (message.conversation(store.me()), message.sender_id, message.created_at);
    let name = name_of(store, id);
    let author = store.select(
        move || [Topic::Person(sender)],
        move |state| if sender == state.me.id { "You".to_owned() } else { username(state, sender) },
    );
    // In a conversation with one person, words without a name are theirs.
    let says_author = id != ConversationId::User(sender);
    let piece = |Piece { text, is_match }| {
        if is_match { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() }
    };
    let pieces = excerpt(&hit).into_iter().map(piece).collect_view();
    view! {
        <a
            class="message-hit"
            href=message_path(id, message.id)
            title=move || screen.calendar.everything(at)
            data-waits=move || waits.get().then_some("")
        >
            <Avatar id name small=true />
            <span class="message-hit-name truncate"><bdi prop:textContent=name></bdi></span>
            <time
                class="message-hit-time"
                datetime=machine_readable(at)
                prop:textContent=move || screen.calendar.short(at)
            ></time>
            <span class="message-hit-text">
                {says_author.then(|| view! { <bdi class="message-hit-author" prop:textContent=author></bdi> ": " })}
                <bdi>{pieces}</bdi>
            </span>
        </a>
    }
}
