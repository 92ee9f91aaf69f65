//! Registering, logging in, renewing a login, logging out.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{Credentials, LoggedIn, User};

use super::{
    answer::{HttpError, json},
    cookie,
    json::Json,
};
use crate::{
    app::App,
    auth::{
        guess::Guess,
        name,
        refresh::RefreshSecret,
        token::{Grant, Issued},
    },
    client_address::ClientAddress,
    clock,
    error::{Error, Result},
    ids::SessionId,
    store::session::{IDLE, Live, Refreshed, ends_at},
};

pub(super) async fn register(
    State(app): State<Arc<App>>,
    address: ClientAddress,
    headers: HeaderMap,
    Json(credentials): Json<Credentials>,
) -> Result<Response, HttpError> {
    app.limits.auth.take(address)?;
    let Credentials { username, password } = credentials;
    app.store.is_vacant(username.clone()).await?;
    let password = app.passwords.hash(password).await?;
    let user = app.store.register(username, password).await?;
    tracing::info!(user = %user.username, "registered");
    Ok(log_in(&app, StatusCode::CREATED, user, &headers).await?)
}

pub(super) async fn login(
    State(app): State<Arc<App>>,
    address: ClientAddress,
    headers: HeaderMap,
    Json(credentials): Json<Credentials>,
) -> Result<Response, HttpError> {
    app.limits.auth.take(address)?;
    let Credentials { username, password } = credentials;
    let account = app.store.account(&username).await?;
    let device = cookie::device(&headers).and_then(|cookie| app.devices.read(cookie));
    let guess = Guess {
        account: name::fold(&username).unwrap_or_else(|| username.folded()),
        address,
        device: device
            .filter(|device| account.as_ref().is_some_and(|account| account.user.id == device.user)),
    };
    guess.begin(&app.limits)?;
    let (user, hash) = account.map(|account| (account.user, account.password)).unzip();
    // A password that was not looked at was not wrong.
    let right = app.passwords.verify(password, hash).await.inspect_err(|_| guess.give_back(&app.limits))?;
    let Some(user) = user.filter(|_| right) else {
        tracing::info!(user = %username, address = %address.0, "login failed");
        return Err(Error::invalid_credentials().into());
    };
    guess.give_back(&app.limits);
    Ok(log_in(&app, StatusCode::OK, user, &headers).await?)
}

/// Uses the cookie's refresh token and puts a new one in its place.
pub(super) async fn refresh(
    State(app): State<Arc<App>>,
    address: ClientAddress,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    app.limits.auth.take(address)?;
    let over = || Error::unauthorized("Your login is over. Log in again.");
    let Some((session, old)) = cookie::read(&headers).and_then(RefreshSecret::parse) else {
        return Ok(forget(HttpError::from(over()).into_response(), &headers));
    };
    let new = RefreshSecret::random()?;
    match app.store.refresh_session(session, old.hash(), new.hash()).await? {
        Refreshed::Rotated(live) => {
            let lasts = lasts(&live);
            let answer = logged_in(&app, StatusCode::OK, live, session)?;
            let https = cookie::is_https(&headers);
            Ok(with_cookie(answer, cookie::set(&new.token(session), lasts, https)))
        }
        // The browser has the other tab's cookie already, or will in a moment.
        Refreshed::Overlapped(live) => Ok(logged_in(&app, StatusCode::OK, live, session)?),
        // The browser has a newer cookie, which must not be taken away; or this one, which is good again if the clock
        // was wrong.
        Refreshed::Stale | Refreshed::TooLate => Ok(HttpError::from(over()).into_response()),
        Refreshed::Refused => Ok(forget(HttpError::from(over()).into_response(), &headers)),
    }
}

/// Ends this session: its token, its cookie and its sockets.
pub(super) async fn logout(
    State(app): State<Arc<App>>,
    address: ClientAddress,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    app.limits.auth.take(address)?;
    let asker = asker(&app, &headers).await;
    if let Ok((session, _)) = &asker {
        app.store.end_session(*session).await?;
    }
    Ok(logged_out(asker, &headers))
}

/// Ends every session of the person.
pub(super) async fn logout_all(
    State(app): State<Arc<App>>,
    address: ClientAddress,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    app.limits.auth.take(address)?;
    let asker = asker(&app, &headers).await;
    if let Ok((_, user)) = &asker {
        app.store.end_sessions_of(user.id).await?;
    }
    Ok(logged_out(asker, &headers))
}

async fn log_in(app: &App, status: StatusCode, user: User, headers: &HeaderMap) -> Result<Response> {
    let user_id = user.id;
    let secret = RefreshSecret::random()?;
    let session = app.store.start_session(user.id, secret.hash()).await?;
    let ends_at = ends_at(clock::now(), app.store.session_lifetime());
    let live = Live { user, rotation: 0, ends_at };
    let lasts = lasts(&live);
    let answer = logged_in(app, status, live, session)?;
    let https = cookie::is_https(headers);
    let answer = with_cookie(answer, cookie::set(&secret.token(session), lasts, https));
    // A browser that is already known keeps its cookie.
    let known = cookie::device(headers).and_then(|cookie| app.devices.read(cookie));
    if known.is_some_and(|device| device.user == user_id) {
        return Ok(answer);
    }
    Ok(with_cookie(answer, cookie::set_device(&app.devices.issue(user_id)?, https)))
}

/// How long a browser keeps the cookie.
fn lasts(live: &Live) -> Duration {
    Duration::from_millis(live.ends_at.0.saturating_sub(clock::now().0).max(0).unsigned_abs()).min(IDLE)
}

fn logged_in(app: &App, status: StatusCode, live: Live, session: SessionId) -> Result<Response> {
    let Live { user, rotation, ends_at } = live;
    let grant = Grant { user: user.id, session, rotation, ends_at };
    let Issued { token, expires_at, expires_in, .. } = app.tokens.issue(grant)?;
    Ok(json(status, &LoggedIn { token, expires_at, expires_in, user }))
}

/// Who asks, by bearer token or else by cookie.
async fn asker(app: &App, headers: &HeaderMap) -> Result<(SessionId, User)> {
    if let Some(asker) = by_bearer(app, headers).await? {
        return Ok(asker);
    }
    let nobody = || Error::unauthorized("You are not logged in.");
    let (session, secret) = cookie::read(headers).and_then(RefreshSecret::parse).ok_or_else(nobody)?;
    let user = app.store.holder(session, secret.hash()).await?.ok_or_else(nobody)?;
    Ok((session, user))
}

async fn by_bearer(app: &App, headers: &HeaderMap) -> Result<Option<(SessionId, User)>> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let pair = value.and_then(|value| value.split_once(' '));
    let token = pair.and_then(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer").then_some(token));
    let Some(claimed) = token.and_then(|token| app.tokens.verify(token.trim()).ok()) else { return Ok(None) };
    Ok(app.store.session(claimed.session).await?.map(|live| (claimed.session, live.user)))
}

/// Whoever is not logged out keeps the cookie, and can try again.
fn logged_out(asker: Result<(SessionId, User)>, headers: &HeaderMap) -> Response {
    match asker {
        Ok(_) => forget(StatusCode::NO_CONTENT.into_response(), headers),
        Err(nobody @ Error::Refused(_)) => forget(HttpError::from(nobody).into_response(), headers),
        Err(error) => HttpError::from(error).into_response(),
    }
}

/// Removes the cookie, which is no longer of any use.
fn forget(answer: Response, headers: &HeaderMap) -> Response {
    with_cookie(answer, cookie::clear(cookie::is_https(headers)))
}

fn with_cookie(mut answer: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use protocol::{Password, limits};

    use super::*;
    use crate::testing::TestApp;

    async fn logs_out(app: &Arc<App>, headers: HeaderMap) -> Response {
        let address = ClientAddress::of([192, 0, 2, 1].into());
        logout(State(app.clone()), address, headers).await.unwrap_or_else(IntoResponse::into_response)
    }

    #[tokio::test]
    async fn who_logs_out_without_end_has_to_wait_and_keeps_the_cookie() {
        let test_app = TestApp::new();
        for _ in 0..limits::LOGINS_AT_ONCE {
            let nobody = logs_out(&test_app.app, HeaderMap::new()).await;
            assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
        }
        let address = ClientAddress::of([192, 0, 2, 1].into());
        let all = logout_all(State(test_app.app.clone()), address, HeaderMap::new()).await;
        for refused in
            [logs_out(&test_app.app, HeaderMap::new()).await, all.unwrap_or_else(IntoResponse::into_response)]
        {
            assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
            assert!(!refused.headers().contains_key(header::SET_COOKIE));
        }
    }

    #[tokio::test]
    async fn a_try_counts_as_wrong_only_if_the_password_was_looked_at() {
        let test_app = TestApp::new();
        let password: Password = "correct horse".parse().unwrap();
        let hash = test_app.passwords.hash(password.clone()).await.unwrap();
        test_app.store.register("ann".parse().unwrap(), hash).await.unwrap();
        let logs_in = async || {
            let credentials = Credentials { username: "ann".parse().unwrap(), password: password.clone() };
            let address = ClientAddress::of([192, 0, 2, 1].into());
            let answer =
                login(State(test_app.app.clone()), address, HeaderMap::new(), Json(credentials)).await;
            answer.unwrap_or_else(IntoResponse::into_response).status()
        };
        let mut at_work = Vec::new();
        loop {
            let mut hashing = Box::pin(test_app.passwords.hash(password.clone()));
            match (&mut hashing).now_or_never() {
                None => at_work.push(hashing),
                Some(refused) => break assert!(refused.is_err()),
            }
        }
        for _ in 0..2 * limits::WRONG_PASSWORDS_AT_ONCE {
            assert_eq!(logs_in().await, StatusCode::TOO_MANY_REQUESTS);
        }
        drop(at_work);
        assert_eq!(logs_in().await, StatusCode::OK);
    }

    #[tokio::test]
    async fn whoever_cannot_be_logged_out_now_keeps_the_cookie_to_try_it_again() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let grant = Grant { user: ann.user.id, session: ann.id, rotation: 0, ends_at: ann.expires_at() };
        let bearer = format!("Bearer {}", test_app.tokens.issue(grant).unwrap().token);
        let asked = HeaderMap::from_iter([(header::AUTHORIZATION, bearer.parse().unwrap())]);
        let nobody = logs_out(&test_app.app, HeaderMap::new()).await;
        assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
        assert!(nobody.headers().contains_key(header::SET_COOKIE), "what is there is of no use");
        test_app.store.close().await;
        let failed = logs_out(&test_app.app, asked).await;
        assert!(failed.status().is_server_error(), "{failed:?}");
        assert!(!failed.headers().contains_key(header::SET_COOKIE));
    }
}
