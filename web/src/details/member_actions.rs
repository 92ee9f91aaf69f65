//! Doing something with a member of a group: at once, or after a question.

use leptos::{prelude::*, task::spawn_local};
use protocol::{Group, Role, UserId};

use crate::{
    conversation::names::username,
    group::roles::{MemberAction, Question},
    screen::Screen,
    store::Store,
    ui::{
        announcer::Announcer,
        dialog::{Dialog, Opening},
        field::FormError,
        focus::focus_soon,
    },
};

/// Where the focus goes when the row is gone that it was in.
pub(super) const TITLE: &str = "#members-title";

/// What is being done in the details of a group. Copies are the same.
#[derive(Clone, Copy)]
pub(super) struct MemberActions {
    store: Store,
    announcer: Announcer,
    group: StoredValue<Group>,
    asking: RwSignal<bool>,
    /// What the dialog asks, also while it fades away.
    asked: RwSignal<Option<(UserId, MemberAction)>>,
    /// Whose row is about to move in the list, and loses the focus by that.
    pub(super) moving: StoredValue<Option<UserId>>,
    /// How often somebody was banned here, or let in again.
    pub(super) bans: RwSignal<u32>,
}

impl MemberActions {
    pub(super) fn new(group: Group) -> Self {
        Self {
            store: Store::expect(),
            announcer: Screen::expect().announcer,
            group: StoredValue::new(group),
            asking: RwSignal::new(false),
            asked: RwSignal::new(None),
            moving: StoredValue::new(None),
            bans: RwSignal::new(0),
        }
    }

    /// Somebody pressed it in a menu.
    pub(super) fn choose(self, user: UserId, action: MemberAction) {
        if self.question(user, action).is_some() {
            self.asked.set(Some((user, action)));
            self.asking.set(true);
            return;
        }
        self.moving.set_value(Some(user));
        spawn_local(async move {
            match self.carry_out(user, action).await {
                Ok(sentence) | Err(sentence) => self.announcer.show(sentence),
            }
        });
    }

    fn name(self, user: UserId) -> String {
        self.store.with(|state| username(state, user))
    }

    fn question(self, user: UserId, action: MemberAction) -> Option<Question> {
        self.group.with_value(|group| action.question(&self.name(user), group))
    }

    /// Returns what is said when it is done.
    async fn carry_out(self, user: UserId, action: MemberAction) -> Result<String, String> {
        let (store, group) = (self.store, self.group.with_value(|group| group.id));
        match action {
            MemberAction::MakeAdmin => store.set_role(group, user, Role::Admin).await?,
            MemberAction::TakeAdminAway => store.set_role(group, user, Role::Member).await?,
            MemberAction::MakeOwner => store.set_role(group, user, Role::Owner).await?,
            MemberAction::Remove => store.remove_member(group, user).await?,
            MemberAction::Ban => {
                store.ban_member(group, user).await?;
                self.bans.try_update(|bans| *bans += 1);
            }
        }
        Ok(action.done(&self.name(user)))
    }
}

#[component]
pub(super) fn MemberDialog(actions: MemberActions) -> impl IntoView {
    let question =
        Memo::new(move |_| actions.asked.get().and_then(|(user, action)| actions.question(user, action)));
    let title = Signal::derive(move || question.get().map(|question| question.title).unwrap_or_default());
    view! {
        <Dialog open=actions.asking id="member-action" title>
            <Ask actions question />
        </Dialog>
    }
}

#[component]
fn Ask(actions: MemberActions, question: Memo<Option<Question>>) -> impl IntoView {
    let opening = Opening::expect();
    let carry_out = Action::new_local(move |(user, action): &(UserId, MemberAction)| {
        let (user, action) = (*user, *action);
        async move {
            let sentence = actions.carry_out(user, action).await?;
            actions.announcer.show(sentence);
            if opening.close() {
                focus_soon(TITLE);
            }
            Ok::<(), String>(())
        }
    });
    let busy = carry_out.pending();
    let wrong = Signal::derive(move || carry_out.value().get().and_then(Result::err));
    let press = move |_| {
        if let Some(asked) = actions.asked.get_untracked().filter(|_| !busy.get_untracked()) {
            carry_out.dispatch_local(asked);
        }
    };
    let is_harsh = move || actions.asked.get().is_some_and(|(_, action)| action.is_harsh());
    let text = move || question.get().map(|question| question.text).unwrap_or_default();
    let button = move || question.get().map(|question| question.button).unwrap_or_default();
    view! {
        <div class="dialog-body">
            <p class="dialog-text" prop:textContent=text></p>
            <FormError wrong />
        </div>
        <footer class="dialog-footer">
            <button class="button" type="button" autofocus on:click=move |_| { opening.close(); }>"Cancel"</button>
            <button
                class="button"
                class:is-danger=is_harsh
                class:is-primary=move || !is_harsh()
                type="button"
                aria-disabled=Signal::derive(move || busy.get().then_some("true"))
                on:click=press
                prop:textContent=button
            ></button>
        </footer>
    }
}
