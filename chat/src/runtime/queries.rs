//! What programs ask the server on their own, without the state: a search, a look at a group, joining
//! one. The program waits for the answer. If the answer concerns the state, the state has it by then.
//! An error is a sentence for people.

use std::collections::BTreeSet;

use client::CallError;
use protocol::{
    AddMembers, BanMember, BannedUser, Call, Chat, ClientId, ConversationId, CreateGroup, ErrorBody,
    ErrorCode, FindGroups, FindUsers, FormerText, FoundMessages, GetGroup, GetMessage, GetUsers, Group,
    GroupId, GroupName, JoinGroup, LastSeen, LeaveGroup, ListBanned, ListEdits, ListMembers, ListPins,
    ListSharedGroups, Member, Message, MessageId, MuteConversation, Peer, RemoveMember, Role, SearchMessages,
    SetRole, Timestamp, UnbanMember, User, UserId, Visibility, limits,
};

use super::{Cause, Runtime, effects::sentence};
use crate::{
    environment::TabNews,
    state::{Action, Answer},
};

/// The answer, or a sentence for people.
pub type Answered<T> = Result<T, String>;

impl Runtime {
    /// People by a part of their name; they are known from then on.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn find_people(&self, query: String) -> Answered<Vec<User>> {
        let users = self.query(FindUsers { query }).await?;
        self.learn(&users);
        Ok(users)
    }

    /// Public groups by a part of their name.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn find_groups(&self, query: String) -> Answered<Vec<Group>> {
        self.query(FindGroups { query }).await
    }

    /// Messages that fit a query; those who wrote them are known from then on. Within the answer, an error
    /// says what is wrong with the query.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn search_messages(&self, search: SearchMessages) -> Answered<Result<FoundMessages, String>> {
        let found = match self.call(search).await {
            Ok(found) => found,
            Err(CallError::Refused(error)) if error.code == ErrorCode::InvalidQuery => {
                return Ok(Err(error.message));
            }
            Err(error) => return Err(sentence(error)),
        };
        let senders = found.hits.iter().map(|hit| hit.message.sender_id);
        let unknown = self.with(|state| {
            senders.filter(|sender| state.people.get(*sender).is_none()).collect::<BTreeSet<_>>()
        });
        if !unknown.is_empty() {
            let users = self.query(GetUsers { user_ids: unknown.into_iter().collect() }).await?;
            self.learn(&users);
        }
        Ok(Ok(found))
    }

    /// Who or what a conversation is with; `None` if there is no such person or group. Whoever is banned from the
    /// group is known to be so from then on.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn look_up(&self, id: ConversationId) -> Answered<Option<Peer>> {
        match id {
            ConversationId::User(id) => {
                let mut users = self.query(GetUsers { user_ids: vec![id] }).await?;
                Ok(users.pop().map(|user| {
                    self.act(Action::Meet(Peer::User(user.clone())));
                    Peer::User(user)
                }))
            }
            ConversationId::Group(group_id) => match self.call(GetGroup { group_id }).await {
                Ok(group) => {
                    self.change(Cause::Network, |state| state.learn_ban(group_id, false));
                    Ok(Some(Peer::Group(group)))
                }
                Err(CallError::Refused(error)) if error.code == ErrorCode::UnknownGroup => Ok(None),
                Err(error) => Err(self.refused_from(group_id, error)),
            },
        }
    }

    /// Makes a group, with this person as its first member. With the same `client_id` it makes no second one.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn create_group(
        &self,
        client_id: ClientId,
        name: GroupName,
        visibility: Visibility,
    ) -> Answered<ConversationId> {
        let event = CreateGroup { name, visibility, client_id: Some(client_id) };
        let group = match self.call(event.clone()).await {
            Err(CallError::Failed(_)) => self.query(event).await?,
            answer => answer.map_err(sentence)?,
        };
        let made = group.id;
        let id = self.entered(group);
        self.change(Cause::Network, |state| state.made(made));
        Ok(id)
    }

    /// Joins a group. Whoever is banned from it is known to be so from then on.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn join_group(&self, group_id: GroupId) -> Answered<ConversationId> {
        match self.call(JoinGroup { group_id }).await {
            Ok(group) => Ok(self.entered(group)),
            Err(error) => Err(self.refused_from(group_id, error)),
        }
    }

    /// What went wrong with a group. If this person is banned from it, that is known from then on.
    fn refused_from(&self, group_id: GroupId, error: CallError<ErrorBody>) -> String {
        if matches!(&error, CallError::Refused(error) if error.code == ErrorCode::Banned) {
            self.change(Cause::Network, |state| state.learn_ban(group_id, true));
        }
        sentence(error)
    }

    /// Adds people to a group that this person is in.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn add_members(&self, group_id: GroupId, user_ids: Vec<UserId>) -> Answered<()> {
        // Events say who is in the group now, as they do when others add somebody.
        self.query(AddMembers { group_id, user_ids }).await.map(drop)
    }

    /// The groups that this person shares with somebody, by name.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn shared_groups(&self, user_id: UserId) -> Answered<Vec<Group>> {
        self.query(ListSharedGroups { user_id }).await
    }

    /// One message; `None` if there is none of this id that this person may read.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn message(&self, message_id: MessageId) -> Answered<Option<Message>> {
        match self.call(GetMessage { message_id }).await {
            Ok(message) => Ok(Some(message)),
            Err(CallError::Refused(error)) if error.code == ErrorCode::UnknownMessage => Ok(None),
            Err(error) => Err(sentence(error)),
        }
    }

    /// The texts that a message had before, the oldest first.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn former_texts(&self, message_id: MessageId) -> Answered<Vec<FormerText>> {
        let next = async |texts: &[FormerText]| {
            self.query(ListEdits { message_id, after: u32::try_from(texts.len()).ok() }).await
        };
        all_pages(PartialEq::eq, next).await
    }

    /// The pinned messages of a conversation, those pinned last first.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn pins(&self, conversation: ConversationId) -> Answered<Vec<Message>> {
        let next = async |pins: &[Message]| {
            let after = pins.last().and_then(Message::pin_place);
            self.query(ListPins { conversation, after }).await
        };
        // One that has changed meanwhile is the same message.
        all_pages(|one: &Message, other| one.id == other.id, next).await
    }

    /// When somebody was online last; `None` if they are online, or if that is not known.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn last_seen(&self, user_id: UserId) -> Answered<Option<Timestamp>> {
        Ok(self.query(LastSeen { user_id }).await?.at)
    }

    /// Mutes a conversation, or no longer does.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn mute(&self, conversation: ConversationId, muted: bool) -> Answered<()> {
        let muted = self.query(MuteConversation { conversation, muted }).await?;
        self.act(Action::Muted(muted.clone()));
        self.tell_tabs(TabNews::Muted(muted));
        Ok(())
    }

    /// Leaves a group.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn leave_group(&self, group_id: GroupId) -> Answered<()> {
        self.query(LeaveGroup { group_id }).await?;
        self.act(Action::Left(ConversationId::Group(group_id)));
        self.tell_tabs(TabNews::Left(group_id));
        Ok(())
    }

    /// Gives a member of a group another role, as its owner. Events say it to everybody.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn set_role(&self, group_id: GroupId, user_id: UserId, role: Role) -> Answered<()> {
        self.query(SetRole { group_id, user_id, role }).await
    }

    /// Removes a member from a group. Events say it to everybody.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn remove_member(&self, group_id: GroupId, user_id: UserId) -> Answered<()> {
        self.query(RemoveMember { group_id, user_id }).await
    }

    /// Removes somebody from a group and keeps them out of it.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn ban_member(&self, group_id: GroupId, user_id: UserId) -> Answered<()> {
        self.query(BanMember { group_id, user_id }).await
    }

    /// Lets somebody join again who was banned.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn unban_member(&self, group_id: GroupId, user_id: UserId) -> Answered<()> {
        self.query(UnbanMember { group_id, user_id }).await
    }

    /// Everybody who is banned from a group, by name; they are known from then on.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn banned(&self, group_id: GroupId) -> Answered<Vec<BannedUser>> {
        // All that a group can have fit on one page.
        let banned = self.query(ListBanned::of(group_id)).await?;
        let user = |banned: &BannedUser| User { id: banned.id, username: banned.username.clone() };
        self.learn(&banned.iter().map(user).collect::<Vec<_>>());
        Ok(banned)
    }

    /// The members of a group that this person is in; they are in the state from then on.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn load_members(&self, group_id: GroupId) -> Answered<()> {
        let heard = self.with(|state| state.heard_of_members(group_id));
        let mut members: Vec<Member> = Vec::new();
        loop {
            let after = members.last().map(|member| member.id);
            let page = self.query(ListMembers { group_id, after, limit: None }).await?;
            let is_last = page.len() < *limits::LIST_PAGE.end() as usize;
            members.extend(page);
            if is_last {
                break;
            }
        }
        self.answer(Answer::Members(group_id, heard, members));
        Ok(())
    }

    fn entered(&self, group: Group) -> ConversationId {
        let id = ConversationId::Group(group.id);
        self.tell_tabs(TabNews::Joined(group.clone()));
        self.act(Action::Meet(Peer::Group(group)));
        id
    }

    fn learn(&self, users: &[User]) {
        self.change(Cause::Network, |state| {
            state.learn(users.iter().cloned());
            vec![]
        });
    }

    pub(super) async fn query<E: Call<Catalogue = Chat>>(&self, event: E) -> Answered<E::Ack> {
        self.call(event).await.map_err(sentence)
    }
}

/// Asks for page after page, each with what came before, until one is empty. A server from before there were pages,
/// which one meets while several are upgraded, answers with everything each time.
async fn all_pages<T>(
    is_same: impl Fn(&T, &T) -> bool,
    mut next: impl AsyncFnMut(&[T]) -> Answered<Vec<T>>,
) -> Answered<Vec<T>> {
    let mut all = Vec::new();
    loop {
        let page = next(&all).await?;
        let is_known = |one| all.iter().any(|known| is_same(known, one));
        if page.is_empty() || page.iter().any(is_known) {
            return Ok(all);
        }
        all.extend(page);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::all_pages;

    #[test]
    fn pages_are_asked_for_until_one_is_empty() {
        let pages = async |all: &[u32]| Ok((1..=7).skip(all.len()).take(3).collect());
        assert_eq!(all_pages(u32::eq, pages).now_or_never().unwrap().unwrap(), [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_server_that_knows_no_pages_is_asked_twice_and_not_for_ever() {
        let everything = async |_: &[u32]| Ok(vec![1, 2, 3]);
        assert_eq!(all_pages(u32::eq, everything).now_or_never().unwrap().unwrap(), [1, 2, 3]);
        // Meanwhile something came before the others.
        let grows = async |known: &[u32]| Ok(if known.is_empty() { vec![1, 2, 3] } else { vec![4, 1, 2, 3] });
        assert_eq!(all_pages(u32::eq, grows).now_or_never().unwrap().unwrap(), [1, 2, 3]);
    }
}
