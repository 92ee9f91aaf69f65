//! Changes of messages.

use protocol::{
    AddReaction, ChangeId, ChangesPage, ClientEvent, ClientId, DeleteMessage, EditMessage, Emoji, ErrorBody,
    ErrorCode, Message, MessageId, MessageText, PinMessage, Quote, RemoveReaction, Rev, ServerEvent,
    Timestamp, UnpinMessage, UserId, add_reaction, excerpt, remove_reaction,
};

use super::{Answer, ConversationKey, Server, data};

/// Messages on a page of changes: fewer than a real server has.
const PAGE: usize = 3;

type Told = Vec<(UserId, ServerEvent)>;

impl Server {
    pub(super) fn change(&mut self, me: UserId, event: &ClientEvent, told: &mut Told) -> Answer {
        match event {
            ClientEvent::EditMessage(EditMessage { message_id, content, client_id }) => {
                self.edit(me, *message_id, content, client_id.clone(), told)
            }
            ClientEvent::DeleteMessage(DeleteMessage { message_id }) => {
                let (place, index) = self.find(me, *message_id)?;
                let message = &self.files.history[&place][index];
                if message.is_deleted() && message.sender_id == me {
                    return Ok(data(&self.history(place)[index]));
                }
                self.make(me, *message_id, told, |message| {
                    if message.sender_id != me {
                        return Err(ErrorCode::NotYourMessage);
                    }
                    message.content = MessageText::deleted();
                    message.deleted_at = Some(Timestamp(0));
                    message.edited_at = None;
                    message.pinned_at = None;
                    message.reactions.clear();
                    Ok(true)
                })
            }
            ClientEvent::AddReaction(AddReaction { message_id, emoji }) => {
                self.react(me, *message_id, emoji, true, told)
            }
            ClientEvent::RemoveReaction(RemoveReaction { message_id, emoji }) => {
                self.react(me, *message_id, emoji, false, told)
            }
            ClientEvent::PinMessage(PinMessage { message_id }) => {
                self.make(me, *message_id, told, |message| {
                    Ok(message.pinned_at.replace(Timestamp(0)).is_none())
                })
            }
            ClientEvent::UnpinMessage(UnpinMessage { message_id }) => {
                self.make(me, *message_id, told, |message| Ok(message.pinned_at.take().is_some()))
            }
            other => panic!("the page sends no {}", other.name()),
        }
    }

    fn edit(
        &mut self,
        me: UserId,
        id: MessageId,
        content: &MessageText,
        client_id: Option<ClientId>,
        told: &mut Told,
    ) -> Answer {
        let key = (me, client_id.expect("ours has one"));
        if self.files.edited.contains(&key) {
            let (place, index) = self.find(me, id)?;
            return Ok(data(&self.history(place)[index]));
        }
        let answer = self.make(me, id, told, |message| {
            if message.sender_id != me {
                return Err(ErrorCode::NotYourMessage);
            }
            let changes = message.content != *content;
            if changes {
                message.edited_at = Some(Timestamp(0));
                message.content.clone_from(content);
            }
            Ok(changes)
        })?;
        self.files.edited.insert(key);
        Ok(answer)
    }

    fn react(&mut self, me: UserId, id: MessageId, emoji: &Emoji, on: bool, told: &mut Told) -> Answer {
        self.make(me, id, told, |message| {
            Ok(match on {
                true => add_reaction(&mut message.reactions, emoji, me),
                false => remove_reaction(&mut message.reactions, emoji, me),
            })
        })
    }

    fn find(&self, me: UserId, id: MessageId) -> Result<(ConversationKey, usize), ErrorBody> {
        let found = self.files.history.iter().find_map(|(place, messages)| {
            let index = messages.iter().position(|message| message.id == id)?;
            Some((*place, index))
        });
        let unknown = || ErrorBody::new(ErrorCode::UnknownMessage, "No such message.");
        let (place, index) = found.ok_or_else(unknown)?;
        if let ConversationKey::Group(group) = place {
            self.check_member(me, group)?;
        }
        Ok((place, index))
    }

    /// Changes a message; `change` says whether it did.
    fn make(
        &mut self,
        me: UserId,
        id: MessageId,
        told: &mut Told,
        change: impl FnOnce(&mut Message) -> Result<bool, ErrorCode>,
    ) -> Answer {
        let refused = |code| ErrorBody::new(code, "No.");
        let (place, index) = self.find(me, id)?;
        let message = &self.files.history[&place][index];
        if message.is_deleted() {
            return Err(refused(ErrorCode::MessageDeleted));
        }
        let mut changed = message.clone();
        let changes = change(&mut changed).map_err(refused)?;
        if changed.content != message.content {
            changed = self.mention(place, changed);
        }
        if changes {
            self.ids += 1;
            let change_id = ChangeId::from_bytes(u128::from(self.ids).to_be_bytes());
            let changes = self.files.changes.entry(place).or_default();
            changes.push(change_id);
            changed.rev = Rev(changes.len() as u64);
            changed.change_id = Some(change_id);
            if let Some(messages) = self.files.history.get_mut(&place) {
                messages[index] = changed;
            }
            let event = ServerEvent::MessageChanged(self.history(place).swap_remove(index));
            told.extend(self.people(place).into_iter().map(|user| (user, event.clone())));
        }
        Ok(data(&self.history(place)[index]))
    }

    pub(super) fn quote(&self, place: ConversationKey, quoted: MessageId) -> Result<Quote, ErrorBody> {
        let history = self.history(place);
        let quoted = history.iter().find(|message| message.id == quoted);
        let unknown = || ErrorBody::new(ErrorCode::UnknownMessage, "No such message.");
        let quoted = quoted.ok_or_else(unknown)?;
        Ok(Quote {
            message_id: quoted.id,
            seq: quoted.seq,
            sender_id: quoted.sender_id,
            excerpt: excerpt(&quoted.content),
        })
    }

    pub(super) fn changes_since(&self, place: ConversationKey, since: Rev) -> ChangesPage {
        let mut messages = self.history(place);
        messages.retain(|message| message.rev > since);
        messages.sort_by_key(|message| message.rev);
        let more = messages.len() > PAGE;
        messages.truncate(PAGE);
        let last = messages.last().map_or(Rev::ZERO, |last| last.rev);
        ChangesPage { messages, rev: if more { last } else { self.rev(place) }, more }
    }
}
