//! What components ask the server for by themselves. An error is a sentence for people.

use crate::reactive::*;
use client::Client;
use protocol::{
    Call, Chat, ConversationId, CreateGroup, FindGroups, FindUsers, GetGroup, GetUsers, Group, GroupId,
    GroupName, JoinGroup, LeaveGroup, ListMembers, Peer, User, Visibility,
};

use super::{App, sentence};
use crate::state::{Action, Answer};

type Asked<T> = Result<T, String>;

impl App {
    /// People by a part of their name; they are known from then on.
    pub(crate) async fn find_people(self, query: String) -> Asked<Vec<User>> {
        let users = self.call(FindUsers { query }).await?;
        self.change(|state| {
            state.people.learn(users.iter().cloned());
            vec![]
        });
        Ok(users)
    }

    /// Public groups by a part of their name.
    pub(crate) async fn find_groups(self, query: String) -> Asked<Vec<Group>> {
        self.call(FindGroups { query }).await
    }

    /// Who or what an address is about; none where there is no such person or group.
    pub(crate) async fn look_up(self, id: ConversationId) -> Asked<Option<Peer>> {
        match id {
            ConversationId::User(id) => {
                let mut users = self.call(GetUsers { user_ids: vec![id] }).await?;
                Ok(users.pop().map(|user| {
                    self.act(Action::Meet(Peer::User(user.clone())));
                    Peer::User(user)
                }))
            }
            ConversationId::Group(group_id) => {
                match self.client.with_value(|client| client.call(GetGroup { group_id })).await {
                    Ok(group) => Ok(Some(Peer::Group(group))),
                    Err(client::CallError::Refused(error))
                        if error.code == protocol::ErrorCode::UnknownGroup =>
                    {
                        Ok(None)
                    }
                    Err(error) => Err(sentence(error)),
                }
            }
        }
    }

    pub(crate) async fn create_group(self, name: GroupName, visibility: Visibility) -> Asked<ConversationId> {
        let group = self.call(CreateGroup { name, visibility }).await?;
        Ok(self.entered(group))
    }

    pub(crate) async fn join_group(self, group_id: GroupId) -> Asked<ConversationId> {
        let group = self.call(JoinGroup { group_id }).await?;
        Ok(self.entered(group))
    }

    pub(crate) async fn leave_group(self, group_id: GroupId) -> Asked<()> {
        self.call(LeaveGroup { group_id }).await?;
        self.act(Action::Left(ConversationId::Group(group_id)));
        Ok(())
    }

    /// The members of one's own group; they are in the state from then on.
    pub(crate) async fn load_members(self, group_id: GroupId) -> Asked<()> {
        let members = self.call(ListMembers { group_id }).await?;
        self.answered(Answer::Members(ConversationId::Group(group_id), members));
        Ok(())
    }

    fn entered(self, group: Group) -> ConversationId {
        let id = ConversationId::Group(group.id);
        self.act(Action::Meet(Peer::Group(group)));
        id
    }

    async fn call<E: Call<Catalogue = Chat>>(self, event: E) -> Asked<E::Ack> {
        let client: Option<Client<Chat>> = self.client.try_get_value();
        // Without one, the page that asks is gone as well.
        let called = client.as_ref().map(|client| client.call(event));
        drop(client);
        match called {
            Some(called) => called.await.map_err(sentence),
            None => Err(String::new()),
        }
    }
}
