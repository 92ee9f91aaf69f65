//! The context of every handler: who asks, from which session and socket.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use protocol::{Handler, Timestamp, User, UserId};

use crate::{
    app::App,
    auth::token::{Claimed, TokenId},
    clock,
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
    /// See [`place_taken`](Self::place_taken).
    place_taken: AtomicBool,
    /// It is told of those whom it watches, and not of everybody who comes and goes.
    watches: AtomicBool,
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
            place_taken: AtomicBool::new(false),
            watches: AtomicBool::new(false),
        }
    }

    pub(crate) fn token(&self) -> TokenId {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn expires_at(&self) -> Timestamp {
        Timestamp(self.expires_at.load(Ordering::Relaxed))
    }

    /// The event that a handler carries out has its place in the order of everything that is
    /// written, so that the socket's next event may begin before this one is over.
    pub(crate) fn place_taken(&self) {
        self.place_taken.store(true, Ordering::Relaxed);
    }

    /// Whether a handler said so since the last time this was asked.
    pub(crate) fn is_place_taken(&self) -> bool {
        self.place_taken.swap(false, Ordering::Relaxed)
    }

    /// Watches these people from now on. Which of them are online.
    pub(crate) fn watch(&self, users: Vec<UserId>) -> Vec<UserId> {
        self.watches.store(true, Ordering::Relaxed);
        self.app.online.watch(self.socket, users)
    }

    pub(crate) fn watches(&self) -> bool {
        self.watches.load(Ordering::Relaxed)
    }

    /// Whether its authorisation is over: nothing more is done for it.
    pub(crate) fn is_over(&self) -> bool {
        self.expires_at() <= clock::now()
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
