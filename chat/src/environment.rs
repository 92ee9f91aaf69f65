//! What a program must bring to run a chat.
//!
//! Everything here is called on one thread, and nothing needs to be `Send`: a browser has one
//! thread, and a native program runs its chat on a `LocalSet`.

use std::{rc::Rc, time::Duration};

use futures::future::LocalBoxFuture;
use protocol::{
    ClientId, ConversationId, ConversationMuted, Group, GroupId, ReadUpTo, RenewedToken, Seq, UserId,
};
use serde::{Deserialize, Serialize};

use crate::outbox::Unsent;

/// The parts of a program that a [`Runtime`](crate::Runtime) uses.
#[derive(Clone)]
pub struct Environment {
    /// Where unsent commands are kept.
    pub disk: Rc<dyn Disk>,
    /// How time passes.
    pub clock: Rc<dyn Clock>,
    /// The login that the connection shows.
    pub login: Rc<dyn Login>,
    /// The program's other windows.
    pub tabs: Rc<dyn Tabs>,
    /// Spreads the waits, so that a thousand clients do not return at once.
    pub seed: u64,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

/// A store for unsent commands, one record each, that survives the program. Requests are carried
/// out in the order in which they are made.
pub trait Disk {
    /// Keeps a message, and replaces what is kept of it already. Resolves to whether it would survive
    /// the program. The message is shown and sent only then, so the future must end.
    fn keep(&self, unsent: &Unsent) -> LocalBoxFuture<'static, bool>;
    /// Removes what was kept of a message.
    fn forget(&self, client_id: &ClientId) -> LocalBoxFuture<'static, ()>;
    /// Everything that is kept, in any order; nothing if the store does not work.
    fn read(&self) -> LocalBoxFuture<'static, Vec<Unsent>>;
}

/// A clock.
pub trait Clock {
    /// Resolves after this time.
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()>;
}

/// A login: a token for the connection, and a way to a new one.
pub trait Login {
    /// How long until the present token must be renewed.
    fn renew_in(&self) -> Duration;
    /// The server gave a new token over the connection.
    fn renewed(&self, token: RenewedToken);
    /// Gets a new token without the connection, because the server refused the present one.
    fn refresh(&self) -> LocalBoxFuture<'static, Result<(), RefreshError>>;
    /// The login is over. The sentence says why.
    fn end(&self, sentence: String);
}

/// Why there is no new token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshError {
    /// The login is over: a person has to log in again.
    Ended(String),
    /// The server could not be asked; it may be asked again.
    Unavailable(String),
}

/// The windows of one program that share a login, and perhaps a connection. The server tells what one
/// of them did only to the person's *other* connections.
pub trait Tabs {
    /// Whether this window has to bring the connection back.
    fn leads(&self) -> bool;
    /// Tells the others, which hand it to [`Runtime::hear_tab`](crate::Runtime::hear_tab).
    fn tell(&self, news: TabNews);
}

/// Identifies a window among those of a program, for as long as it is there.
pub type TabId = u32;

/// What one window did and the others have to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TabNews {
    /// It read a conversation up to here.
    Read {
        /// Which.
        conversation: ConversationId,
        /// The last message read.
        seq: Seq,
        /// How often something was marked as unread before.
        #[serde(default)]
        mark: u64,
    },
    /// It marked something as unread; this is what the server answered.
    Unread(ReadUpTo),
    /// It made or joined a group.
    Joined(Group),
    /// It left a group.
    Left(GroupId),
    /// It muted a conversation, or no longer does.
    Muted(ConversationMuted),
    /// A command was refused, or is tried again.
    Unsent(Box<Unsent>),
    /// A command is done with: the server has it, took it back, or somebody gave it up. It is never to be sent
    /// again.
    Done(ClientId),
    /// It shows these people, and wants to know of their presence.
    Watches {
        /// Which window.
        tab: TabId,
        /// All of them.
        users: Vec<UserId>,
        /// It is new, and the others are to say whom they show.
        asks: bool,
    },
    /// This window is closed, or put away.
    Gone(TabId),
    /// It heard over the connection that it shares who is online (true), and who is not.
    Presence(Vec<(UserId, bool)>),
}

/// A program with one window.
#[derive(Clone, Copy, Debug, Default)]
pub struct OneTab;

impl Tabs for OneTab {
    fn leads(&self) -> bool {
        true
    }

    fn tell(&self, _news: TabNews) {}
}
