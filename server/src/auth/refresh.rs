//! The refresh token: names a session and proves that one may renew it. Lives in a cookie that
//! no script can read; the store knows only its hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{error::Result, ids::SessionId, store::session::RefreshHash};

pub(crate) struct RefreshSecret([u8; 32]);

impl RefreshSecret {
    pub(crate) fn random() -> Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        Ok(Self(secret))
    }

    pub(crate) fn hash(&self) -> RefreshHash {
        Sha256::digest(self.0).into()
    }

    /// What the cookie carries.
    pub(crate) fn token(&self, session: SessionId) -> String {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(&session.0);
        bytes[16..].copy_from_slice(&self.0);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn parse(token: &str) -> Option<(SessionId, Self)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (session, secret) = bytes.split_first_chunk::<16>()?;
        Some((SessionId(*session), Self(secret.try_into().ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_names_its_session_and_comes_back_the_same() {
        let secret = RefreshSecret::random().unwrap();
        let token = secret.token(SessionId([7; 16]));
        let (session, back) = RefreshSecret::parse(&token).unwrap();
        assert_eq!(session, SessionId([7; 16]));
        assert_eq!(back.hash(), secret.hash());
        for bad in ["", "x", &token[1..], &format!("{token}AAAA")] {
            assert!(RefreshSecret::parse(bad).is_none(), "{bad}");
        }
    }
}
