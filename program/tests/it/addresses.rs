//! Limits by address: nobody locks somebody else out, behind a proxy or not.

use protocol::{ErrorCode, limits, path};

use crate::harness::{TestServer, credentials};

const PROXY: &str = "127.0.0.1";

#[tokio::test]
async fn whoever_guesses_a_password_locks_out_neither_its_owner_elsewhere_nor_a_known_browser() {
    let server = TestServer::start_with(|config| config.trusted_proxies = vec![PROXY.parse().unwrap()]).await;
    let registered = server.post(path::REGISTER, &credentials("ann", "password"), &[]).await;
    let device =
        registered.cookies().into_iter().find(|cookie| cookie.starts_with("parlance_device=")).unwrap();
    let login = async |password: &str, address: &str, cookie: &str| {
        let headers = [("x-forwarded-for", address), ("cookie", cookie)];
        server.post(path::LOGIN, &credentials("ann", password), &headers).await
    };
    for _ in 0..limits::WRONG_PASSWORDS_AT_ONCE {
        assert_eq!(login("a wrong guess", "192.0.2.1", "").await.status, 401);
    }
    let limited = login("password", "192.0.2.1", "").await;
    assert_eq!(limited.refusal().1, ErrorCode::RateLimited);
    let wait: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=6).contains(&wait), "{wait}");
    assert_eq!(login("password", "192.0.2.2", "").await.status, 200);
    // Even at the address from which the guesses come.
    let known = login("password", "192.0.2.1", &device).await;
    assert_eq!(known.status, 200);
    assert_eq!(known.cookies().len(), 1, "it keeps its cookie");
    // The cookie is of one account, and gives nobody more guesses than any address has.
    let tries = limits::WRONG_PASSWORDS_AT_ONCE as usize;
    let mut statuses = Vec::new();
    for _ in 0..tries + 1 {
        statuses.push(login("a wrong guess", "192.0.2.3", &device).await.status);
    }
    assert_eq!(statuses[..tries], vec![401; tries]);
    assert_eq!(statuses[tries], 429);
    server.stop().await;
}

#[tokio::test]
async fn people_behind_a_named_proxy_have_limits_of_their_own_and_nobody_else_can_pretend_to() {
    let refreshed = async |server: &TestServer, header: &str, value: fn(usize) -> String| {
        let mut limited = 0;
        for number in 0..1_000 {
            let answer = server.post(path::REFRESH, "", &[(header, &value(number))]).await;
            limited += u32::from(answer.status == 429);
        }
        limited
    };
    let address = |number: usize| format!("203.0.{}.{}", number / 250, number % 250);
    let forwarded = |number: usize| format!("for=203.0.{}.{}", number / 250, number % 250);
    let server = TestServer::start_with(|config| config.trusted_proxies = vec![PROXY.parse().unwrap()]).await;
    assert_eq!(refreshed(&server, "x-forwarded-for", address).await, 0);
    assert_eq!(refreshed(&server, "forwarded", forwarded).await, 0);
    server.stop().await;
    let server = TestServer::start().await;
    assert!(refreshed(&server, "x-forwarded-for", address).await > 500, "the header is not believed");
    server.stop().await;
}
