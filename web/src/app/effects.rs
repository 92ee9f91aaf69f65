//! Carrying out what follows from a change of the state.

use std::{future::Future, pin::Pin, time::Duration};

use crate::reactive::*;
use client::{CallError, delivery::Unsent};
use gloo_timers::future::sleep;
use protocol::{
    Call, Chat, ClientId, ConversationId, ErrorBody, ErrorCode, GetUsers, ListOnline, Message,
    SendGroupMessage, SendPrivateMessage,
};

use super::{Answered, App, complain, sentence};
use crate::{
    browser::{Drafts, OutboxRows},
    state::{Answer, Effect},
};

/// How long to wait after the server said that it was too much.
const RATE_LIMITED: Duration = Duration::from_secs(3);

impl App {
    pub(super) fn perform(self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Synchronise(request) => {
                    let asked = request.clone();
                    self.ask(request, |synced| Answer::Synced(asked, synced.map_err(sentence)));
                }
                Effect::ListOnline => {
                    self.ask(ListOnline {}, |online| Answer::Online(online.map_err(sentence)));
                }
                Effect::GetUsers(user_ids) => {
                    let ids = user_ids.clone();
                    self.ask(GetUsers { user_ids }, |users| Answer::Users(ids, users.map_err(sentence)));
                }
                Effect::Fetch(fetch) => {
                    let page = fetch.clone();
                    self.ask(fetch, |answer| Answer::Fetched(page, answer.map_err(sentence)));
                }
                Effect::Send(unsent) => self.send(unsent),
                Effect::Keep(unsent) => {
                    let Some(kept) = self.with_outbox(|rows| rows.keep(&unsent)) else { return };
                    let client_id = unsent.client_id;
                    self.later(Box::pin(async move { Answer::Kept(client_id, kept.await) }));
                }
                Effect::Forget(client_id) => drop(self.with_outbox(|rows| rows.forget(&client_id))),
                Effect::ReadOutbox => {
                    let Some(stored) = self.with_outbox(OutboxRows::read) else { return };
                    self.later(Box::pin(async move { Answer::Outbox(stored.await) }));
                }
                // When it fails, the next list of conversations shows it, and it is told again.
                Effect::MarkRead(read) => drop(self.call(read)),
            }
        }
    }

    fn ask<E: Call<Catalogue = Chat>>(
        self,
        event: E,
        answer: impl FnOnce(Answered<E::Ack>) -> Answer + 'static,
    ) {
        let Some(called) = self.call(event) else { return };
        self.later(Box::pin(async move { answer(called.await) }));
    }

    /// What every answer has in common is compiled once.
    fn later(self, answer: Pin<Box<dyn Future<Output = Answer>>>) {
        spawn_local(async move { self.answered(answer.await) });
    }

    fn send(self, unsent: Unsent) {
        let Unsent { client_id, conversation, content, .. } = unsent;
        let id = Some(client_id.clone());
        match conversation {
            ConversationId::User(recipient_id) => {
                let event = SendPrivateMessage { recipient_id, content, client_id: id };
                self.send_as(client_id, event);
            }
            ConversationId::Group(group_id) => {
                let event = SendGroupMessage { group_id, content, client_id: id };
                self.send_as(client_id, event);
            }
        }
    }

    fn send_as(self, client_id: ClientId, event: impl Call<Catalogue = Chat, Ack = Message>) {
        let Some(called) = self.call(event) else { return };
        self.later(Box::pin(async move { Answer::Sent(client_id, sent(called.await).await) }));
    }

    fn with_outbox<T>(self, ask: impl FnOnce(&OutboxRows) -> T) -> Option<T> {
        self.outbox.update(|rows| rows.as_ref().map(ask)).flatten()
    }

    pub(crate) fn drafts(self) -> Option<Drafts> {
        self.drafts.update(|drafts| drafts.clone())
    }

    /// Gets a new token before the present one expires, again and again.
    pub(super) async fn renew(self) {
        let token = self.session.token();
        let mut wait = token.renew_in();
        loop {
            sleep(wait).await;
            let Some(called) = self.call(protocol::RenewToken {}) else { return };
            wait = match called.await {
                Ok(renewed) => {
                    token.renew(renewed);
                    token.renew_in()
                }
                // Should it expire meanwhile, the next connection begins with the cookie.
                Err(error) => {
                    complain(error);
                    Duration::from_secs(30)
                }
            };
        }
    }
}

/// The message, or why it was refused; no reason when it is to be sent again.
async fn sent(answered: Answered<Message>) -> Result<Message, Option<ErrorBody>> {
    match answered {
        Ok(message) => Ok(message),
        Err(CallError::Failed(_)) => Err(None),
        Err(CallError::Refused(error)) => match error.code {
            ErrorCode::RateLimited => {
                sleep(RATE_LIMITED).await;
                Err(None)
            }
            // Not the message's fault: it waits until one is logged in again.
            ErrorCode::Unauthorized => Err(None),
            _ => Err(Some(error)),
        },
        Err(error) => Err(Some(ErrorBody::new(ErrorCode::Internal, sentence(error)))),
    }
}
