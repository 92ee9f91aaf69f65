//! Who is logged in: registering, logging in and out, and the token that the connection shows.
//!
//! [`entrance`] is the page for it. The token is held in memory only. The refresh cookie, which no
//! script can read, outlives a reload.

mod early;
pub(crate) mod entrance;

use chat::{Login, RefreshError};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt as _, future::LocalBoxFuture};
use gloo::{
    events::EventListener,
    net::http::{Request, Response},
};
use leptos::{prelude::*, task::spawn_local};
use protocol::{Credentials, ErrorBody, ErrorCode, LoggedIn, RenewedToken, User, path};
use serde::Deserialize;

use crate::{browser, pause::Pause};

/// How the login stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Status {
    /// Somebody was logged in here, and the server is being asked whether they still are. A
    /// sentence says what is in the way.
    Restoring(Option<String>),
    /// Nobody is logged in.
    SignedOut(Why),
    /// Somebody is logged in.
    SignedIn(User),
}

/// Why nobody is logged in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Why {
    /// Nobody was logged in before.
    NotYet,
    /// They logged out. Who logs in next may be somebody else.
    Left,
    /// They did so in another tab.
    LeftElsewhere,
    /// It ended without their doing, as this sentence says.
    Ended(String),
}

/// Why the server did not do what it was asked over HTTP.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// It gave no answer, or none that could be read.
    Unreachable,
    /// It refused.
    Refused(ErrorBody),
}

#[derive(Clone, Copy)]
pub(crate) struct Session {
    status: RwSignal<Status>,
    token: StoredValue<Token>,
    pause: Pause,
}

/// The token, where the connection finds the newest one.
#[derive(Clone, Default)]
pub(crate) struct Token(Arc<Mutex<Issued>>);

#[derive(Default)]
struct Issued {
    text: String,
    /// From when it was issued until it expires.
    life: Duration,
}

impl Token {
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).text.clone()
    }

    /// How long to wait before asking for a new one.
    fn renew_in(&self) -> Duration {
        let life = self.0.lock().unwrap_or_else(PoisonError::into_inner).life;
        (life * 4 / 5).clamp(Duration::from_secs(20), Duration::from_hours(12))
    }

    /// `expires_in` is in milliseconds: the server says how long, as the clock here may be wrong.
    fn set(&self, text: String, expires_in: u64) {
        let life = Duration::from_millis(expires_in);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Issued { text, life };
    }
}

impl Session {
    /// Finds out whether somebody is logged in.
    pub(crate) fn start() -> Self {
        let nobody = browser::signed_in() == Some(None);
        let status = if nobody { Status::SignedOut(Why::NotYet) } else { Status::Restoring(None) };
        let this = Self {
            status: RwSignal::new(status),
            token: StoredValue::new(Token::default()),
            pause: Pause::new(),
        };
        if !nobody {
            spawn_local(this.restore());
        }
        StoredValue::new_local([
            EventListener::new(&window(), "online", move |_| this.pause.end()),
            // The event comes in the other tabs only, for every key that changes.
            EventListener::new(&window(), "storage", move |_| this.look_elsewhere()),
        ]);
        this
    }

    /// The session of the page.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    pub(crate) fn status(self) -> Status {
        self.status.get()
    }

    pub(crate) fn token(self) -> Token {
        self.token.get_value()
    }

    /// Asks the server again, without waiting for the next try.
    pub(crate) fn try_now(self) {
        self.pause.end();
    }

    pub(crate) async fn register(self, credentials: Credentials) -> Result<(), Trouble> {
        self.enter(path::REGISTER, credentials).await
    }

    pub(crate) async fn log_in(self, credentials: Credentials) -> Result<(), Trouble> {
        self.enter(path::LOGIN, credentials).await
    }

    /// Logs out here; the other devices stay logged in.
    pub(crate) async fn log_out(self) -> Result<(), Trouble> {
        self.leave(path::LOGOUT).await
    }

    /// Logs out on every device of this person.
    pub(crate) async fn log_out_everywhere(self) -> Result<(), Trouble> {
        self.leave(path::LOGOUT_ALL).await
    }

    async fn leave(self, path: &'static str) -> Result<(), Trouble> {
        match post(path, None).await {
            // If the session had ended already, that is what was wanted.
            Ok(_) | Err(Trouble::Refused(ErrorBody { code: ErrorCode::Unauthorized, .. })) => {
                self.end(Why::Left);
                Ok(())
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Follows what another tab did: logging out ends all tabs, logging in begins them.
    fn look_elsewhere(self) {
        let (Some(there), here) = (browser::signed_in(), self.status.get_untracked()) else { return };
        match (there, here) {
            (None, Status::SignedIn(_)) => self.end(Why::LeftElsewhere),
            (Some(there), Status::SignedIn(here)) if there == here.id.to_string() => {}
            // Somebody else, who does not come to where this person was.
            (Some(_), Status::SignedIn(_)) => {
                self.status.set(Status::SignedOut(Why::LeftElsewhere));
                spawn_local(self.restore());
            }
            (Some(_), Status::SignedOut(_)) => {
                self.status.set(Status::Restoring(None));
                spawn_local(self.restore());
            }
            (None, Status::SignedOut(_)) | (_, Status::Restoring(_)) => {}
        }
    }

    /// The login is over.
    pub(crate) fn end(self, why: Why) {
        browser::set_signed_in(None);
        self.token.update_value(|token| token.set(String::new(), 0));
        self.status.set(Status::SignedOut(why));
    }

    /// A new token for the same login, by the cookie.
    pub(crate) async fn refresh(self) -> Result<(), Trouble> {
        let answer = match early::take().await {
            Some(answer) => read(answer?).await?,
            None => post(path::REFRESH, None).await?,
        };
        self.enter_as(answer.json().await.map_err(|_| Trouble::Unreachable)?);
        Ok(())
    }

    async fn restore(self) {
        let mut wait = Duration::from_secs(1);
        loop {
            match self.refresh().await {
                Ok(()) => return,
                Err(Trouble::Refused(error)) if error.code == ErrorCode::Unauthorized => {
                    // Only somebody who was logged in is told that it is over.
                    let was_here = browser::signed_in().flatten().is_some();
                    return self.end(if was_here { Why::Ended(error.message) } else { Why::NotYet });
                }
                Err(trouble) => {
                    let sentence = trouble.sentence();
                    self.status.set(Status::Restoring(Some(sentence)));
                }
            }
            self.pause.wait(wait).await;
            wait = (wait * 2).min(Duration::from_secs(15));
        }
    }

    async fn enter(self, path: &'static str, credentials: Credentials) -> Result<(), Trouble> {
        let answer = post(path, Some(credentials)).await?;
        self.enter_as(answer.json().await.map_err(|_| Trouble::Unreachable)?);
        Ok(())
    }

    fn enter_as(self, LoggedIn { token, expires_in, user, .. }: LoggedIn) {
        browser::set_signed_in(Some(user.id));
        self.token.update_value(|current| current.set(token, expires_in));
        let status = Status::SignedIn(user);
        if self.status.get_untracked() != status {
            self.status.set(status);
        }
    }
}

impl Login for Session {
    fn renew_in(&self) -> Duration {
        self.token().renew_in()
    }

    fn renewed(&self, RenewedToken { token, expires_in, .. }: RenewedToken) {
        self.token().set(token, expires_in);
    }

    fn refresh(&self) -> LocalBoxFuture<'static, Result<(), RefreshError>> {
        let this = *self;
        async move {
            Self::refresh(this).await.map_err(|trouble| match trouble {
                Trouble::Refused(error) if error.code == ErrorCode::Unauthorized => {
                    RefreshError::Ended(error.message)
                }
                trouble => RefreshError::Unavailable(trouble.sentence()),
            })
        }
        .boxed_local()
    }

    fn end(&self, sentence: String) {
        Self::end(*self, Why::Ended(sentence));
    }
}

impl Trouble {
    /// What happened and what to do, for people.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Unreachable => {
                "The server does not answer. Check the connection, then try again.".to_owned()
            }
            Self::Refused(error) => error.message.clone(),
        }
    }
}

/// Sends a POST and returns the answer. The refresh cookie goes with it.
async fn post(path: &'static str, credentials: Option<Credentials>) -> Result<Response, Trouble> {
    let request = Request::post(path);
    let request = match credentials {
        Some(credentials) => request.json(&credentials),
        None => request.build(),
    };
    let sent = match request {
        Ok(request) => request.send().await,
        Err(error) => Err(error),
    };
    read(sent.map_err(|_| Trouble::Unreachable)?).await
}

/// The answer, if the server did what it was asked.
async fn read(answer: Response) -> Result<Response, Trouble> {
    #[derive(Deserialize)]
    struct Refused {
        error: ErrorBody,
    }
    if answer.ok() {
        return Ok(answer);
    }
    // A proxy in front of a server that is down answers, too, but not with an error of ours.
    let refused = answer.json::<Refused>().await;
    Err(refused.map_or(Trouble::Unreachable, |refused| Trouble::Refused(refused.error)))
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use protocol::UserId;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn whoever_logs_in_in_another_tab_does_not_come_to_where_somebody_else_was() {
        let [ann, ben] = [1, 2].map(|number| UserId::from_bytes([number; 16]));
        // Mounting something starts what runs futures, if no other test has yet.
        drop(leptos::mount::mount_to(gloo::utils::body(), || ()));
        let owner = Owner::new();
        owner.set();
        let (token, pause) = (StoredValue::new(Token::default()), Pause::new());
        let session = Session { status: RwSignal::new(Status::Restoring(None)), token, pause };
        let hears = |who: Option<UserId>| {
            session.status.set(Status::SignedIn(User { id: ann, username: "ann".parse().unwrap() }));
            browser::set_signed_in(who);
            session.look_elsewhere();
            session.status.get_untracked()
        };
        assert!(matches!(hears(Some(ann)), Status::SignedIn(_)));
        for who in [None, Some(ben)] {
            assert_eq!(hears(who), Status::SignedOut(Why::LeftElsewhere));
        }
        browser::set_signed_in(None);
        // The server is being asked who that is, and does not answer here.
        std::mem::forget(owner);
    }
}
