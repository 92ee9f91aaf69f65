//! The conversations in their sections: what is unread, groups, people.

use chat::{Action, ChatState, Load, Section, Sections, Topic};
use leptos::{ev::FocusEvent, prelude::*};
use protocol::ConversationId;
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use super::{
    SCROLLER,
    conversation_row::ConversationRows,
    fold::Fold,
    people::{Others, Strangers},
};
use crate::{
    frame::first_run::is_first,
    screen::Screen,
    store::Store,
    ui::{
        button::IconButton,
        focus::{focus, focus_is_lost, has_focus},
        icon::Icon,
        notice::Failure,
        skeleton::Skeleton,
    },
};

type Ids = Memo<Vec<ConversationId>>;

#[component]
pub(super) fn Conversations() -> impl IntoView {
    let store = Store::expect();
    let load = store.select(|| [Topic::List], |state| state.list.clone());
    let sections = store.select(|| [Topic::List, Topic::Unread, Topic::Open], ChatState::sections);
    let ids = |section| Memo::new(move |_| sections.with(|sections| sections.of(section).to_vec()));
    let [unread, groups, people] = Section::ALL.map(ids);
    let none = move |ids: Ids| ids.with(Vec::is_empty);
    let count = |ids: Ids| Signal::derive(move || ids.with(Vec::len));
    let failed = Memo::new(move |_| match load.get() {
        Load::Failed(text) if none(unread) && none(groups) && none(people) => Some(text),
        _ => None,
    });
    let again = Callback::new(move |()| store.act(Action::ListAgain));
    let strangers = Strangers::find();
    let (focused, unfocused) = keep_focus(sections);
    view! {
        <div on:focusin=focused on:focusout=unfocused>
            {move || failed.get().map(|text| view! { <Failure title="The list did not load" text again /> })}
            <Fold section=Section::Unread count=count(unread) hidden=Signal::derive(move || none(unread))>
                <ConversationRows ids=unread scroller=SCROLLER />
            </Fold>
            <Fold
                section=Section::Groups
                count=count(groups)
                hidden=Signal::derive(move || failed.with(Option::is_some))
                actions=|| view! { <GroupActions /> }
            >
                {move || match none(groups) {
                    true => view! { <NoGroups load unread /> }.into_any(),
                    false => view! { <ConversationRows ids=groups scroller=SCROLLER /> }.into_any(),
                }}
            </Fold>
            <Fold
                section=Section::People
                count=count(people)
                hidden=Signal::derive(move || none(people) && strangers.are_needless())
            >
                <ConversationRows ids=people scroller=SCROLLER />
                <Others strangers follow=Signal::derive(move || !none(people)) />
            </Fold>
        </div>
    }
}

#[component]
fn GroupActions() -> impl IntoView {
    let screen = Screen::expect();
    view! {
        <IconButton
            icon="people"
            label="Find a group"
            small=true
            on_press=move |_| screen.find_group.set(true)
        />
        <button class="button is-quiet" type="button" on:click=move |_| screen.new_group.set(true)>
            <Icon name="plus" small=true />
            "New group"
        </button>
    }
}

/// While the list loads it stands for all of it.
#[component]
fn NoGroups(load: Memo<Load>, unread: Ids) -> impl IntoView {
    let first = is_first(Store::expect());
    let are_above = Memo::new(move |_| {
        unread.with(|unread| unread.iter().any(|id| matches!(id, ConversationId::Group(_))))
    });
    move || match load.get() {
        Load::Loading => view! { <Skeleton rows=6 /> }.into_any(),
        // The card for the first person says all.
        _ if first.get() || are_above.get() => ().into_any(),
        _ => view! { <p class="section-empty">"No groups here. Make one, or find one that is public."</p> }
            .into_any(),
    }
}

/// A row that comes into another section is made anew. If it has the focus, it keeps it. Returns what is to
/// be done when something in the list gets the focus and loses it.
fn keep_focus(sections: Memo<Sections>) -> (impl Fn(FocusEvent), impl Fn(FocusEvent)) {
    let at = StoredValue::new(None::<String>);
    let row = |event: FocusEvent| event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let path = |row: Element| row.get_attribute("href");
    Effect::new(move |_| {
        sections.track();
        request_animation_frame(move || {
            if let Some(path) = at.try_get_value().flatten().filter(|_| focus_is_lost()) {
                focus(&format!("{SCROLLER} [href='{path}']"));
            }
        });
    });
    let focused = move |event| at.set_value(row(event).and_then(path));
    let unfocused = move |event| {
        let row = row(event);
        // One that is taken away has not lost it to anything else.
        request_animation_frame(move || {
            let stays = row.as_ref().is_some_and(|row| row.is_connected());
            let is_there = row.as_ref().is_some_and(has_focus);
            if stays && !is_there && at.try_get_value().flatten() == row.and_then(path) {
                at.set_value(None);
            }
        });
    };
    (focused, unfocused)
}
