//! Carrying out what follows from a change of the state.

use std::time::Duration;

use client::CallError;
use futures::future::{Either, select};
use protocol::{
    AddReaction, Call, Chat, ConversationId, DeleteMessage, EditMessage, ErrorBody, ErrorCode, GetUsers,
    MarkRead, Message, PinMessage, RemoveReaction, SendGroupMessage, SendPrivateMessage, UnpinMessage,
    WatchPresence, limits,
};

use super::{Called, Runtime, SEND_PATIENCE};
use crate::{
    environment::TabNews,
    outbox::{Command, Unsent},
    state::{Answer, Effect},
};

/// How long to wait after the server said that it cannot take a message now: it was too much, or
/// its disk is full.
const TRY_LATER: Duration = Duration::from_secs(3);
/// How long to wait before a group's members are listed again because somebody came or went meanwhile.
const MEMBERS_AGAIN: Duration = Duration::from_secs(5);

impl Runtime {
    /// Calls are sent in the order in which this function is called.
    pub(super) fn perform(&self, effect: Effect) {
        let disk = &self.inner.environment.disk;
        match effect {
            Effect::Synchronise(request) => {
                let asked = request.clone();
                self.ask(request, |synced| Answer::Synced(asked, synced.map_err(sentence)));
            }
            Effect::Watch { users, ask } => {
                self.inner.opening.watch(users.clone());
                if ask {
                    let asked = users.clone();
                    self.ask(WatchPresence { user_ids: users }, |online| {
                        Answer::Watched(asked, online.map_err(sentence))
                    });
                }
            }
            Effect::TellTabs(news) => self.tell_tabs(news),
            Effect::GetUsers(user_ids) => {
                let ids = user_ids.clone();
                self.ask(GetUsers { user_ids }, |users| Answer::Users(ids, users.map_err(sentence)));
            }
            Effect::Fetch(fetch) => {
                let page = fetch.clone();
                self.ask(fetch, |answer| Answer::Fetched(page, answer.map_err(sentence)));
            }
            Effect::FetchChanges(fetch) => {
                let page = fetch.clone();
                self.ask(fetch, |answer| Answer::Changes(page, answer.map_err(sentence)));
            }
            Effect::MarkRead(read) => {
                let MarkRead { conversation, seq, mark } = read.clone();
                self.tell_tabs(TabNews::Read { conversation, seq, mark: mark.unwrap_or_default() });
                // If it fails, the next list of conversations shows that, and the server is told again.
                let (called, this) = (self.call(read), self.clone());
                self.spawn(async move {
                    if let Ok(read) = called.await {
                        this.answer(Answer::Read(read));
                    }
                });
            }
            Effect::MarkUnread(mark) => {
                // The same holds for this.
                let (called, this) = (self.call(mark.clone()), self.clone());
                self.spawn(async move {
                    if let Ok(read) = called.await {
                        this.answer(Answer::MarkedUnread(mark, read));
                    }
                });
            }
            Effect::SayTyping(typing) => {
                self.inner.client.emit_volatile(&typing);
                self.answer_after(limits::TYPING_AGAIN, Answer::SaidTyping(typing.conversation));
            }
            Effect::AwaitTyping(id, user, heard) => {
                self.answer_after(limits::TYPING_LASTS, Answer::TypingLasted(id, user, heard));
            }
            Effect::ListReceipts(list, question) => {
                self.ask(list, move |receipts| Answer::Receipts(question, receipts.map_err(sentence)));
            }
            Effect::ListMembers(group) => {
                // If it fails, the page asks again after the break.
                let this = self.clone();
                self.spawn(async move { drop(this.load_members(group).await) });
            }
            Effect::AwaitMembers(group) => self.answer_after(MEMBERS_AGAIN, Answer::MembersAreDue(group)),
            Effect::MarkDelivered(mark) => {
                // If it fails, it is said again over the next connection.
                let called = self.call(mark);
                self.spawn(async move { drop(called.await) });
            }
            Effect::AwaitDeliveries(time) => self.answer_after(time, Answer::DeliveriesAreDue),
            Effect::Send(unsent) => self.send(unsent),
            Effect::Keep(unsent) => {
                let (kept, this) = (disk.keep(&unsent), self.clone());
                self.spawn(async move { this.answer(Answer::Kept(unsent.client_id, kept.await)) });
            }
            Effect::Forget(client_id) => {
                let (forgotten, this) = (disk.forget(&client_id), self.clone());
                self.tell_tabs(TabNews::Done(client_id.clone()));
                self.spawn(async move {
                    forgotten.await;
                    // A tab that began meanwhile may have read what is removed only now.
                    this.tell_tabs(TabNews::Done(client_id));
                });
            }
            Effect::ReadOutbox => {
                let (stored, this) = (disk.read(), self.clone());
                self.spawn(async move { this.answer(Answer::Outbox(stored.await)) });
            }
        }
    }

    /// Asks the server now; the answer comes with the future.
    pub(super) fn call<E: Call<Catalogue = Chat>>(
        &self,
        event: E,
    ) -> impl Future<Output = Called<E::Ack>> + use<E> {
        let (called, this) = (self.inner.client.call(event), self.clone());
        async move {
            let answer = called.await;
            if !matches!(answer, Err(CallError::Failed(_))) {
                this.heard();
            }
            answer
        }
    }

    fn ask<E: Call<Catalogue = Chat>>(
        &self,
        event: E,
        answer: impl FnOnce(Called<E::Ack>) -> Answer + 'static,
    ) {
        let (called, this) = (self.call(event), self.clone());
        self.spawn(async move { this.answer(answer(called.await)) });
    }

    fn answer_after(&self, time: Duration, answer: Answer) {
        let this = self.clone();
        self.spawn(async move {
            this.sleep(time).await;
            this.answer(answer);
        });
    }

    fn send(&self, unsent: Unsent) {
        let client_id = Some(unsent.client_id.clone());
        match unsent.command.clone() {
            Command::Send { content, reply_to } => {
                let reply_to = reply_to.map(|quote| quote.message_id);
                match unsent.conversation {
                    ConversationId::User(recipient_id) => {
                        self.send_as(
                            unsent,
                            SendPrivateMessage { recipient_id, content, client_id, reply_to },
                        );
                    }
                    ConversationId::Group(group_id) => {
                        self.send_as(unsent, SendGroupMessage { group_id, content, client_id, reply_to });
                    }
                }
            }
            Command::Edit { message, content } => {
                self.send_as(unsent, EditMessage { message_id: message, content, client_id });
            }
            Command::Delete { message } => self.send_as(unsent, DeleteMessage { message_id: message }),
            Command::React { message: message_id, emoji, on: true } => {
                self.send_as(unsent, AddReaction { message_id, emoji });
            }
            Command::React { message: message_id, emoji, on: false } => {
                self.send_as(unsent, RemoveReaction { message_id, emoji });
            }
            Command::Pin { message, on: true } => self.send_as(unsent, PinMessage { message_id: message }),
            Command::Pin { message, on: false } => self.send_as(unsent, UnpinMessage { message_id: message }),
        }
    }

    fn send_as(&self, unsent: Unsent, event: impl Call<Catalogue = Chat, Ack = Message>) {
        let (called, this) = (self.call(event), self.clone());
        self.spawn(async move {
            let client_id = unsent.client_id;
            let heard_before = this.inner.heard.get();
            let late = Box::pin(this.sleep(SEND_PATIENCE));
            let answer = match select(Box::pin(called), late).await {
                Either::Left((answer, _)) => answer,
                Either::Right(((), called)) => {
                    this.answer(Answer::Late(client_id.clone()));
                    this.suspect(heard_before);
                    called.await
                }
            };
            let sent = this.sent(answer).await;
            this.answer(Answer::Sent(client_id, sent));
        });
    }

    /// The message, or why it was refused; the error is `None` if it is to be sent again.
    async fn sent(&self, answer: Called<Message>) -> Result<Message, Option<ErrorBody>> {
        match answer {
            Ok(message) => Ok(message),
            Err(CallError::Failed(_)) => Err(None),
            Err(CallError::Refused(error)) => match error.code {
                // It is kept here, and goes out when the server can take it.
                code if code.is_temporary() => {
                    self.sleep(TRY_LATER).await;
                    Err(None)
                }
                // Not the message's fault: it waits until the person is logged in again.
                ErrorCode::Unauthorized => Err(None),
                _ => Err(Some(error)),
            },
            Err(error) => Err(Some(ErrorBody::new(ErrorCode::Internal, sentence(error)))),
        }
    }

    pub(super) fn tell_tabs(&self, news: TabNews) {
        self.inner.environment.tabs.tell(news);
    }
}

/// What went wrong with a call, and what to do, for people.
pub(super) fn sentence(error: CallError<ErrorBody>) -> String {
    match error {
        CallError::Refused(error) => error.message,
        CallError::Failed(_) => "The server did not answer. Check the connection, then try again.".to_owned(),
        CallError::Unreadable(_) => {
            "The server answered something that this program does not understand. Load it again.".to_owned()
        }
    }
}
