//! Who is banned from a group, for its owner and its admins. Shown only if there is somebody.

use leptos::{html, prelude::*};
use protocol::{BannedUser, ConversationId, GroupId, Role};

use super::member_actions::{MemberActions, TITLE};
use crate::{
    conversation::names::username,
    intl::direction::isolated,
    screen::Screen,
    store::Store,
    ui::{
        avatar::Avatar,
        focus::{focus_soon, has_focus},
        matched::Matched,
        notice::Failure,
    },
};

#[component]
pub(super) fn Banned(
    group: GroupId,
    actions: MemberActions,
    own: Memo<Role>,
    /// How many members there are: whoever is gone may have been banned.
    count: Memo<u64>,
) -> impl IntoView {
    let moderates = Memo::new(move |_| own.get().moderates());
    move || moderates.get().then(|| view! { <BannedList group actions count /> })
}

#[component]
fn BannedList(group: GroupId, actions: MemberActions, count: Memo<u64>) -> impl IntoView {
    let store = Store::expect();
    let load = LocalResource::new(move || {
        actions.bans.track();
        count.track();
        store.banned(group)
    });
    let again = Callback::new(move |()| load.refetch());
    let list = move || match load.get()? {
        Ok(banned) if banned.is_empty() => None,
        Ok(banned) => {
            let row = |banned: BannedUser| view! { <li><BannedRow group banned actions /></li> };
            Some(view! { <ul>{banned.into_iter().map(row).collect_view()}</ul> }.into_any())
        }
        Err(text) => {
            Some(view! { <Failure title="The list of banned people did not load" text again /> }.into_any())
        }
    };
    move || {
        list().map(|list| {
            view! {
                <section class="details-section" aria-labelledby="banned-title">
                    <h3 class="section-title" id="banned-title">"Banned"</h3>
                    {list}
                </section>
            }
        })
    }
}

#[component]
fn BannedRow(group: GroupId, banned: BannedUser, actions: MemberActions) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let BannedUser { id: user, username: name, banned_by, banned_at } = banned;
    let (id, name) = (ConversationId::User(user), name.to_string());
    let by = match banned_by == store.me() {
        true => "you".to_owned(),
        false => store.with(|state| username(state, banned_by)),
    };
    let at = screen.calendar.short(banned_at);
    let hint = if by.is_empty() { at } else { format!("By {}, {at}", isolated(&by)) };
    let button: NodeRef<html::Button> = NodeRef::new();
    let lift = {
        let name = name.clone();
        Action::new_local(move |_: &()| {
            let name = name.clone();
            async move {
                match store.unban_member(group, user).await {
                    Ok(()) => {
                        // The row goes. Whoever went elsewhere meanwhile stays there.
                        if button.try_get_untracked().flatten().is_some_and(|button| has_focus(&button)) {
                            focus_soon(TITLE);
                        }
                        screen.announcer.show(format!("{} may join again", isolated(&name)));
                        actions.bans.try_update(|bans| *bans += 1);
                    }
                    Err(sentence) => screen.announcer.show(sentence),
                }
            }
        })
    };
    let busy = lift.pending();
    let press = move |_| {
        if !busy.get_untracked() {
            lift.dispatch_local(());
        }
    };
    view! {
        <div class="person-row">
            <Avatar id name=name.clone() small=true />
            <span class="person-row-name truncate" title=name.clone()><Matched name=name.clone() /></span>
            <span class="person-row-hint is-below">{hint}</span>
            <button
                class="button person-row-end"
                type="button"
                node_ref=button
                aria-label=format!("Unban {}", isolated(&name))
                aria-disabled=Signal::derive(move || busy.get().then_some("true"))
                on:click=press
            >
                "Unban"
            </button>
        </div>
    }
}
