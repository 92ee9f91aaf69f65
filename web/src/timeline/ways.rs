//! Ways through a conversation: to a day, to its beginning, to the latest message.

use chat::Topic;
use leptos::{
    ev::{MouseEvent, SubmitEvent},
    html,
    prelude::*,
};
use protocol::{ConversationId, Seq, Timestamp};

use super::{scroll::Scroll, way::Way};
use crate::{
    intl::calendar::{self, day_value, start_of_day},
    screen::Screen,
    store::Store,
    ui::{
        dialog::{Dialog, Opening},
        field::FormError,
        focus::focus_field,
        icon::Icon,
        popover::{self, walk},
    },
};

/// The menu of all days of a timeline, in its context.
#[derive(Clone, Copy)]
pub(crate) struct DayMenu(NodeRef<html::Div>);

impl DayMenu {
    pub(super) fn new() -> Self {
        Self(NodeRef::new())
    }

    pub(super) fn toggle(self, event: &MouseEvent) {
        popover::toggle_beside(self.0, event);
    }
}

/// The menu, the dialog, and going where somebody asked to go, here or elsewhere on the page.
#[component]
pub(super) fn Ways(id: ConversationId, scroll: Scroll, menu: DayMenu) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let choosing = RwSignal::new(false);
    Effect::new(move |_| {
        let Some(way) = screen.way.get() else { return };
        screen.way.set(None);
        let is_empty = store.with(|state| {
            state.conversation(id).is_none_or(|conversation| conversation.timeline.head() == Seq::ZERO)
        });
        match way {
            Way::Date => choosing.set(true),
            Way::Beginning if is_empty => {}
            Way::Beginning => scroll.go_to(Seq::ZERO.next()),
            Way::Latest => {
                scroll.to_end();
                focus_field();
            }
        }
    });
    let DayMenu(node) = menu;
    let item = move |way: Way| {
        let press = move |_| {
            popover::close(node);
            screen.way.set(Some(way));
        };
        view! {
            <button class="menu-item" type="button" on:click=press>
                <Icon name=way.icon() />
                {way.words()}
            </button>
        }
    };
    view! {
        <div class="menu is-beside" popover="auto" role="group" aria-label="Go to" node_ref=node on:keydown=move |event| walk(&event, node)>
            {Way::ALL.map(item).into_iter().collect_view()}
        </div>
        <Dialog open=choosing id="jump-to-date" title="Jump to a date">
            <JumpToDate id scroll />
        </Dialog>
    }
}

#[component]
fn JumpToDate(id: ConversationId, scroll: Scroll) -> impl IntoView {
    let (store, opening) = (Store::expect(), Opening::expect());
    let day = RwSignal::new(String::new());
    let first = store.select(
        move || [Topic::Conversation(id)],
        move |state| {
            let conversation = state.conversation(id)?;
            let first = conversation.timeline.get(Seq::ZERO.next()).map(|message| message.created_at);
            first.or_else(|| conversation.group().map(|group| group.created_at))
        },
    );
    let jump = Action::new_local(move |at: &Timestamp| {
        let at = *at;
        async move {
            let found = store.message_at(id, at).await?;
            let (seq, _) = found.ok_or("Nobody has written here yet.")?;
            if opening.close() {
                scroll.go_to(seq);
            }
            Ok::<(), String>(())
        }
    });
    let busy = jump.pending();
    let missing = RwSignal::new(false);
    let wrong = Signal::derive(move || match missing.get() {
        true => Some("Choose a day.".to_owned()),
        false => jump.value().get().and_then(Result::err),
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let at = day.with_untracked(|day| start_of_day(day));
        missing.set(at.is_none());
        if let Some(at) = at.filter(|_| !busy.get_untracked()) {
            jump.dispatch_local(at);
        }
    };
    view! {
        <form novalidate on:submit=submit>
            <div class="dialog-body">
                <div class="field">
                    <label class="field-label" for="jump-day">"Day"</label>
                    <input
                        class="field-input"
                        id="jump-day"
                        type="date"
                        autofocus
                        min=move || first.get().map(day_value)
                        max=day_value(calendar::now())
                        prop:value=day
                        on:input:target=move |event| day.set(event.target().value())
                    />
                </div>
                <FormError wrong />
            </div>
            <footer class="dialog-footer">
                <button class="button" type="button" on:click=move |_| { opening.close(); }>"Cancel"</button>
                <button class="button is-primary" aria-disabled=Signal::derive(move || busy.get().then_some("true"))>
                    "Go there"
                </button>
            </footer>
        </form>
    }
}
