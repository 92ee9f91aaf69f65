//! About a person or a group, beside the conversation.

use crate::reactive::*;
use gloo_timers::callback::Timeout;
use protocol::{ConversationId, Group, GroupId, UserId, Visibility};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlInputElement;

use super::{
    avatar::avatar,
    chat,
    conversation::name_of,
    conversation_row::people,
    find::members,
    group_dialogs::leave_group_dialog,
    icon::{icon, small_icon},
    message::copy,
    notice::{failure, small_skeleton},
};
use crate::{
    app::App,
    dom::{El, View, button, div, el, focus, p, part, together},
    live::{effect, memo, var},
    place::conversation_path,
    state::Load,
};

pub(super) fn details(id: ConversationId) -> El {
    let app = App::here();
    let name = name_of(app, id);
    let group = app.select(move |state| state.conversations.get(&id).and_then(|one| one.group().cloned()));
    let shut = move || {
        app.details.set(false);
        chat::focus(".conversation-header [aria-expanded]");
    };
    let close = button("icon-button").attr("aria-label", "Close details").on_press(shut).child(icon("close"));
    let handle = close.handle();
    effect(move || {
        focus(&handle);
    });
    let content = part(move || match (id, group.get()) {
        (ConversationId::User(user), _) => about_person(user).into(),
        (_, Some(group)) => about_group(group),
        (_, None) => View::nothing(),
    });
    el("aside", "details")
        .live_attr("aria-label", move || format!("Details of {}", name.get()))
        .child(el("header", "details-header").child(el("h2", "details-title").text("Details")).child(close))
        .child(div("details-scroll").child(content))
}

fn about_person(user: UserId) -> El {
    let app = App::here();
    let id = ConversationId::User(user);
    let name = name_of(app, id);
    let online = app.select(move |state| state.people.is_online(user));
    let fact = move || match (user == app.me, online.get()) {
        (true, _) => "Only you see what you write here.",
        (_, true) => "Online",
        (_, false) => "Offline. Messages wait until they are back.",
    };
    div("details-subject")
        .child(avatar(id, move || name.get()))
        .child(p("details-name").attr("dir", "auto").live_text(move || name.get()))
        .child(p("details-fact").live_text(fact))
}

fn about_group(group: Group) -> View {
    let leaving = var(false);
    let id = group.id;
    let name = group.name.to_string();
    let (sign, kind) = match group.visibility {
        Visibility::Public => ("people", "Public group"),
        Visibility::Private => ("lock", "Private group"),
    };
    let fact = format!("{kind}, {}", members(group.member_count));
    let subject = div("details-subject")
        .child(avatar(ConversationId::Group(id), {
            let name = name.clone();
            move || name.clone()
        }))
        .child(p("details-name").attr("dir", "auto").text(&name))
        .child(p("details-fact").child(small_icon(sign)).text(&fact));
    let leave = button("button is-danger is-wide")
        .on_press(move || leaving.set(true))
        .child(icon("leave"))
        .text("Leave group");
    together([
        subject.into(),
        invite_link(id).into(),
        member_list(id).into(),
        el("section", "details-section").child(leave).into(),
        leave_group_dialog(leaving, group).into(),
    ])
}

fn invite_link(group: GroupId) -> El {
    let app = App::here();
    let origin = window().location().origin().unwrap_or_default();
    let link = format!("{origin}{}", conversation_path(ConversationId::Group(group)));
    let copied = var(false);
    let field = el("input", "").attr("readonly", "").attr("value", &link).attr("aria-label", "Invite link");
    let input: HtmlInputElement = field.handle().unchecked_into();
    let copy = button("button")
        .on_press(move || {
            copy(app, &link, "The link is copied");
            copied.set(true);
            let back = Timeout::new(2_000, move || {
                copied.set(false);
            });
            back.forget();
        })
        .live_text(move || if copied.get() { "Copied" } else { "Copy" });
    el("section", "details-section")
        .attr("aria-labelledby", "invite-title")
        .child(el("h3", "section-title").attr("id", "invite-title").text("Invite link"))
        .child(div("invite-link").child(field.on("focus", move |_| input.select())).child(copy))
        .child(p("field-hint").text("Anyone with this link can join."))
}

fn member_list(group: GroupId) -> El {
    let app = App::here();
    let id = ConversationId::Group(group);
    let load = var(Load::Loading);
    let look = move || {
        load.set(Load::Loading);
        spawn_local(async move {
            let result = app.load_members(group).await;
            load.set(result.map_or_else(Load::Failed, |()| Load::Loaded));
        });
    };
    effect(look);
    // Those online first.
    let members = app.select(move |state| {
        let members = state.conversations.get(&id)?.members.as_ref()?;
        let (online, offline): (Vec<_>, Vec<_>) =
            members.iter().map(|user| user.id).partition(|id| state.people.is_online(*id));
        Some([online, offline].concat())
    });
    let are_known = memo(move || members.with(Option::is_some));
    let list = part(move || match (are_known.get(), load.get()) {
        (true, _) => el("ul", "").child(people(move || members.get().unwrap_or_default(), None)),
        (false, Load::Failed(sentence)) => failure("The members did not load", &sentence, look),
        (false, _) => small_skeleton(3),
    });
    el("section", "details-section")
        .attr("aria-labelledby", "members-title")
        .child(el("h3", "section-title").attr("id", "members-title").text("Members"))
        .child(list)
}
