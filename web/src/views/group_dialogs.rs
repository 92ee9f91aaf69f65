//! Making a group, finding one, leaving one.

use std::str::FromStr as _;

use crate::reactive::*;
use protocol::{ConversationId, Group, GroupName, Visibility};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement};

use super::{
    dialog::dialog,
    entrance::{form_error, hint, label},
    find::{found, found_group},
    icon::icon,
    notice::{failure, notice, skeleton},
};
use crate::{
    app::App,
    dom::{El, View, button, div, el, focus, p, part, span, together, value},
    live::{Var, var},
    place::Place,
};

pub(super) fn new_group_dialog() -> El {
    let open = App::here().new_group;
    dialog(open, "new-group", "New group", move || new_group(open).into())
}

fn new_group(open: Var<bool>) -> El {
    let visibility = var(Visibility::Public);
    let wrong = var(None::<String>);
    let busy = var(false);
    let name = el("input", "field-input")
        .attr("id", "group-name")
        .attr("autofocus", "")
        .attr("autocomplete", "off")
        .attr("dir", "auto")
        .live_attr("aria-invalid", move || wrong.get().is_some().then_some("true"))
        .attr("aria-describedby", "group-name-hint")
        .on_input(move |_| wrong.set(None));
    let create = create(name.handle(), visibility, open, wrong, busy);
    let choice = |this: Visibility, title: &str, hint: &str| {
        el("label", "choice")
            .child(radio(visibility, this))
            .child(span("choice-title").text(title))
            .child(span("choice-hint").text(hint))
    };
    let body = div("dialog-body")
        .child(div("field").child(label("group-name", "Name")).child(name).child(hint(
            "group-name-hint",
            "Up to 64 characters",
            move || wrong.get(),
        )))
        .child(
            el("fieldset", "choices")
                .child(el("legend", "field-label").text("Who can join"))
                .child(choice(Visibility::Public, "Public", "Anyone here can find it and join."))
                .child(choice(Visibility::Private, "Private", "Only people with the invite link can join.")),
        );
    let footer = el("footer", "dialog-footer")
        .child(button("button").on_press(move || open.set(false)).text("Cancel"))
        .child(
            el("button", "button is-primary")
                .live_attr("aria-disabled", move || busy.get().then_some("true"))
                .text("Create group"),
        );
    el("form", "").attr("novalidate", "").on_submit(create).child(body).child(footer)
}

fn radio(chosen: Var<Visibility>, this: Visibility) -> El {
    let radio = el("input", "").attr("type", "radio").attr("name", "visibility");
    radio.handle().unchecked_ref::<HtmlInputElement>().set_checked(chosen.get_untracked() == this);
    radio.on("change", move |_| chosen.set(this))
}

fn create(
    name: Element,
    visibility: Var<Visibility>,
    open: Var<bool>,
    wrong: Var<Option<String>>,
    busy: Var<bool>,
) -> impl FnMut() {
    let app = App::here();
    move || {
        if busy.get_untracked() {
            return;
        }
        let text = value(&name);
        match GroupName::from_str(&text) {
            Ok(parsed) => {
                busy.set(true);
                spawn_local(async move {
                    match app.create_group(parsed, visibility.get_untracked()).await {
                        Ok(id) => {
                            open.set(false);
                            app.navigation.go(Place::Conversation(id));
                        }
                        Err(sentence) => {
                            wrong.set(Some(sentence));
                        }
                    }
                    busy.set(false);
                });
            }
            Err(_) if text.trim().is_empty() => wrong.set(Some("A group needs a name.".to_owned())),
            Err(error) => wrong.set(Some(error.to_string())),
        }
        focus(&name);
    }
}

pub(super) fn find_group_dialog() -> El {
    let open = App::here().find_group;
    dialog(open, "find-group", "Find a group", move || find_group(open).into())
}

fn find_group(open: Var<bool>) -> El {
    let app = App::here();
    let query = var(String::new());
    let (groups, again) = found(move || query.get(), move |query| app.find_groups(query));
    let list = part(move || match groups.get() {
        None => skeleton(3),
        Some(Err(sentence)) => failure("The groups did not load", &sentence, again),
        Some(Ok(groups)) if groups.is_empty() => notice(
            "people",
            "No public group here",
            "Create a group of your own, or ask for the invite link of a private one.",
        ),
        Some(Ok(groups)) => {
            let row = |group: Group| found_group(group, move || open.set(false));
            el("ul", "dialog-list").children(groups.into_iter().map(row))
        }
    });
    let field = el("input", "find-input")
        .attr("type", "search")
        .attr("autofocus", "")
        .attr("placeholder", "Name of the group")
        .attr("aria-label", "Name of the group")
        .on_input(move |text| query.set(text));
    div("dialog-body")
        .child(el("search", "find-field").child(icon("find")).child(field))
        .child(div("").attr("aria-live", "polite").child(list))
}

pub(super) fn leave_group_dialog(open: Var<bool>, group: Group) -> El {
    let title = format!("Leave {}?", group.name);
    dialog(open, "leave-group", &title, move || leave_group(open, &group))
}

fn leave_group(open: Var<bool>, group: &Group) -> View {
    let app = App::here();
    let wrong = var(None::<String>);
    let busy = var(false);
    let id = group.id;
    let leave = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match app.leave_group(id).await {
                Ok(()) => {
                    open.set(false);
                    if app.navigation.is_at(ConversationId::Group(id)) {
                        app.navigation.replace(Place::Home);
                    }
                }
                Err(sentence) => {
                    wrong.set(Some(sentence));
                    busy.set(false);
                }
            }
        });
    };
    let back = match group.visibility {
        Visibility::Public => "You can find it and join again at any time.",
        Visibility::Private => "This group is private: to come back you need the invite link.",
    };
    let body = div("dialog-body")
        .child(p("dialog-text").text("You will no longer get its messages. ").text(back))
        .child(form_error(move || wrong.get()));
    let stay = button("button").attr("autofocus", "").on_press(move || open.set(false)).text("Stay");
    let leave = button("button is-danger")
        .live_attr("aria-disabled", move || busy.get().then_some("true"))
        .on_press(leave)
        .text("Leave group");
    together([body.into(), el("footer", "dialog-footer").child(stay).child(leave).into()])
}
