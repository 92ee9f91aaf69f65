//! Making, finding, joining and leaving groups.

use protocol::{
    CreateGroup, FindGroups, GetGroup, Group, Handle, JoinGroup, LeaveGroup, LeftGroup, ListGroups,
    ListMembers, User,
};

use crate::{error::Result, session::Session};

impl Handle<CreateGroup> for Session {
    async fn handle(&self, event: CreateGroup) -> Result<Group> {
        self.app.store.create_group(self.user.id, self.socket, event.name, event.visibility).await
    }
}

impl Handle<JoinGroup> for Session {
    async fn handle(&self, event: JoinGroup) -> Result<Group> {
        self.app.store.join_group(self.user.clone(), event.group_id).await
    }
}

impl Handle<LeaveGroup> for Session {
    async fn handle(&self, event: LeaveGroup) -> Result<LeftGroup> {
        self.app.store.leave_group(self.user.id, event.group_id).await
    }
}

impl Handle<FindGroups> for Session {
    async fn handle(&self, event: FindGroups) -> Result<Vec<Group>> {
        self.app.store.find_groups(&event.query).await
    }
}

impl Handle<ListGroups> for Session {
    async fn handle(&self, ListGroups {}: ListGroups) -> Result<Vec<Group>> {
        self.app.store.own_groups(self.user.id).await
    }
}

impl Handle<GetGroup> for Session {
    async fn handle(&self, event: GetGroup) -> Result<Group> {
        self.app.store.group(event.group_id).await
    }
}

impl Handle<ListMembers> for Session {
    async fn handle(&self, event: ListMembers) -> Result<Vec<User>> {
        self.app.store.members(self.user.id, event.group_id).await
    }
}
