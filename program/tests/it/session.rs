//! The refresh cookie: staying logged in over a reload.

use std::time::Duration;

use protocol::{ErrorCode, LoggedIn, RenewToken, path};
use tokio::time::sleep;

use crate::harness::{Person, TestServer, credentials};

#[tokio::test]
async fn a_login_sets_a_cookie_that_no_script_and_no_other_site_can_use() {
    let server = TestServer::start().await;
    let answer = server.post(path::REGISTER, &credentials("ann", "password"), &[]).await;
    let cookie = answer.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/api/auth", "Max-Age="] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Secure"));
    let proxied = [("x-forwarded-proto", "https")];
    let answer = server.post(path::LOGIN, &credentials("ann", "password"), &proxied).await;
    assert!(answer.header("set-cookie").unwrap().contains("; Secure"));
    server.stop().await;
}

#[tokio::test]
async fn refreshing_gives_a_new_token_and_a_new_cookie_of_the_same_session() {
    let server = TestServer::start().await;
    let login = server.post(path::REGISTER, &credentials("ann", "password"), &[]).await;
    let first = login.cookie();
    let refreshed = server.post(path::REFRESH, "", &[("cookie", &first)]).await;
    assert_eq!(refreshed.status, 200);
    let second = refreshed.cookie();
    assert_ne!(second, first);
    let body: LoggedIn = refreshed.json();
    assert_eq!(body.user, login.json::<LoggedIn>().user);
    // Another tab, a moment later, with the cookie from before.
    let overlapped = server.post(path::REFRESH, "", &[("cookie", &first)]).await;
    assert_eq!((overlapped.status, overlapped.header("set-cookie")), (200, None));
    assert_eq!(server.post(path::REFRESH, "", &[("cookie", &second)]).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_tab_that_is_late_twice_does_not_take_the_good_cookie_away() {
    let server = TestServer::start().await;
    let first = server.post(path::REGISTER, &credentials("ann", "password"), &[]).await.cookie();
    let second = server.post(path::REFRESH, "", &[("cookie", &first)]).await.cookie();
    let third = server.post(path::REFRESH, "", &[("cookie", &second)]).await.cookie();
    let late = server.post(path::REFRESH, "", &[("cookie", &first)]).await;
    assert_eq!(late.refusal(), (401, ErrorCode::Unauthorized, None));
    assert_eq!(late.header("set-cookie"), None);
    assert_eq!(server.post(path::REFRESH, "", &[("cookie", &third)]).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_session_ends_with_its_lifetime_and_so_do_its_tokens_its_cookie_and_its_sockets() {
    let ttl = Duration::from_secs(3);
    let server = TestServer::start_with(|config| config.session_ttl = ttl).await;
    let registered = server.post(path::REGISTER, &credentials("ann", "password"), &[]).await;
    let login: LoggedIn = registered.json();
    assert!(login.expires_in <= 3_000, "{}", login.expires_in);
    let lasts = registered.header("set-cookie").unwrap().split("Max-Age=").nth(1).unwrap();
    assert!(["2", "3"].contains(&lasts), "{lasts}");
    let ann = Person { addr: server.addr, login };
    let mut phone = ann.connect().await;
    sleep(Duration::from_secs(1)).await;
    let renewed = phone.call(RenewToken {}).await.unwrap();
    assert!(renewed.expires_in <= 2_000, "{}", renewed.expires_in);
    let refreshed = server.post(path::REFRESH, "", &[("cookie", &registered.cookie())]).await;
    assert_eq!(refreshed.status, 200);
    assert!(refreshed.json::<LoggedIn>().expires_in <= 2_000);
    phone.is_sent_away().await;
    // A token ends with a whole second, the session a moment later.
    sleep(Duration::from_secs(1)).await;
    let over = server.post(path::REFRESH, "", &[("cookie", &refreshed.cookie())]).await;
    assert_eq!(over.refusal(), (401, ErrorCode::Unauthorized, None));
    server.stop().await;
}

#[tokio::test]
async fn refreshing_without_a_good_cookie_is_401_and_takes_the_cookie_away() {
    let server = TestServer::start().await;
    let foreign = format!("parlance_refresh={}", "A".repeat(64));
    for cookie in ["", "parlance_refresh=nonsense", &foreign] {
        let answer = server.post(path::REFRESH, "", &[("cookie", cookie)]).await;
        assert_eq!(answer.refusal(), (401, ErrorCode::Unauthorized, None));
        assert_eq!(answer.cookie(), "parlance_refresh=");
    }
    server.stop().await;
}

#[tokio::test]
async fn logging_out_by_cookie_ends_the_session_and_takes_the_cookie_away() {
    let server = TestServer::start().await;
    let login = server.post(path::REGISTER, &credentials("ann", "password"), &[]).await;
    let cookie = login.cookie();
    let answer = server.post(path::LOGOUT, "", &[("cookie", &cookie)]).await;
    assert_eq!((answer.status, answer.cookie().as_str()), (204, "parlance_refresh="));
    let refreshed = server.post(path::REFRESH, "", &[("cookie", &cookie)]).await;
    assert_eq!(refreshed.refusal(), (401, ErrorCode::Unauthorized, None));
    let again = server.post(path::LOGOUT, "", &[("cookie", &cookie)]).await;
    assert_eq!(again.refusal(), (401, ErrorCode::Unauthorized, None));
    server.stop().await;
}

#[tokio::test]
async fn a_token_that_is_over_does_not_stand_in_the_way_of_a_good_cookie() {
    let server = TestServer::start().await;
    let login = server.post(path::REGISTER, &credentials("ann", "password"), &[]).await;
    let headers = [("authorization", "Bearer nonsense"), ("cookie", &*login.cookie())];
    assert_eq!(server.post(path::LOGOUT, "", &headers).await.status, 204);
    server.stop().await;
}

#[tokio::test]
async fn a_tokens_scheme_may_be_written_in_any_case() {
    let server = TestServer::start().await;
    for (name, scheme) in [("ann", "Bearer"), ("ben", "bearer"), ("eve", "BEARER")] {
        let ann = server.person(name).await;
        let header = format!("{scheme} {}", ann.login.token);
        assert_eq!(
            server.post(path::LOGOUT, "", &[("authorization", &header)]).await.status,
            204,
            "{scheme}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_session() {
    let server = TestServer::start().await;
    let phone = server.post(path::REGISTER, &credentials("ann", "password"), &[]).await.cookie();
    let laptop = server.post(path::LOGIN, &credentials("ann", "password"), &[]).await.cookie();
    assert_eq!(server.post(path::LOGOUT_ALL, "", &[("cookie", &phone)]).await.status, 204);
    for cookie in [phone, laptop] {
        assert_eq!(server.post(path::REFRESH, "", &[("cookie", &cookie)]).await.status, 401);
    }
    assert_eq!(server.post(path::LOGIN, &credentials("ann", "password"), &[]).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_login_survives_a_restart_of_the_server() {
    let server = TestServer::start().await;
    let login = server.post(path::REGISTER, &credentials("ann", "password"), &[]).await;
    let server = server.restart().await;
    assert_eq!(server.post(path::REFRESH, "", &[("cookie", &login.cookie())]).await.status, 200);
    server.stop().await;
}
