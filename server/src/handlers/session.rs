//! Keeping a connection authorised.

use protocol::{Handle, RenewToken, RenewedToken};

use crate::{
    auth::token::{Grant, Issued},
    error::{Error, Result},
    session::Session,
    store::session::{Live, Next},
};

impl Handle<RenewToken> for Session {
    async fn handle(&self, RenewToken {}: RenewToken) -> Result<RenewedToken> {
        self.app.limits.renewals.take(self.user.id)?;
        let ended = || Error::unauthorized("Your session was ended. Log in again.");
        let Live { ends_at, .. } = self.app.store.session(self.id).await?.ok_or_else(ended)?;
        let grant = Grant { user: self.user.id, session: self.id, rotation: self.rotation, ends_at };
        let Issued { token, id, expires_at, expires_in } = self.app.tokens.issue(grant)?;
        let next = Next { old: self.token(), new: id, expires_at };
        if !self.app.store.renew_token(self.id, next).await? {
            return Err(ended());
        }
        self.renew(id, expires_at);
        Ok(RenewedToken { token, expires_at, expires_in })
    }
}

#[cfg(test)]
mod tests {
    use protocol::limits;

    use super::*;
    use crate::testing::TestApp;

    #[tokio::test]
    async fn a_renewed_token_is_of_the_same_session_and_keeps_the_connection() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let before = ann.expires_at();
        let renewed = ann.handle(RenewToken {}).await.unwrap();
        let claimed = test_app.tokens.verify(&renewed.token).unwrap();
        assert_eq!((claimed.user, claimed.session), (ann.user.id, ann.id));
        assert!(ann.expires_at() > before);
        assert_eq!(ann.expires_at(), renewed.expires_at);
        // A token lasts a minute here, and begins with its second.
        assert!((59_000..=60_000).contains(&renewed.expires_in), "{}", renewed.expires_in);
    }

    #[tokio::test]
    async fn nobody_renews_much_more_often_than_all_their_sockets_need() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        for _ in 0..limits::RENEWALS_A_TOKEN {
            test_app.limits.renewals.take(ann.user.id).unwrap();
        }
        assert!(matches!(ann.handle(RenewToken {}).await, Err(Error::TooSoon(_))));
        let ben = test_app.session("ben").await;
        ben.handle(RenewToken {}).await.unwrap();
    }

    #[tokio::test]
    async fn a_session_that_was_ended_cannot_be_renewed() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        test_app.store.end_session(ann.id).await.unwrap();
        assert!(matches!(ann.handle(RenewToken {}).await, Err(Error::Refused(_))));
        ann.end();
        let ended = ann.expires_at();
        ann.renew(ann.token(), protocol::Timestamp(i64::MAX));
        assert_eq!(ann.expires_at(), ended);
    }
}
