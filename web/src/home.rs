//! What the middle shows while nothing is open: what waits for this person.

use chat::{Action, ChatState, Load, Topic};
use leptos::{ev::KeyboardEvent, html, prelude::*};

use crate::{
    frame::first_run::{FirstRun, is_first},
    link::banner::Banner,
    screen::Screen,
    sidebar::{
        conversation_row::ConversationRows,
        keys::{IN_SIDEBAR, InSidebar},
    },
    store::Store,
    ui::{
        button::TryAgain,
        focus::{self, take_lost_focus},
        icon::{Icon, Logo},
        rested::rested,
        shortcut::pressed,
        skeleton::Skeleton,
    },
};

/// What scrolls.
const SCROLLER: &str = ".home";
/// For how long nothing must have come before it is said how much waits, in milliseconds.
const SAID: u32 = 1_000;

/// How home looks.
#[derive(Clone, Debug, PartialEq)]
enum Look {
    Loading,
    Failed(String),
    /// Nobody else is here.
    First,
    /// There are no conversations.
    New,
    /// Nothing is unread, except perhaps in what is muted.
    Read {
        muted: bool,
    },
    /// This much is unread, in this many conversations.
    Unread(Waiting),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Waiting {
    conversations: usize,
    messages: u64,
    mentions: u64,
}

impl Look {
    fn of(state: &ChatState) -> Self {
        let conversations = state.waiting().len();
        if conversations > 0 {
            let (messages, mentions) = (state.unread(), state.unread_mentions());
            return Self::Unread(Waiting { conversations, messages, mentions });
        }
        match &state.list {
            Load::Failed(text) => Self::Failed(text.clone()),
            Load::Loading => Self::Loading,
            Load::Loaded if state.sorted_conversations().is_empty() => Self::New,
            Load::Loaded => Self::Read { muted: state.conversations().values().any(|one| one.unread > 0) },
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Unread(_) => "unread",
            _ => "empty",
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Loading | Self::Unread(_) => "Unread",
            Self::Failed(_) => "The conversations did not load",
            Self::First => "Welcome to Parlance",
            Self::New => "No conversations yet",
            Self::Read { .. } => "Nothing unread",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Loading | Self::First => String::new(),
            Self::Failed(text) => text.clone(),
            Self::New => "Choose somebody at the left, or make a group.".to_owned(),
            Self::Read { muted: false } => {
                "You have read everything. What comes next is listed here.".to_owned()
            }
            Self::Read { muted: true } => {
                "You have read everything but what you muted. What comes next is listed here.".to_owned()
            }
            Self::Unread(waiting) => waiting.words(),
        }
    }
}

impl Waiting {
    fn words(self) -> String {
        let Self { conversations, messages, mentions } = self;
        let messages = if messages == 1 { "1 message".to_owned() } else { format!("{messages} messages") };
        let places = if conversations == 1 {
            "1 conversation".to_owned()
        } else {
            format!("{conversations} conversations")
        };
        match mentions {
            0 => format!("{messages} in {places}"),
            1 => format!("{messages} in {places}; 1 mentions you"),
            _ => format!("{messages} in {places}; {mentions} mention you"),
        }
    }
}

#[component]
pub(crate) fn Home() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    store.act(Action::Close);
    let first = is_first(store);
    let shown = store.select(|| [Topic::List, Topic::Unread], Look::of);
    let look = Memo::new(move |_| if first.get() { Look::First } else { shown.get() });
    let name = Memo::new(move |_| look.with(Look::name));
    let words = Memo::new(move |_| look.with(Look::words));
    // Said once it has settled, and not when the page begins.
    let said: Signal<String> = rested(words, SAID);
    let title = NodeRef::new();
    take_lost_focus(title);
    let pane: NodeRef<html::Div> = NodeRef::new();
    let walk = move |event: KeyboardEvent| {
        let step = match pressed(IN_SIDEBAR, &event) {
            Some(InSidebar::Down) => 1,
            Some(InSidebar::Up) => -1,
            _ => return,
        };
        if pane.get_untracked().is_some_and(|pane| focus::walk(&pane, "li > a", step)) {
            event.prevent_default();
        }
    };
    view! {
        <main class="conversation" inert=Signal::derive(move || screen.pane_is_covered())>
            <div class="home" data-look=name node_ref=pane on:keydown=walk>
                <div class="home-column">
                    <Logo />
                    <h1 class="home-title" tabindex="-1" node_ref=title prop:textContent=move || look.with(Look::title)></h1>
                    <p class="home-words" prop:textContent=words></p>
                    <div class="home-body"><Body look /></div>
                </div>
            </div>
            <div class="visually-hidden" role="status" prop:textContent=said></div>
            <div class="dock"><div class="dock-float"><Banner /></div></div>
        </main>
    }
}

/// What there is to do.
#[component]
fn Body(look: Memo<Look>) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let waiting = store.select(|| [Topic::List, Topic::Unread], ChatState::waiting);
    // The list stays while its numbers change.
    let kind = Memo::new(move |_| match look.get() {
        Look::Unread(_) => Look::Unread(Waiting::default()),
        other => other,
    });
    move || match kind.get() {
        Look::Unread(_) => view! {
            <ConversationRows ids=waiting scroller=SCROLLER />
        }
        .into_any(),
        Look::Loading => view! { <Skeleton rows=4 /> }.into_any(),
        Look::Failed(_) => view! { <TryAgain on_press=move |()| store.act(Action::ListAgain) /> }.into_any(),
        Look::First => view! { <FirstRun /> }.into_any(),
        Look::New => view! {
            <button class="button" type="button" on:click=move |_| screen.new_group.set(true)>
                <Icon name="plus" small=true />
                "New group"
            </button>
        }
        .into_any(),
        Look::Read { .. } => ().into_any(),
    }
}

#[cfg(test)]
mod tests {
    use protocol::{GroupId, Message, MessageId, Recipient, Seq, ServerEvent, User, UserId};

    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BEN: UserId = UserId::from_bytes([2; 16]);
    const LUNCH: GroupId = GroupId::from_bytes([3; 16]);

    fn ann() -> ChatState {
        ChatState::new(User { id: ANN, username: "ann".parse().unwrap() })
    }

    fn writes(state: &mut ChatState, recipient: Recipient, mentions: Vec<UserId>) {
        let id = MessageId::from_bytes([4; 16]);
        let message = Message::new(id, BEN, recipient, Seq(1), "hello".parse().unwrap());
        let message = Message { mentions, ..message };
        let _ = state.apply(match recipient {
            Recipient::User(_) => ServerEvent::PrivateMessage(message),
            Recipient::Group(_) => ServerEvent::GroupMessage(message),
        });
    }

    #[test]
    fn what_came_is_shown_even_before_the_list() {
        let mut state = ann();
        assert_eq!(Look::of(&state), Look::Loading);
        writes(&mut state, Recipient::User(ANN), vec![]);
        assert_eq!(Look::of(&state).words(), "1 message in 1 conversation");
        writes(&mut state, Recipient::Group(LUNCH), vec![ANN]);
        assert_eq!(Look::of(&state).words(), "2 messages in 2 conversations; 1 mentions you");
    }

    #[test]
    fn without_anything_unread_it_says_why() {
        let mut state = ann();
        state.list = Load::Failed("The server does not answer.".to_owned());
        assert_eq!(Look::of(&state).words(), "The server does not answer.");
        state.list = Load::Loaded;
        assert_eq!(Look::of(&state), Look::New);
        writes(&mut state, Recipient::User(ANN), vec![]);
        let conversation = protocol::ConversationId::User(BEN);
        let mute = protocol::ConversationMuted { conversation, muted: true };
        let _ = state.act(Action::Muted(mute));
        assert_eq!(Look::of(&state), Look::Read { muted: true });
        let _ = state.act(Action::Read(conversation, Seq(1)));
        assert_eq!(Look::of(&state), Look::Read { muted: false });
    }
}
