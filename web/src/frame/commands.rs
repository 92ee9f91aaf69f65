//! What one can do from anywhere, by its words: what is in the menus.

use chat::{Action, ChatState, Topic};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use protocol::{ConversationId, Seq};

use crate::{
    notification::Notifications, routes::conversation_path, screen::Screen, session::Session, store::Store,
    timeline::way::Way,
};

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Command {
    NewGroup,
    FindGroup,
    AddPeople,
    Details,
    /// Mute the open conversation (true), or no longer.
    Mute(bool),
    MarkRead,
    Go(Way),
    Notes,
    /// Turn notifications on (true) or off.
    Notify(bool),
    Shortcuts,
    LogOut,
    LogOutEverywhere,
}

impl Command {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::NewGroup => "New group",
            Self::FindGroup => "Find a group",
            Self::AddPeople => "Add people to this group",
            Self::Details => "Details of this conversation",
            Self::Mute(true) => "Mute this conversation",
            Self::Mute(false) => "Unmute this conversation",
            Self::MarkRead => "Mark this conversation as read",
            Self::Go(way) => way.words(),
            Self::Notes => "Notes to self",
            Self::Notify(true) => "Turn notifications on",
            Self::Notify(false) => "Turn notifications off",
            Self::Shortcuts => "Keyboard shortcuts",
            Self::LogOut => "Log out",
            Self::LogOutEverywhere => "Log out on all devices",
        }
    }

    /// What else people call it.
    fn also(self) -> &'static str {
        match self {
            Self::NewGroup => "create channel",
            Self::FindGroup => "join browse public channels",
            Self::AddPeople => "invite members",
            Self::Details => "members info pinned about",
            Self::Mute(_) => "silence quiet",
            Self::MarkRead => "seen",
            Self::Go(Way::Date) => "day calendar history",
            Self::Go(Way::Beginning) => "first start oldest top",
            Self::Go(Way::Latest) => "newest end bottom",
            Self::Notes => "myself saved",
            Self::Shortcuts => "help keys hotkeys",
            Self::Notify(_) => "alerts bell",
            Self::LogOut => "sign out quit",
            Self::LogOutEverywhere => "sign out everywhere sessions",
        }
    }

    pub(crate) fn icon(self) -> &'static str {
        match self {
            Self::NewGroup | Self::AddPeople => "plus",
            Self::FindGroup => "people",
            Self::Details => "details",
            Self::Mute(_) => "muted",
            Self::MarkRead => "check",
            Self::Go(way) => way.icon(),
            Self::Notes => "edit",
            Self::Notify(_) => "bell",
            Self::Shortcuts => "keys",
            Self::LogOut | Self::LogOutEverywhere => "leave",
        }
    }

    /// Whether each word of what somebody types begins a word of this. One letter is too little to mean it.
    pub(crate) fn fits(self, query: &str) -> bool {
        let query = query.to_lowercase();
        let own = format!("{} {}", self.words(), self.also()).to_lowercase();
        query.chars().count() > 1
            && query.split_whitespace().all(|word| own.split_whitespace().any(|own| own.starts_with(word)))
    }
}

/// The commands of the page, in context.
#[derive(Clone, Copy)]
pub(crate) struct Commands {
    store: Store,
    screen: Screen,
    session: Session,
    notifications: Notifications,
    go: Callback<String>,
}

impl Commands {
    pub(crate) fn new(store: Store, screen: Screen) -> Self {
        let navigate = use_navigate();
        Self {
            store,
            screen,
            session: Session::expect(),
            notifications: expect_context(),
            go: Callback::new(move |path: String| navigate(&path, NavigateOptions::default())),
        }
    }

    /// What can be done now.
    pub(crate) fn offered(self) -> Vec<Command> {
        self.store.track(Topic::Open);
        let open = self.store.with(|state| state.open);
        if let Some(id) = open {
            self.store.track(Topic::Conversation(id));
        }
        let mut offered = vec![Command::NewGroup, Command::FindGroup];
        if let Some(id) = open {
            offered.extend(self.store.with(|state| in_conversation(state, id)));
        }
        offered.push(Command::Notes);
        offered.extend(self.notifications.can_become().map(Command::Notify));
        offered.extend([Command::Shortcuts, Command::LogOut, Command::LogOutEverywhere]);
        offered
    }

    pub(crate) fn run(self, command: Command) {
        let Self { store, screen, .. } = self;
        screen.sidebar.set(false);
        let open = store.with(|state| state.open);
        match (command, open) {
            (Command::NewGroup, _) => screen.new_group.set(true),
            (Command::FindGroup, _) => screen.find_group.set(true),
            (Command::AddPeople, _) => screen.add_people.set(true),
            (Command::Details, _) => screen.details.set(true),
            (Command::Mute(muted), Some(id)) => self.mute(id, muted),
            (Command::MarkRead, Some(id)) => store.act(Action::ReadAll(id)),
            (Command::Go(way), _) => screen.way.set(Some(way)),
            (Command::Notes, _) => self.go.run(conversation_path(ConversationId::User(store.me()))),
            (Command::Notify(on), _) => self.notifications.turn(on),
            (Command::Shortcuts, _) => screen.shortcuts.set(true),
            (Command::LogOut, _) => log_out(self.session, screen, false),
            (Command::LogOutEverywhere, _) => log_out(self.session, screen, true),
            // The conversation has been left meanwhile.
            (Command::Mute(_) | Command::MarkRead, None) => {}
        }
    }

    fn mute(self, id: ConversationId, muted: bool) {
        let Self { store, screen, .. } = self;
        spawn_local(async move {
            match store.mute(id, muted).await {
                Ok(()) => screen.announcer.show(if muted { "Muted" } else { "Unmuted" }),
                Err(sentence) => screen.announcer.show(sentence),
            }
        });
    }
}

/// What can be done with a conversation.
fn in_conversation(state: &ChatState, id: ConversationId) -> Vec<Command> {
    let Some(conversation) = state.conversation(id) else { return vec![] };
    let mut offered = vec![Command::Details];
    offered.extend(conversation.group().map(|_| Command::AddPeople));
    if conversation.last_message.is_some() || conversation.group().is_some() {
        offered.push(Command::Mute(!conversation.muted));
    }
    if conversation.unread > 0 {
        offered.push(Command::MarkRead);
    }
    if conversation.timeline.head() > Seq::ZERO {
        offered.extend(Way::ALL.map(Command::Go));
    }
    offered
}

/// Logs out here or everywhere, or says why not.
pub(crate) fn log_out(session: Session, screen: Screen, everywhere: bool) {
    spawn_local(async move {
        let left = match everywhere {
            true => session.log_out_everywhere().await,
            false => session.log_out().await,
        };
        if let Err(trouble) = left {
            screen.problem.try_set(Some(format!("You are still logged in. {}", trouble.sentence())));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_found_by_the_beginnings_of_its_words_and_by_what_else_it_is_called() {
        for query in ["mute", "MUTE this", "conv mu", "silence"] {
            assert!(Command::Mute(true).fits(query), "{query}");
        }
        assert!(Command::LogOut.fits("sign out"));
        assert!(Command::Go(Way::Date).fits("jump date"));
        for query in ["", "m", "ute", "mute ben"] {
            assert!(!Command::Mute(true).fits(query), "{query}");
        }
    }
}
