//! The context of every handler: who asks, from which session and socket.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use protocol::{Handler, Timestamp, User};

use crate::{
    app::App,
    auth::token::{Claimed, TokenId},
    error::Error,
};

/// Names a login. It goes into tokens and cookies, never into events.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SessionId(pub(crate) [u8; 16]);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_bytes(self.0).hyphenated().fmt(f)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

impl SessionId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        uuid::Uuid::try_parse(text).ok().map(|id| Self(id.into_bytes()))
    }
}

/// Names one connected socket for as long as the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SocketId(pub(crate) u64);

/// One connection of one person. Handlers are implemented on it, in `handlers/`.
pub(crate) struct Session {
    pub(crate) app: Arc<App>,
    pub(crate) id: SessionId,
    pub(crate) user: User,
    pub(crate) socket: SocketId,
    /// When the token it was authorised by expires. Renewed by `renewToken`.
    expires_at: AtomicI64,
    /// The newest of its tokens.
    token: Mutex<TokenId>,
    /// See [`Live`](crate::store::session::Live).
    pub(crate) rotation: u32,
}

impl Session {
    pub(crate) fn new(app: Arc<App>, claimed: &Claimed, user: User, socket: SocketId) -> Self {
        Self {
            app,
            id: claimed.session,
            user,
            socket,
            expires_at: AtomicI64::new(claimed.expires_at.0),
            token: Mutex::new(claimed.token),
            rotation: claimed.rotation,
        }
    }

    pub(crate) fn token(&self) -> TokenId {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn expires_at(&self) -> Timestamp {
        Timestamp(self.expires_at.load(Ordering::Relaxed))
    }

    /// Its authorisation is over, for good.
    pub(crate) fn end(&self) {
        self.expires_at.store(ENDED, Ordering::Relaxed);
    }

    /// Authorised for longer, unless it was ended meanwhile.
    pub(crate) fn renew(&self, token: TokenId, until: Timestamp) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
        let longer = |at: i64| (at != ENDED).then(|| at.max(until.0));
        self.expires_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, longer).ok();
    }
}

/// Before every time.
const ENDED: i64 = i64::MIN;

impl Handler for Session {
    type Error = Error;
}
