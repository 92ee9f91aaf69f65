//! Finding people.

use protocol::{ErrorBody, ErrorCode, FindUsers, GetUsers, Handle, User, limits};

use crate::{error::Result, session::Session};

impl Handle<FindUsers> for Session {
    async fn handle(&self, event: FindUsers) -> Result<Vec<User>> {
        self.app.limits.events.take_more(self.user.id, limits::SEARCH_COST - 1)?;
        self.app.store.find_users(self.user.id, &event.query).await
    }
}

impl Handle<GetUsers> for Session {
    async fn handle(&self, event: GetUsers) -> Result<Vec<User>> {
        if event.user_ids.len() > limits::GET_USERS_IDS {
            let sentence = format!(
                "One request may ask for at most {} people; this one asks for {}.",
                limits::GET_USERS_IDS,
                event.user_ids.len()
            );
            let field = Some("userIds".to_owned());
            return Err(ErrorBody { code: ErrorCode::InvalidPayload, message: sentence, field }.into());
        }
        self.app.store.users(self.user.id, event.user_ids).await
    }
}

#[cfg(test)]
mod tests {
    use protocol::UserId;

    use super::*;
    use crate::{error::Error, testing::TestApp};

    #[tokio::test]
    async fn people_can_be_asked_for_200_at_a_time() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let user_ids = vec![ann.user.id; 200];
        assert_eq!(ann.handle(GetUsers { user_ids }).await.unwrap().len(), 200);
        match ann.handle(GetUsers { user_ids: vec![UserId::from_bytes([9; 16]); 201] }).await {
            Err(Error::Refused(body)) => assert_eq!(body.field.as_deref(), Some("userIds")),
            other => panic!("{other:?}"),
        }
    }
}
