//! Making, finding, joining and leaving groups.

use protocol::{
    AddMembers, CreateGroup, FindGroups, GetGroup, Group, Handle, JoinGroup, LeaveGroup, LeftGroup,
    ListGroups, ListMembers, ListSharedGroups, Member, limits,
};

use crate::{
    error::{Error, Result},
    session::Session,
    store::part::Part,
};

impl Handle<CreateGroup> for Session {
    async fn handle(&self, event: CreateGroup) -> Result<Group> {
        self.app.store.create_group(self.user.id, self.origin(), event).await
    }
}

impl Handle<JoinGroup> for Session {
    async fn handle(&self, event: JoinGroup) -> Result<Group> {
        self.app.store.join_group(self.user.clone(), event.group_id).await
    }
}

impl Handle<AddMembers> for Session {
    async fn handle(&self, event: AddMembers) -> Result<Group> {
        let AddMembers { group_id, user_ids } = event;
        if user_ids.len() > limits::ADD_MEMBERS {
            let most = limits::ADD_MEMBERS;
            let sentence =
                format!("One request may add at most {most} people; this one adds {}.", user_ids.len());
            return Err(Error::too_many("userIds", sentence));
        }
        // Counts as if each had joined by themselves. The event has already paid for the first.
        let more = u32::try_from(user_ids.len()).unwrap_or(u32::MAX).saturating_sub(1);
        self.app.limits.events.take_more(self.user.id, more)?;
        self.app.store.add_members(self.user.id, group_id, user_ids).await
    }
}

impl Handle<ListSharedGroups> for Session {
    async fn handle(&self, event: ListSharedGroups) -> Result<Vec<Group>> {
        self.app.store.shared_groups(self.user.id, event.user_id).await
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
        self.app.store.group(self.user.id, event.group_id).await
    }
}

impl Handle<ListMembers> for Session {
    async fn handle(&self, event: ListMembers) -> Result<Vec<Member>> {
        let ListMembers { group_id, after, limit } = event;
        self.app.store.members(self.user.id, group_id, Part { after, limit }).await
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ErrorCode, GroupId, Role, UserId, Visibility};

    use super::*;
    use crate::{
        domain_event::{DomainEvent, Envelope, Origin},
        testing::TestApp,
    };

    #[tokio::test]
    async fn the_socket_that_makes_a_group_is_named_so_that_it_is_not_told_twice() {
        let mut test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let event =
            CreateGroup { name: "Lunch".parse().unwrap(), visibility: Visibility::Public, client_id: None };
        let group = ann.handle(event).await.unwrap();
        let event = DomainEvent::GroupCreated { group, by: ann.user.id };
        let told = Envelope { event, origin: Origin(Some(ann.socket)) };
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
        assert_eq!(
            members,
            [Member::new(ann.user.clone(), Role::Owner), Member::new(ben.user.clone(), Role::Member)]
        );
    }

    async fn lunch(ann: &Session) -> GroupId {
        let name = "Lunch".parse().unwrap();
        let event = CreateGroup { name, visibility: Visibility::Private, client_id: None };
        ann.handle(event).await.unwrap().id
    }

    fn refusal<T: std::fmt::Debug>(answer: Result<T>) -> (ErrorCode, Option<String>) {
        match answer {
            Err(Error::Refused(body)) => (body.code, body.field),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn fifty_people_can_be_added_at_a_time() {
        let test_app = TestApp::new();
        let (ann, ben) = (test_app.session("ann").await, test_app.session("ben").await);
        let group_id = lunch(&ann).await;
        let add = |count| AddMembers { group_id, user_ids: vec![ben.user.id; count] };
        let field = Some("userIds".to_owned());
        assert_eq!(refusal(ann.handle(add(51)).await), (ErrorCode::InvalidPayload, field));
        assert_eq!(ann.handle(add(0)).await.unwrap().member_count, 1);
        assert_eq!(ann.handle(add(50)).await.unwrap().member_count, 2, "named fifty times, added once");
    }

    #[tokio::test]
    async fn whoever_adds_pays_for_each() {
        let test_app = TestApp::new();
        let (ann, ben) = (test_app.session("ann").await, test_app.session("ben").await);
        let group_id = lunch(&ann).await;
        let mut carried_out = 0;
        let fifty = || AddMembers { group_id, user_ids: vec![ben.user.id; 50] };
        while carried_out < 100 && ann.handle(fifty()).await.is_ok() {
            carried_out += 1;
        }
        // The limit gives back only a part of one addition while this runs.
        let most = limits::EVENTS_AT_ONCE / 49;
        assert!((most..most + 3).contains(&carried_out), "{carried_out}");
    }

    #[tokio::test]
    async fn nobody_is_added_where_one_of_them_does_not_exist_or_by_who_is_no_member() {
        let test_app = TestApp::new();
        let (ann, ben) = (test_app.session("ann").await, test_app.session("ben").await);
        let group_id = lunch(&ann).await;
        let nobody = UserId::from_bytes([9; 16]);
        let add = |user_ids| AddMembers { group_id, user_ids };
        let field = Some("userIds".to_owned());
        let answer = ann.handle(add(vec![ben.user.id, nobody])).await;
        assert_eq!(refusal(answer), (ErrorCode::UnknownUser, field));
        assert_eq!(ann.handle(ListMembers::of(group_id)).await.unwrap().len(), 1);
        let answer = ben.handle(add(vec![ben.user.id])).await;
        assert_eq!(refusal(answer), (ErrorCode::NotAMember, None));
    }
}
