//! Keeping a connection authorised.

use protocol::{Handle, RenewToken, RenewedToken};

use crate::{
    auth::token::Issued,
    error::{Error, Result},
    session::Session,
};

impl Handle<RenewToken> for Session {
    async fn handle(&self, RenewToken {}: RenewToken) -> Result<RenewedToken> {
        if self.app.store.session(self.id).await?.is_none() {
            return Err(Error::unauthorized("Your session was ended. Log in again."));
        }
        let Issued { token, expires_at } = self.app.tokens.issue(self.user.id, self.id)?;
        self.renew(expires_at);
        Ok(RenewedToken { token, expires_at })
    }
}
