//! Who is typing.

use protocol::{Handle, ServerEvent, Typing, UserTyping, limits};

use crate::{
    delivery::{Audience, Delivery},
    error::Result,
    session::Session,
};

impl Handle<Typing> for Session {
    async fn handle(&self, Typing { conversation }: Typing) -> Result<()> {
        let me = self.user.id;
        let size = self.app.store.size(me, conversation).await?;
        let Some((to, conversation)) = Audience::others_in(conversation, me) else { return Ok(()) };
        let key = (self.socket, conversation);
        if size <= limits::TYPING_MEMBERS && self.app.limits.typing.take(key).is_ok() {
            let event = ServerEvent::UserTyping(UserTyping { conversation, user_id: me });
            // If there is no room, it is dropped as for a client that does not read.
            self.app.volatile.try_send(Delivery { to, event }).ok();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::{ConversationId, CreateGroup, ErrorCode, GroupId, JoinGroup, UserId, Visibility};

    use super::*;
    use crate::{error::Error, testing::TestApp};

    fn with(other: UserId) -> Typing {
        Typing { conversation: ConversationId::User(other) }
    }

    fn within(group: GroupId) -> Typing {
        Typing { conversation: ConversationId::Group(group) }
    }

    /// Long enough that the others are told again.
    async fn later() {
        // The store works in real time, so the clock stands still only here.
        tokio::time::pause();
        tokio::time::advance(limits::TYPING_APART + Duration::from_millis(1)).await;
        tokio::time::resume();
    }

    fn told(test_app: &mut TestApp) -> Option<(Audience, UserTyping)> {
        match test_app.volatile.try_recv().ok()? {
            Delivery { to, event: ServerEvent::UserTyping(typing) } => Some((to, typing)),
            other => panic!("{other:?}"),
        }
    }

    async fn group(of: &Session) -> GroupId {
        let name = "Lunch".parse().unwrap();
        let new = CreateGroup { name, visibility: Visibility::Public, client_id: None };
        of.handle(new).await.unwrap().id
    }

    #[tokio::test]
    async fn the_others_are_told_and_see_the_conversation_from_their_side() {
        let mut test_app = TestApp::new();
        let (ann, ben) = (test_app.session("ann").await, test_app.session("ben").await);
        ann.handle(with(ben.user.id)).await.unwrap();
        let conversation = ConversationId::User(ann.user.id);
        let typing = UserTyping { conversation, user_id: ann.user.id };
        assert_eq!(told(&mut test_app), Some((Audience::User(ben.user.id), typing)));
        let lunch = group(&ann).await;
        ann.handle(within(lunch)).await.unwrap();
        let conversation = ConversationId::Group(lunch);
        let typing = UserTyping { conversation, user_id: ann.user.id };
        assert_eq!(told(&mut test_app), Some((Audience::GroupExcept(lunch, ann.user.id), typing)));
        ann.handle(with(ann.user.id)).await.unwrap();
        assert_eq!(told(&mut test_app), None, "nobody else reads one's notes");
    }

    #[tokio::test]
    async fn they_are_told_once_in_a_while_and_of_each_conversation_apart() {
        let mut test_app = TestApp::new();
        let (ann, ben) = (test_app.session("ann").await, test_app.session("ben").await);
        let lunch = group(&ann).await;
        for _ in 0..5 {
            ann.handle(with(ben.user.id)).await.unwrap();
            ann.handle(within(lunch)).await.unwrap();
        }
        assert_eq!([(); 3].map(|()| told(&mut test_app).is_some()), [true, true, false]);
        later().await;
        ann.handle(with(ben.user.id)).await.unwrap();
        assert!(told(&mut test_app).is_some());
    }

    #[tokio::test]
    async fn strangers_are_refused_and_nobody_is_told() {
        let mut test_app = TestApp::new();
        let (ann, eve) = (test_app.session("ann").await, test_app.session("eve").await);
        let lunch = group(&ann).await;
        let nobody = [9; 16];
        for (event, code) in [
            (within(lunch), ErrorCode::NotAMember),
            (within(lunch), ErrorCode::NotAMember),
            (within(GroupId::from_bytes(nobody)), ErrorCode::UnknownGroup),
            (with(UserId::from_bytes(nobody)), ErrorCode::UnknownUser),
        ] {
            match eve.handle(event).await {
                Err(Error::Refused(body)) => assert_eq!(body.code, code),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(told(&mut test_app), None);
    }

    #[tokio::test]
    async fn a_group_with_too_many_members_is_not_told() {
        let mut test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let lunch = group(&ann).await;
        for number in 1..limits::TYPING_MEMBERS {
            let member = test_app.session(&format!("member{number}")).await;
            member.handle(JoinGroup { group_id: lunch }).await.unwrap();
        }
        ann.handle(within(lunch)).await.unwrap();
        assert!(told(&mut test_app).is_some());
        later().await;
        let last = test_app.session("last").await;
        last.handle(JoinGroup { group_id: lunch }).await.unwrap();
        last.handle(within(lunch)).await.unwrap();
        assert_eq!(told(&mut test_app), None);
    }
}
