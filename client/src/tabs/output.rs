//! What a tab wants done.

use super::{TabId, TabMessage};
use crate::connection::{Answer, Command, Event};

/// Who asked the leader's connection for something.
#[derive(Debug, PartialEq)]
pub(crate) enum Asker<A> {
    /// This tab's own program.
    Here(A),
    /// Another tab: [`Tab::answered`](super::Tab::answered) sends the answer there.
    There { tab: TabId, call: u32 },
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Output<A> {
    /// Ask for the lock; [`Tab::elected`](super::Tab::elected) when it is ours. Takes the place of an earlier request.
    Elect {
        /// Take it from a tab that holds it and says nothing: it is frozen, or stuck.
        by_force: bool,
    },
    /// Give the lock back, or withdraw the request for it; end the connection, if there is one.
    Resign,
    /// Make a connection, and connect it.
    Start,
    /// Hand this to our connection.
    Forward(Command<Asker<A>>),
    /// Tell the other tabs.
    Post(TabMessage),
    /// Tell our program.
    Notify(Event),
    /// Answer our program.
    Answer(A, Answer),
}
