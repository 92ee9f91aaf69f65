//! One's own account, find, conversations, people.

use crate::reactive::*;
use protocol::{ConversationId, UserId};
use wasm_bindgen::JsCast as _;
use web_sys::{FocusEvent, HtmlElement, KeyboardEvent};

use super::{
    avatar::{avatar, presence},
    chat::focus,
    conversation_row::{conversations, people},
    find::results,
    icon::{icon, small_icon},
    notice::{failure, notice, skeleton, small_skeleton},
};
use crate::{
    app::App,
    dom::{El, View, a, button, div, el, p, part, span, together, when},
    live::{Live, Var, effect, keep, memo, var},
    place::{Place, conversation_path},
    state::{Action, Link, Load},
};

/// So many people are listed; the others are found by their names.
const LISTED: usize = 100;

pub(super) fn sidebar(open: Live<Option<ConversationId>>) -> El {
    let app = App::here();
    let typed = var(String::new());
    let query = memo(move || typed.get().trim().to_owned());
    let finds = memo(move || !query.with(String::is_empty));
    // Whoever went somewhere has found it.
    effect(move || {
        if open.get().is_some() {
            typed.set(String::new());
        }
    });
    let toggle = button("icon-button sidebar-toggle")
        .live_attr(
            "aria-label",
            move || {
                if app.sidebar.get() { "Hide the sidebar" } else { "Show the sidebar" }
            },
        )
        .live_attr("aria-expanded", move || app.sidebar.get().to_string())
        .on_press(move || app.sidebar.update(|open| *open = !*open))
        .child(icon("sidebar"));
    let content = part(move || match finds.get() {
        true => results(query, open).into(),
        false => together([conversations_section(open).into(), people_section(open).into()]),
    });
    el("nav", "sidebar")
        .attr("aria-label", "Conversations")
        .on_key(walk)
        .child(el("header", "sidebar-header").child(toggle).child(account()))
        .child(find_field(typed))
        .child(div("sidebar-scroll").child(content))
}

/// Who is logged in, with a menu.
fn account() -> View {
    let app = App::here();
    let name = app.look(|state| state.me.username.to_string());
    let link = app.select(|state| match state.link {
        Link::Online => "Online",
        Link::Connecting => "Connecting",
        Link::Offline { .. } | Link::Refused(_) => "Offline",
    });
    let me = ConversationId::User(app.me);
    let [label, initials] = [name.clone(), name.clone()];
    let picture = avatar(me, move || initials.clone()).child(presence(memo(move || link.get() == "Online")));
    let account = button("account-button")
        .attr("popovertarget", "account-menu")
        .live_attr("aria-label", move || {
            format!("Your account: {label}, {}", link.get().to_ascii_lowercase())
        })
        .child(picture)
        .child(span("account-name truncate").attr("dir", "auto").text(&name))
        .child(span("account-state").live_text(move || link.get()))
        .child(icon("expand"));

    let menu = div("menu account-menu").attr("id", "account-menu").attr("popover", "auto");
    let close = {
        let menu: HtmlElement = menu.handle().unchecked_into();
        move || drop(menu.hide_popover())
    };
    let notes = a("menu-item", &conversation_path(me))
        .on_press(close.clone())
        .child(icon("edit"))
        .text("Notes to self");
    let close_menu = close.clone();
    let find_group = button("menu-item")
        .on_press(move || {
            close_menu();
            app.find_group.set(true);
        })
        .child(icon("people"))
        .text("Find a group");
    let leave = button("menu-item")
        .on_press(move || {
            close();
            log_out(app);
        })
        .child(icon("leave"))
        .text("Log out");
    let heading = p("menu-heading").text("Logged in as ").child(el("bdi", "").text(&name));
    together([account.into(), menu.child(heading).child(notes).child(find_group).child(leave).into()])
}

fn log_out(app: App) {
    spawn_local(async move {
        match app.session().log_out().await {
            Ok(()) => app.navigation.leave(),
            Err(trouble) => app.problem.set(Some(format!("You are still logged in. {}", trouble.sentence()))),
        }
    });
}

fn find_field(typed: Var<String>) -> El {
    // Where the focus was before.
    let from = keep(None::<HtmlElement>);
    let go_back = move || match from.get().flatten().filter(|element| element.is_connected()) {
        Some(element) => drop(element.focus()),
        None => drop(focus("#composer")),
    };
    let field = el("input", "find-input")
        .attr("type", "search")
        .attr("placeholder", "Find people and groups")
        .attr("aria-label", "Find people and groups")
        .attr("aria-keyshortcuts", "Control+K Meta+K")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .live_value(move || typed.get())
        .on_input(move |text| typed.set(text))
        .on_key(move |event| {
            if event.key() == "Escape" && !event.is_composing() {
                event.prevent_default();
                // First the words go, then oneself.
                if typed.with_untracked(String::is_empty) {
                    go_back();
                } else {
                    typed.set(String::new());
                }
            }
        })
        .on("focus", move |event| {
            let before = event.unchecked_into::<FocusEvent>().related_target();
            from.set(before.and_then(|element| element.dyn_into().ok()));
        });
    let clear = move || {
        let clear = move || {
            typed.set(String::new());
            focus(".sidebar .find-input");
        };
        button("icon-button").attr("aria-label", "Clear").on_press(clear).child(icon("close"))
    };
    el("search", "find-field")
        .child(icon("find"))
        .child(field)
        .child(when(move || !typed.with(String::is_empty), clear))
}

/// A section of the sidebar. Its title gives it its name.
fn section(id: &str, title: &str) -> (El, El) {
    let header =
        el("header", "sidebar-section-header").child(el("h2", "section-title").attr("id", id).text(title));
    (el("section", "sidebar-section").attr("aria-labelledby", id), header)
}

fn conversations_section(open: Live<Option<ConversationId>>) -> El {
    let app = App::here();
    let load = app.select(|state| state.list.clone());
    let ids =
        app.select(|state| state.sorted_conversations().into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    let empty = memo(move || ids.with(Vec::is_empty));
    let list = part(move || match (load.get(), empty.get()) {
        (_, false) => el("ul", "").child(conversations(ids, open)),
        (Load::Loading, _) => skeleton(6),
        (Load::Failed(sentence), _) => {
            failure("The list did not load", &sentence, move || app.act(Action::ListAgain))
        }
        (Load::Loaded, _) => notice(
            "chat",
            "No conversations yet",
            "Choose somebody below, or create a group and send the link around.",
        ),
    });
    let new_group = button("button is-quiet")
        .on_press(move || app.new_group.set(true))
        .child(small_icon("plus"))
        .text("New group");
    let (section, header) = section("conversations-title", "Conversations");
    section.child(header.child(new_group)).child(list)
}

/// Those whom one has no conversation with yet.
fn people_section(open: Live<Option<ConversationId>>) -> El {
    let app = App::here();
    let load = var(Load::Loading);
    let connected = app.select(|state| state.link.is_online());
    let look = move || {
        load.set(Load::Loading);
        spawn_local(async move {
            let found = app.find_people(String::new()).await;
            load.set(found.map_or_else(Load::Failed, |_| Load::Loaded));
        });
    };
    // Again after each break: somebody may have registered meanwhile.
    effect(move || {
        if connected.get() {
            look();
        }
    });
    let ids = app.select(|state| {
        let is_new = |id: &UserId| *id != state.me.id && !state.lists(ConversationId::User(*id));
        let people = state.people.sorted().into_iter().map(|user| user.id);
        people.filter(is_new).take(LISTED).collect::<Vec<_>>()
    });
    let alone = app.select(|state| state.people.known() <= 1);
    let empty = memo(move || ids.with(Vec::is_empty));
    let list = part(move || match (load.get(), empty.get()) {
        (_, false) => el("ul", "").child(people(move || ids.get(), Some(open))),
        (Load::Loading, _) => small_skeleton(2),
        (Load::Failed(sentence), _) => failure("The people did not load", &sentence, look),
        (Load::Loaded, _) => notice(
            "people",
            "Nobody else is here",
            "People appear once they have registered. Send them the address of this page.",
        ),
    });
    // Who talks to everybody needs no list of the others.
    let needless = move || load.get() == Load::Loaded && empty.get() && !alone.get();
    let (section, header) = section("people-title", "People");
    section.class("is-people").live_attr("hidden", move || needless().then_some("")).child(header).child(list)
}

/// The arrow keys go from the find field through the rows and back.
fn walk(event: &KeyboardEvent) {
    let step: i32 = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let rows = ".sidebar .find-input, .sidebar-scroll :is(a, button)";
    let Ok(stops) = document().query_selector_all(rows) else { return };
    let stops: Vec<HtmlElement> =
        (0..stops.length()).filter_map(|index| stops.item(index)?.dyn_into().ok()).collect();
    let Some(active) = document().active_element() else { return };
    let Some(here) = stops.iter().position(|stop| **stop == active) else { return };
    let there = here.checked_add_signed(step as isize).and_then(|index| stops.get(index));
    if let Some(stop) = there {
        event.prevent_default();
        let _ = stop.focus();
    }
}

/// Used where a link leads home.
pub(super) fn home() -> String {
    Place::Home.path()
}
