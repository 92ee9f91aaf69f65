//! What components ask the server for by themselves. An error is a sentence for people.

use protocol::{
    Call, Chat, ConversationId, CreateGroup, FindGroups, FindUsers, GetGroup, GetUsers, Group, GroupId,
    GroupName, JoinGroup, LeaveGroup, ListMembers, Peer, User, Visibility,
};

use super::{Answered, App, sentence};
use crate::state::{Action, Answer};

type Asked<T> = Result<T, String>;

impl App {
    /// People by a part of their name; they are known from then on.
    pub(crate) async fn find_people(self, query: String) -> Asked<Vec<User>> {
        let users = self.request(FindUsers { query }).await?;
        self.change(|state| {
            state.people.learn(users.iter().cloned());
            vec![]
        });
        Ok(users)
    }

    /// Public groups by a part of their name.
    pub(crate) async fn find_groups(self, query: String) -> Asked<Vec<Group>> {
        self.request(FindGroups { query }).await
    }

    /// Who or what an address is about; none where there is no such person or group.
    pub(crate) async fn look_up(self, id: ConversationId) -> Asked<Option<Peer>> {
        match id {
            ConversationId::User(id) => {
                let mut users = self.request(GetUsers { user_ids: vec![id] }).await?;
                Ok(users.pop().map(|user| {
                    self.act(Action::Meet(Peer::User(user.clone())));
                    Peer::User(user)
                }))
            }
            ConversationId::Group(group_id) => {
                let Some(called) = self.call(GetGroup { group_id }) else { return Err(String::new()) };
                match called.await {
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
        let group = self.request(CreateGroup { name, visibility, client_id: None }).await?;
        Ok(self.entered(group))
    }

    pub(crate) async fn join_group(self, group_id: GroupId) -> Asked<ConversationId> {
        let group = self.request(JoinGroup { group_id }).await?;
        Ok(self.entered(group))
    }

    pub(crate) async fn leave_group(self, group_id: GroupId) -> Asked<()> {
        self.request(LeaveGroup { group_id }).await?;
        self.act(Action::Left(ConversationId::Group(group_id)));
        Ok(())
    }

    /// The members of one's own group; they are in the state from then on.
    pub(crate) async fn load_members(self, group_id: GroupId) -> Asked<()> {
        let members = self.request(ListMembers::of(group_id)).await?;
        self.answered(Answer::Members(ConversationId::Group(group_id), members));
        Ok(())
    }

    fn entered(self, group: Group) -> ConversationId {
        let id = ConversationId::Group(group.id);
        self.act(Action::Meet(Peer::Group(group)));
        id
    }

    fn request<E: Call<Catalogue = Chat>>(self, event: E) -> impl Future<Output = Asked<E::Ack>> + use<E> {
        /// Compiled once for all requests with the same kind of answer.
        async fn one<T>(called: Option<impl Future<Output = Answered<T>>>) -> Asked<T> {
            match called {
                Some(called) => called.await.map_err(sentence),
                // The page that asks is gone as well.
                None => Err(String::new()),
            }
        }
        one(self.call(event))
    }
}
