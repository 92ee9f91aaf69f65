//! What is to be done, and what came of it.

use std::time::Duration;

use protocol::{
    ChangesPage, ClientId, ConversationId, ErrorBody, FetchChanges, FetchHistory, GroupId, HistoryPage,
    ListReceipts, MarkDelivered, MarkRead, MarkUnread, Member, Message, ReadUpTo, Receipt, Synced,
    Synchronise, Typing, User, UserId,
};

use super::ChatState;
use crate::{environment::TabNews, outbox::Unsent};

/// What is to be done. The runtime does it and hands the [`Answer`] back.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask what changed.
    Synchronise(Synchronise),
    /// Watch these people. Each connection that is made from now on watches them from its beginning.
    Watch {
        /// All of them.
        users: Vec<UserId>,
        /// Ask the present connection for it now.
        ask: bool,
    },
    /// Tell the program's other windows.
    TellTabs(TabNews),
    /// Ask who these are.
    GetUsers(Vec<UserId>),
    /// Ask for a page of history.
    Fetch(FetchHistory),
    /// Ask what changed.
    FetchChanges(FetchChanges),
    /// Send a message, or have one changed.
    Send(Unsent),
    /// Keep an unsent command where it survives a reload and a crash, and replace what is kept of it
    /// already. It is shown and sent only after the answer, so there must be one.
    Keep(Unsent),
    /// Remove what was kept of a command.
    Forget(ClientId),
    /// Read everything that was kept.
    ReadOutbox,
    /// Tell the server how far this person has read.
    MarkRead(MarkRead),
    /// Tell it what is to be unread again.
    MarkUnread(MarkUnread),
    /// Say that this person is typing, if it can go out now. It is to be said again after
    /// [`TYPING_AGAIN`](protocol::limits::TYPING_AGAIN) at the earliest.
    SayTyping(Typing),
    /// Somebody was heard to be typing, which is over after
    /// [`TYPING_LASTS`](protocol::limits::TYPING_LASTS).
    AwaitTyping(ConversationId, UserId, Moment),
    /// Ask how far a conversation has reached the others in it.
    ListReceipts(ListReceipts, Question),
    /// Ask for a group's members again.
    ListMembers(GroupId),
    /// Wait a little before that: in a large group somebody comes or goes while its members are listed.
    AwaitMembers(GroupId),
    /// Tell the server what has reached this device. Nobody waits for the answer.
    MarkDelivered(MarkDelivered),
    /// Wait for as long before the server is told what has reached this device, or told again.
    AwaitDeliveries(Duration),
}

/// When somebody was last heard to be typing. It grows with each time.
pub type Moment = u64;

/// Identifies a question among those that were asked.
pub type Question = u64;

/// What came of an effect. A text is a sentence for people.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Of [`Effect::Synchronise`], to this request.
    Synced(Synchronise, Result<Synced, String>),
    /// Of [`Effect::Watch`], if it was asked: which of these are online.
    Watched(Vec<UserId>, Result<Vec<UserId>, String>),
    /// Of [`Effect::GetUsers`].
    Users(Vec<UserId>, Result<Vec<User>, String>),
    /// Of [`Effect::Fetch`].
    Fetched(FetchHistory, Result<HistoryPage, String>),
    /// Of [`Effect::FetchChanges`].
    Changes(FetchChanges, Result<ChangesPage, String>),
    /// Of [`Effect::MarkRead`].
    Read(ReadUpTo),
    /// Of [`Effect::MarkUnread`].
    MarkedUnread(MarkUnread, ReadUpTo),
    /// Of [`Effect::Send`]: the message, a refusal, or `None` if nobody knows.
    Sent(ClientId, Result<Message, Option<ErrorBody>>),
    /// No answer to [`Effect::Send`] came for a while; it may still come.
    Late(ClientId),
    /// Of [`Effect::Keep`]: whether it survives the program.
    Kept(ClientId, bool),
    /// Of [`Effect::ReadOutbox`]: what was kept for this person, in any order; nothing if the storage
    /// does not work.
    Outbox(Vec<Unsent>),
    /// Of [`Effect::SayTyping`]: its time is over.
    SaidTyping(ConversationId),
    /// Of [`Effect::AwaitTyping`]: its time is over.
    TypingLasted(ConversationId, UserId, Moment),
    /// Of [`Effect::ListReceipts`], to this question.
    Receipts(Question, Result<Vec<Receipt>, String>),
    /// Of [`Effect::AwaitDeliveries`]: its time is over.
    DeliveriesAreDue,
    /// Somebody asked for a group's members, or of [`Effect::ListMembers`]; what
    /// [`ChatState::heard_of_members`] said before it was asked for.
    Members(GroupId, u64, Vec<Member>),
    /// Of [`Effect::AwaitMembers`]: its time is over.
    MembersAreDue(GroupId),
}

impl ChatState {
    /// An effect was carried out.
    #[must_use = "effects are to be carried out"]
    pub fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Synced(request, synced) => self.synced(&request, synced),
            Answer::Watched(users, online) => self.watched_are(&users, online.ok()),
            Answer::Users(ids, users) => {
                let Ok(users) = users else {
                    self.people.were_not_answered(&ids);
                    return vec![];
                };
                self.people.were_answered(&ids);
                self.learn(users);
                self.ask_for_missing_names()
            }
            Answer::Fetched(fetch, page) => {
                let id = fetch.conversation;
                let messages = page.iter().flat_map(|page| &page.messages);
                let mut effects = self.met(messages);
                let came_or_went = page.iter().flat_map(|page| &page.changes);
                let came_or_went =
                    came_or_went.flat_map(|change| [change.user_id].into_iter().chain(change.removed_by));
                effects.extend(self.ask_for(came_or_went));
                let goes_on = self.change(id).is_some_and(|conversation| conversation.fetched(&fetch, page));
                // One page may not be all that is missing.
                if goes_on {
                    effects.extend(self.fetch(id));
                }
                effects
            }
            Answer::Changes(fetch, page) => {
                let id = fetch.conversation;
                let mut effects = self.met(page.iter().flat_map(|page| &page.messages));
                let goes_on =
                    self.change(id).is_some_and(|conversation| conversation.fetched_changes(&fetch, page));
                if goes_on {
                    effects.extend(self.fetch(id));
                }
                effects
            }
            Answer::Read(read) => self.read(&read),
            Answer::MarkedUnread(mark, read) => self.marked_unread(&mark, read),
            Answer::Sent(client_id, Ok(message)) => {
                let mut effects = self.receive(message);
                effects.extend(self.confirm(&client_id));
                effects
            }
            Answer::Sent(client_id, Err(Some(error))) => self.refuse(&client_id, error),
            Answer::Sent(client_id, Err(None)) => {
                let released = self.outbox.release(&client_id);
                self.changed_in_outbox(released.as_ref());
                // Without a connection it goes out with the next one.
                self.send_due()
            }
            Answer::Late(client_id) => {
                let late = self.outbox.late(&client_id);
                self.changed_in_outbox(late.as_ref());
                vec![]
            }
            Answer::Kept(client_id, kept) => {
                let kept = self.outbox.kept(&client_id, kept);
                self.changed_in_outbox(kept.as_ref());
                self.send_due()
            }
            Answer::Outbox(stored) => self.stored(stored),
            Answer::SaidTyping(id) => self.said_typing(id),
            Answer::TypingLasted(id, user, heard) => {
                self.typing_lasted(id, user, heard);
                vec![]
            }
            Answer::Receipts(question, receipts) => self.receipts_are(question, receipts),
            Answer::DeliveriesAreDue => self.deliveries_are_due(),
            Answer::Members(group, heard, members) => self.members_are(group, heard, members),
            Answer::MembersAreDue(group) => self.members_are_due(group),
        }
    }
}
