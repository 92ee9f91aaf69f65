//! The context of every handler: who asks, from which session and socket.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use protocol::{Handler, Timestamp, User, UserId};

use crate::{
    app::App,
    auth::token::{Claimed, TokenId},
    clock,
    domain_event::Origin,
    error::Error,
    ids::{SessionId, SocketId},
};

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
    /// See [`write_queued`](Self::write_queued).
    write_queued: AtomicBool,
    /// The socket is told only of the people whom it watches, not of everybody who comes and goes.
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
            write_queued: AtomicBool::new(false),
            watches: AtomicBool::new(false),
        }
    }

    pub(crate) fn token(&self) -> TokenId {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn expires_at(&self) -> Timestamp {
        Timestamp(self.expires_at.load(Ordering::Relaxed))
    }

    /// For writes that this person's other sockets are told of.
    pub(crate) fn origin(&self) -> Origin {
        Origin(Some(self.socket))
    }

    /// Notes that the event being handled has its place in the order of all writes, so that the socket's next
    /// event may begin before this one is finished.
    pub(crate) fn write_queued(&self) {
        self.write_queued.store(true, Ordering::Relaxed);
    }

    /// Whether a handler has called [`write_queued`](Self::write_queued) since this was last asked.
    pub(crate) fn is_write_queued(&self) -> bool {
        self.write_queued.swap(false, Ordering::Relaxed)
    }

    /// Watches these people from now on. Returns which of them are online.
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

    /// Ends its authorisation for good.
    pub(crate) fn end(&self) {
        self.expires_at.store(ENDED, Ordering::Relaxed);
    }

    /// Extends its authorisation, unless it was ended meanwhile.
    pub(crate) fn renew(&self, token: TokenId, until: Timestamp) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
        let longer = |at: i64| (at != ENDED).then(|| at.max(until.0));
        self.expires_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, longer).ok();
    }
}

/// Earlier than any time.
const ENDED: i64 = i64::MIN;

impl Handler for Session {
    type Error = Error;
}
