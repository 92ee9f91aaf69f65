//! Making, finding, joining and leaving groups.

use protocol::{
    CreateGroup, FindGroups, GetGroup, Group, Handle, JoinGroup, LeaveGroup, LeftGroup, ListGroups,
    ListMembers, User, limits,
};

use crate::{error::Result, session::Session, store::part::Part};

impl Handle<CreateGroup> for Session {
    async fn handle(&self, event: CreateGroup) -> Result<Group> {
        self.app.store.create_group(self.user.id, self.socket, event).await
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
        self.app.limits.events.take_more(self.user.id, limits::SEARCH_COST - 1)?;
        self.app.store.find_groups(self.user.id, &event.query).await
    }
}

impl Handle<ListGroups> for Session {
    async fn handle(&self, event: ListGroups) -> Result<Vec<Group>> {
        let ListGroups { after, limit } = event;
        self.app.store.own_groups(self.user.id, Part { after, limit }).await
    }
}

impl Handle<GetGroup> for Session {
    async fn handle(&self, event: GetGroup) -> Result<Group> {
        self.app.store.group(event.group_id).await
    }
}

impl Handle<ListMembers> for Session {
    async fn handle(&self, event: ListMembers) -> Result<Vec<User>> {
        let ListMembers { group_id, after, limit } = event;
        self.app.store.members(self.user.id, group_id, Part { after, limit }).await
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ErrorCode, Visibility};

    use super::*;
    use crate::{domain_event::DomainEvent, error::Error, testing::TestApp};

    #[tokio::test]
    async fn the_socket_that_makes_a_group_is_named_so_that_it_is_not_told_twice() {
        let mut test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let event =
            CreateGroup { name: "Lunch".parse().unwrap(), visibility: Visibility::Public, client_id: None };
        let group = ann.handle(event).await.unwrap();
        let told = DomainEvent::GroupCreated { group, by: ann.user.id, from: ann.socket };
        assert_eq!(test_app.domain_events.recv().await, Some(told));
    }

    #[tokio::test]
    async fn members_are_listed_to_members_only() {
        let test_app = TestApp::new();
        let (ann, ben) = (test_app.session("ann").await, test_app.session("ben").await);
        let event =
            CreateGroup { name: "Lunch".parse().unwrap(), visibility: Visibility::Public, client_id: None };
        let group_id = ann.handle(event).await.unwrap().id;
        match ben.handle(ListMembers::of(group_id)).await {
            Err(Error::Refused(body)) => assert_eq!(body.code, ErrorCode::NotAMember),
            other => panic!("{other:?}"),
        }
        ben.handle(JoinGroup { group_id }).await.unwrap();
        let members = ben.handle(ListMembers::of(group_id)).await.unwrap();
        assert_eq!(members, [ann.user.clone(), ben.user.clone()]);
    }
}
