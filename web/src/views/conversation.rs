//! The main column: header, timeline, dock. And what stands there when there is no conversation.

use crate::reactive::*;
use protocol::{ConversationId, Group, Peer, UserId, Visibility};

use super::{
    avatar::{avatar, presence},
    banner::banner,
    composer::{Draft, composer},
    find::members,
    icon::{icon, logo},
    notice::{failure, notice, skeleton},
    sidebar::home,
    timeline::{Scroll, jump_to_latest, timeline},
};
use crate::{
    app::App,
    dom::{El, View, a, button, div, el, p, part},
    live::{Live, Var, effect, memo, var},
    state::{Action, ChatState, Load},
};

/// The name of a person or a group; empty while it is not known.
pub(super) fn name_of(app: App, id: ConversationId) -> Live<String> {
    app.select(move |state| name_in(state, id))
}

pub(super) fn name_in(state: &ChatState, id: ConversationId) -> String {
    match id {
        ConversationId::User(user) if user == state.me.id => "Notes to self".to_owned(),
        ConversationId::User(user) => username(state, user),
        ConversationId::Group(_) => {
            let group = state.conversations.get(&id).and_then(|conversation| conversation.group());
            group.map(|group| group.name.to_string()).unwrap_or_default()
        }
    }
}

/// The name of a person; empty while it is not known.
pub(super) fn username(state: &ChatState, id: UserId) -> String {
    state.people.get(id).map(|user| user.username.to_string()).unwrap_or_default()
}

/// Whether one may write here.
#[derive(Clone, Debug, PartialEq)]
enum Door {
    Open,
    Looking,
    /// A group that one is no member of.
    Stranger(Group),
    Nobody,
    Failed(String),
}

/// What an address was found to be about; none while nobody has looked.
type Looked = Option<Result<Option<Peer>, String>>;

pub(super) fn conversation_pane(id: ConversationId) -> View {
    let app = App::here();
    let looked: Var<Looked> = var(None);
    let known = app.select(move |state| match id {
        ConversationId::User(user) => state.people.get(user).is_some(),
        ConversationId::Group(_) => {
            state.conversations.get(&id).is_some_and(|conversation| conversation.group().is_some())
        }
    });
    let list = app.select(|state| state.list.clone());
    let look = move || {
        looked.set(None);
        spawn_local(async move {
            let answer = app.look_up(id).await;
            looked.set(Some(answer));
        });
    };
    // The list may answer it without asking.
    effect(move || {
        if !known.get() && list.get() == Load::Loaded {
            look();
        }
    });
    // One joined, perhaps on another device.
    let mut before = None;
    effect(move || {
        let now = known.get();
        if before.replace(now) == Some(false) && now {
            app.act(Action::Open(id));
            app.act(Action::Reload(id));
        }
    });
    let door = memo(move || match (known.get(), looked.get(), list.get()) {
        (true, ..) => Door::Open,
        (_, Some(Ok(None)), _) => Door::Nobody,
        (_, Some(Ok(Some(Peer::Group(group)))), _) => Door::Stranger(group),
        (_, Some(Err(sentence)), _) | (_, None, Load::Failed(sentence)) => Door::Failed(sentence),
        _ => Door::Looking,
    });
    part(move || match door.get() {
        Door::Open => conversation(id),
        Door::Looking => pane(div("timeline").child(div("timeline-column").child(skeleton(5)))),
        Door::Stranger(group) => pane(join(group)),
        Door::Nobody => {
            let (title, text) = match id {
                ConversationId::User(_) => (
                    "There is no such person",
                    "The link may be wrong. Find people by their names at the left.",
                ),
                ConversationId::Group(_) => {
                    ("There is no such group", "The link may be wrong or incomplete. Ask for it again.")
                }
            };
            nowhere(title, text)
        }
        Door::Failed(sentence) => {
            let again = move || {
                app.act(Action::ListAgain);
                look();
            };
            pane(failure("The conversation did not load", &sentence, again).class("is-pane"))
        }
    })
}

/// What stands there while nothing is open.
pub(super) fn welcome() -> El {
    let notice = div("notice is-pane")
        .child(logo())
        .child(p("notice-title").text("Choose a conversation"))
        .child(p("notice-text").text("Or find somebody in the field at the left."));
    el("main", "conversation").child(notice).child(dock())
}

/// What stands there when the address means nothing.
pub(super) fn lost() -> El {
    nowhere("There is nothing here", "The address leads nowhere. It may be cut off.")
}

fn nowhere(title: &str, text: &str) -> El {
    let home = a("button", &home()).text("To the conversations");
    pane(notice("warning", title, text).class("is-pane").child(home))
}

/// A pane without a conversation in it.
fn pane(content: El) -> El {
    let header = el("header", "conversation-header").child(back());
    el("main", "conversation").child(header).child(content).child(dock())
}

fn dock() -> El {
    div("dock").child(div("dock-float").child(banner()))
}

fn back() -> El {
    a("icon-button back-button", &home()).attr("aria-label", "Back to the conversations").child(icon("back"))
}

/// An invitation: a group that one may join.
fn join(group: Group) -> El {
    let app = App::here();
    let id = ConversationId::Group(group.id);
    let name = group.name.to_string();
    let wrong = var(None::<String>);
    let busy = var(false);
    let join = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            if let Err(sentence) = app.join_group(group.id).await {
                wrong.set(Some(sentence));
            }
            busy.set(false);
        });
    };
    let kind = match group.visibility {
        Visibility::Public => "Public group",
        Visibility::Private => "Private group",
    };
    let button = button("button is-primary is-large")
        .live_attr("aria-disabled", move || busy.get().then_some("true"))
        .on_press(join)
        .text(&format!("Join {name}"));
    div("notice is-pane")
        .child(avatar(id, {
            let name = name.clone();
            move || name.clone()
        }))
        .child(p("notice-title").attr("dir", "auto").text(&name))
        .child(p("notice-text").text(&format!("{kind}, {}", members(group.member_count))))
        .child(button)
        .child(p("field-error").attr("role", "alert").live_text(move || wrong.get().unwrap_or_default()))
}

fn conversation(id: ConversationId) -> El {
    let app = App::here();
    let draft = Draft::open(app, id);
    let scroll = Scroll::new(app, id);
    let connected = app.select(|state| state.link.is_online());
    if let ConversationId::Group(group) = id {
        // Again after each break: who is a member may have changed meanwhile.
        effect(move || {
            if connected.get() {
                spawn_local(async move { drop(app.load_members(group).await) });
            }
        });
    }
    let dock = div("dock")
        .child(div("dock-float").child(jump_to_latest(id, scroll)).child(banner()))
        .child(composer(id, draft, scroll));
    el("main", "conversation").child(header(id)).child(timeline(id, draft, scroll)).child(dock)
}

fn header(id: ConversationId) -> El {
    let app = App::here();
    let name = name_of(app, id);
    let subtitle = app.select(move |state| subtitle(state, id));
    let online = match id {
        ConversationId::User(user) if user != app.me => {
            Some(app.select(move |state| state.people.is_online(user)))
        }
        _ => None,
    };
    let heading = div("conversation-heading")
        .child(el("h1", "conversation-title truncate").attr("dir", "auto").live_text(move || name.get()))
        .child(p("conversation-subtitle truncate").live_text(move || subtitle.get()));
    let details = button("icon-button")
        .attr("aria-label", "Details")
        .live_attr("aria-expanded", move || app.details.get().to_string())
        .on_press(move || app.details.update(|open| *open = !*open))
        .child(icon("details"));
    el("header", "conversation-header")
        .child(back())
        .child(avatar(id, move || name.get()).children(online.map(presence)))
        .child(heading)
        .child(details)
}

fn subtitle(state: &ChatState, id: ConversationId) -> String {
    match id {
        ConversationId::User(user) if user == state.me.id => "Only you see this".to_owned(),
        ConversationId::User(user) if state.people.is_online(user) => "Online".to_owned(),
        ConversationId::User(_) => "Offline".to_owned(),
        ConversationId::Group(_) => {
            let Some(conversation) = state.conversations.get(&id) else { return String::new() };
            let count = conversation.group().map_or(0, |group| group.member_count);
            match &conversation.members {
                Some(list) => {
                    let online = list.iter().filter(|user| state.people.is_online(user.id)).count();
                    format!("{}, {online} online", members(count))
                }
                None => members(count),
            }
        }
    }
}
