//! About a person.

use leptos::prelude::*;
use protocol::{ConversationId, UserId};

use crate::{
    conversation::names::{name_of, online},
    store::Store,
    ui::avatar::Avatar,
};

#[component]
pub(super) fn AboutPerson(user: UserId) -> impl IntoView {
    let store = Store::expect();
    let id = ConversationId::User(user);
    let name = name_of(store, id);
    let online = online(store, user);
    let fact = move || match (user == store.me(), online.get()) {
        (true, _) => "Only you see what you write here.",
        (_, true) => "Online",
        (_, false) => "Offline. Messages wait until they are back.",
    };
    view! {
        <div class="details-subject">
            <Avatar id name />
            <p class="details-name"><bdi>{name}</bdi></p>
            <p class="details-fact">{fact}</p>
        </div>
    }
}
