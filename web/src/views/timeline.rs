//! The timeline: loads, scrolls, marks as read, and is walked through by keys.

mod handles;
mod scroll;

use crate::reactive::*;
use protocol::{ConversationId, Message, Seq, Visibility};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};

use super::{
    avatar::avatar,
    chat::focus,
    composer::Draft,
    conversation::{name_of, username},
    icon::icon,
    message::{message_actions, message_row, move_actions},
    notice::{failure, skeleton},
};
use crate::{
    app::App,
    calendar,
    dom::{self, El, Item, View, button, div, el, list, next_frame, p, part, span, together, when},
    live::{Live, effect, memo, var},
    state::{Action, ChatState, ConversationState, Load},
    timeline::{rows, window::Window},
};
use handles::{DayHandle, RowHandle};
pub(super) use scroll::Scroll;

fn messages(state: &ChatState, id: ConversationId) -> &[Message] {
    state.conversations.get(&id).map_or(&[][..], |conversation| conversation.timeline.messages())
}

/// The oldest and the newest message that can be shown.
fn ends(state: &ChatState, id: ConversationId) -> (Seq, Seq) {
    let messages = messages(state, id);
    let seq = |message: Option<&Message>| message.map_or(Seq::ZERO, |message| message.seq);
    (seq(messages.first()), seq(messages.last()))
}

fn divider(state: &ChatState, id: ConversationId) -> Option<Seq> {
    state.conversations.get(&id)?.divider
}

fn rows_of(state: &ChatState, id: ConversationId, window: Window) -> Vec<rows::DayRows> {
    let unsent = state.outbox.of(id).filter(|_| !window.hides_newer(ends(state, id).1));
    let messages = window.of(messages(state, id));
    rows::days(state.me.id, messages, unsent, divider(state, id), calendar::day_of)
}

pub(super) fn timeline(id: ConversationId, draft: Draft, scroll: Scroll) -> El {
    let app = App::here();
    // Whether the first rows have found their place; before, nothing counts as read.
    let placed = var(false);

    let ends = app.select(move |state| ends(state, id));
    let loaded =
        app.select(move |state| state.conversations.get(&id).is_some_and(|one| one.timeline.is_loaded()));

    scroll.window.set(app.look(|state| Window::at_opening(messages(state, id), divider(state, id))));

    let rows = app.select(move |state| rows_of(state, id, scroll.window.get()));
    let days = var(Vec::<DayHandle>::new());
    effect(move || {
        if let Some(new) = days.with_untracked(|days| handles::update(days, rows.get())) {
            days.set(new);
        }
    });
    effect(move || {
        if loaded.get() && !placed.get_untracked() {
            next_frame(move || {
                if placed.try_get_untracked() == Some(false) {
                    scroll.to_divider();
                    placed.set(true);
                }
            });
        }
    });

    // Whatever one comes near to is there before one sees that it was not.
    let grow = move || {
        if placed.try_get_untracked() != Some(true) {
            return;
        }
        let window = scroll.window.get_untracked();
        if scroll.is_near_start() {
            let (hides, loads) = app.look(|state| {
                let conversation = state.conversations.get(&id);
                let loads =
                    |one: &ConversationState| one.older == Load::Loaded && one.timeline.older().is_some();
                (window.hides_older(messages(state, id)), conversation.is_some_and(loads))
            });
            if hides {
                scroll.window.set(window.with_older());
            } else if loads {
                app.act(Action::LoadOlder(id));
            }
        } else if window.hides_newer(scroll.newest()) && scroll.is_near_end() {
            scroll.window.set(window.with_newer());
        }
    };
    effect(move || {
        ends.track();
        scroll.window.track();
        if placed.get() {
            next_frame(move || {
                scroll.settle();
                grow();
            });
        }
    });
    effect(move || {
        let (_, newest) = ends.get();
        if placed.get() && scroll.at_end.get() && app.attention.get() {
            app.act(Action::Read(id, newest));
        }
    });
    announce_arrivals(app, id, ends, loaded);

    let name = name_of(app, id);
    let label = move || match id {
        ConversationId::User(_) => format!("Messages with {}", name.get()),
        ConversationId::Group(_) => format!("Messages in {}", name.get()),
    };
    let broken = app.select(move |state| match &state.conversations.get(&id)?.newest {
        Load::Failed(sentence) => Some(sentence.clone()),
        _ => None,
    });
    let again = move || app.act(Action::Reload(id));
    let did_not_load = part(move || {
        broken.get().filter(|_| !loaded.get()).map(|sentence| {
            let text = format!("{sentence} Nothing is lost: they are on the server.");
            failure("The messages did not load", &text, again).class("is-pane")
        })
    });
    let top = part(move || match (loaded.get(), broken.with(Option::is_some)) {
        (true, _) => beginning(id, scroll),
        (false, true) => View::nothing(),
        (false, false) => skeleton(5).into(),
    });
    let days = list(move || {
        let item = |day: DayHandle| Item::new(day.day.to_string(), move || day_section(day, draft));
        days.get().into_iter().map(item).collect()
    });
    let newer_did_not_load = part(move || {
        let sentence = broken.get().filter(|_| loaded.get());
        sentence.map(|sentence| missing("Newer messages did not load. ", &sentence, again))
    });
    let column = div("timeline-column").child(top).child(days).child(newer_did_not_load);
    let actions = message_actions().handle();
    let [under_pointer, in_focus] = [actions.clone(), actions];
    let scroller = div("timeline")
        .attr("role", "log")
        .attr("aria-live", "off")
        .live_attr("aria-label", label)
        .attr("tabindex", "0")
        .on("scroll", move |_| {
            scroll.scrolled();
            grow();
        })
        .on("pointerover", move |event| move_actions(&event, &under_pointer))
        .on("focusin", move |event| move_actions(&event, &in_focus))
        .on_key(move |event| walk(event, scroll));
    scroll.observe(scroller.handle(), &column.handle());
    scroller.child(did_not_load).child(column)
}

/// The way back to the newest message.
pub(super) fn jump_to_latest(id: ConversationId, scroll: Scroll) -> View {
    let newest = App::here().select(move |state| ends(state, id).1);
    // What came while one looked further up.
    let seen = var(Seq::ZERO);
    effect(move || {
        let newest = newest.get();
        if scroll.at_end.get() {
            seen.set(newest);
        }
    });
    let words = move || match newest.get().since(seen.get()) {
        0 => "Jump to the latest".to_owned(),
        1 => "1 new message".to_owned(),
        count => format!("{count} new messages"),
    };
    let jump = move || {
        scroll.to_end();
        focus("#composer");
    };
    when(
        move || !scroll.at_end.get(),
        move || button("jump-to-latest").on_press(jump).child(icon("down")).live_text(words),
    )
}

fn day_section(day: DayHandle, draft: Draft) -> El {
    let app = App::here();
    let DayHandle { at, rows, .. } = day;
    let label = memo(move || app.calendar.day(at));
    let rows = list(move || {
        let item = |RowHandle { key, starts_new, row }| {
            let row = move || message_row(row, draft);
            match starts_new {
                true => Item::new(format!("new {key}"), || together([new_divider().into(), row().into()])),
                false => Item::new(key.to_string(), row),
            }
        };
        rows.get().into_iter().map(item).collect()
    });
    el("section", "day")
        .live_attr("aria-label", move || label.get())
        .child(el("h2", "day-separator").live_text(move || label.get()))
        .child(rows)
}

fn new_divider() -> El {
    div("new-divider").attr("role", "separator").attr("aria-label", "New messages").text("New")
}

/// What stands above the first row: the beginning, or that there is more.
fn beginning(id: ConversationId, scroll: Scroll) -> View {
    let app = App::here();
    let more = app.select(move |state| {
        scroll.window.get().hides_older(messages(state, id))
            || state.conversations.get(&id).is_some_and(|one| one.timeline.older().is_some())
    });
    let older =
        app.select(move |state| state.conversations.get(&id).map_or(Load::Loaded, |one| one.older.clone()));
    let again = move || app.act(Action::LoadOlder(id));
    part(move || match (more.get(), older.get()) {
        (true, Load::Failed(sentence)) => missing("Older messages did not load. ", &sentence, again),
        (true, Load::Loading) => div("timeline-older").text("Loading older messages"),
        (true, Load::Loaded) => div("timeline-older"),
        (false, _) => start(id),
    })
}

/// A place at which messages are missing.
fn missing(what: &str, why: &str, again: impl FnMut() + 'static) -> El {
    div("timeline-older is-error")
        .attr("role", "alert")
        .child(span("").text(what).text(why))
        .child(button("link-button").on_press(again).text("Try again"))
}

fn start(id: ConversationId) -> El {
    let app = App::here();
    let name = name_of(app, id);
    let text = app.select(move |state| {
        let conversation = state.conversations.get(&id);
        let is_empty = conversation.is_none_or(|one| one.timeline.messages().is_empty())
            && state.outbox.of(id).next().is_none();
        let private = conversation
            .and_then(|one| one.group())
            .is_some_and(|group| group.visibility == Visibility::Private);
        match (id, is_empty) {
            (ConversationId::User(user), _) if user == state.me.id => {
                "What you write here only you can read, on all of your devices."
            }
            (ConversationId::User(_), true) => "Nothing said yet. Write the first message below.",
            (ConversationId::User(_), false) => "This is where your conversation begins.",
            (ConversationId::Group(_), true) if private => {
                "Nothing said yet. Invite people by the link in the details, and write the first message."
            }
            (ConversationId::Group(_), true) => "Nothing said yet. Write the first message below.",
            (ConversationId::Group(_), false) => "This is where the group begins.",
        }
    });
    div("timeline-start")
        .child(avatar(id, move || name.get()))
        .child(p("timeline-start-title").attr("dir", "auto").live_text(move || name.get()))
        .child(p("timeline-start-text").live_text(move || text.get()))
}

/// Says what arrives, and nothing of what was there before.
fn announce_arrivals(app: App, id: ConversationId, ends: Live<(Seq, Seq)>, loaded: Live<bool>) {
    let mut before: Option<Seq> = None;
    effect(move || {
        let (_, now) = ends.get();
        if let Some(before) = before
            && app.attention.get_untracked()
        {
            let arrivals = app.look(|state| {
                let new = messages(state, id).iter().rev().take_while(|message| message.seq > before);
                let sentence = |message: &Message| {
                    let author = username(state, message.sender_id);
                    format!("{author}: {}", message.content)
                };
                new.filter(|message| message.sender_id != state.me.id).map(sentence).collect::<Vec<_>>()
            });
            arrivals.into_iter().rev().for_each(|sentence| app.announcer.arrived(sentence));
        }
        before = loaded.get().then_some(now);
    });
}

/// Up and down go from row to row, right and left through a row's actions, Escape to the composer.
fn walk(event: &KeyboardEvent, scroll: Scroll) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let Some(timeline) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return;
    };
    let active = document().active_element();
    let row = active.as_ref().and_then(|active| active.closest(".message").ok().flatten());
    let moved = match event.key().as_str() {
        "ArrowUp" => step(&timeline, ".message", row.as_ref(), -1),
        "ArrowDown" => step(&timeline, ".message", row.as_ref(), 1) || (row.is_some() && focus("#composer")),
        "Home" => step(&timeline, ".message", None, 1),
        "End" => {
            scroll.to_end();
            step(&timeline, ".message", None, -1)
        }
        "ArrowRight" => row.as_ref().is_some_and(|row| step(row, "button, a", active.as_ref(), 1)),
        "ArrowLeft" => match (&row, &active) {
            (Some(row), Some(active)) if row != active => {
                step(row, "button, a", Some(active), -1) || dom::focus(row)
            }
            _ => false,
        },
        "Escape" => focus("#composer"),
        _ => false,
    };
    if moved {
        event.prevent_default();
    }
}

/// Focuses the newest row: the way from the composer into the timeline.
pub(super) fn enter_from_below() -> bool {
    let timeline = document().query_selector(".timeline").ok().flatten();
    timeline.is_some_and(|timeline| step(&timeline, ".message", None, -1))
}

/// Moves the focus by one among what the selector finds; from outside, to its first or last.
fn step(within: &Element, selector: &str, from: Option<&Element>, by: isize) -> bool {
    let Ok(found) = within.query_selector_all(selector) else { return false };
    let stops: Vec<Element> =
        (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect();
    let here = from.and_then(|from| stops.iter().position(|stop| stop == from));
    let there = match here {
        Some(here) => here.checked_add_signed(by),
        None if by > 0 => Some(0),
        None => stops.len().checked_sub(1),
    };
    there.and_then(|there| stops.get(there)).is_some_and(dom::focus)
}
