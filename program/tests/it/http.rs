//! HTTP: statuses, and one body for every error.

use protocol::{ErrorCode, LoggedIn, documents, path, version};
use serde_json::{Value, json};

use crate::{
    harness::{TestServer, credentials, request},
    lifecycle::{listening, scratch},
};

#[tokio::test]
async fn registering_is_201_and_logging_in_200_without_regard_to_case() {
    let server = TestServer::start().await;
    let registered = server.post(path::REGISTER, &credentials("Ann", "password"), &[]).await;
    assert_eq!(registered.status, 201);
    let first: LoggedIn = registered.json();
    assert_eq!(first.user.username.as_str(), "Ann");
    let login = server.post(path::LOGIN, &credentials("aNN", "password"), &[]).await;
    assert_eq!(login.status, 200);
    assert_eq!(login.header("cache-control"), Some("no-store"));
    let second: LoggedIn = login.json();
    assert_eq!(second.user, first.user);
    assert!(second.expires_at >= first.expires_at);
    // For a browser whose clock is wrong.
    assert!((59_000..=60_000).contains(&second.expires_in), "{}", second.expires_in);
    server.stop().await;
}

#[tokio::test]
async fn the_list_of_emojis_is_served_and_not_sent_twice() {
    let data_dir = scratch();
    let (_running, _, addr) = listening(&data_dir).await;
    let list = request(addr, "GET", path::EMOJIS, &[], "").await;
    assert_eq!((list.status, list.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    let text = &list.body;
    assert!(text.starts_with("# Smileys and emotion\n😀\tgrinning face\tgrinning\n"));
    let emojis = text.lines().filter(|line| !line.starts_with('#'));
    for emoji in emojis.clone().map(|line| line.split('\t').next().unwrap()) {
        assert!(emoji.parse::<protocol::Emoji>().is_ok(), "{emoji}");
    }
    assert!(emojis.count() > 1_800);
    let known = [("if-none-match", list.header("etag").unwrap())];
    assert_eq!(request(addr, "GET", path::EMOJIS, &known, "").await.status, 304);
}

#[tokio::test]
async fn bad_credentials_have_one_answer_whether_the_name_exists_or_not() {
    let server = TestServer::start().await;
    server.person("ann").await;
    let wrong = server.post(path::LOGIN, &credentials("ann", "not the password"), &[]).await;
    let unknown = server.post(path::LOGIN, &credentials("nobody", "not the password"), &[]).await;
    assert_eq!(wrong.refusal(), (401, ErrorCode::InvalidCredentials, None));
    assert_eq!((unknown.status, unknown.body), (wrong.status, wrong.body));
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said_with_its_status() {
    let server = TestServer::start().await;
    server.person("ann").await;
    let long = "x".repeat(257);
    for (body, status, code, field) in [
        (r#"{"username""#.to_owned(), 400, ErrorCode::InvalidPayload, None),
        (String::new(), 400, ErrorCode::InvalidPayload, None),
        ("[]".to_owned(), 400, ErrorCode::InvalidPayload, None),
        ("\"ann\"".to_owned(), 400, ErrorCode::InvalidPayload, None),
        ("{}".to_owned(), 422, ErrorCode::InvalidPayload, Some("username")),
        (json!({ "username": "ann" }).to_string(), 422, ErrorCode::InvalidPayload, Some("password")),
        (
            json!({ "username": 7, "password": "password" }).to_string(),
            422,
            ErrorCode::InvalidPayload,
            Some("username"),
        ),
        (
            json!({ "username": "an", "password": "password" }).to_string(),
            422,
            ErrorCode::TextTooShort,
            Some("username"),
        ),
        (
            json!({ "username": "a b", "password": "password" }).to_string(),
            422,
            ErrorCode::InvalidText,
            Some("username"),
        ),
        (
            json!({ "username": "x".repeat(33), "password": "password" }).to_string(),
            422,
            ErrorCode::TextTooLong,
            Some("username"),
        ),
        (
            json!({ "username": "ben", "password": "short" }).to_string(),
            422,
            ErrorCode::TextTooShort,
            Some("password"),
        ),
        (
            json!({ "username": "ben", "password": long }).to_string(),
            422,
            ErrorCode::TextTooLong,
            Some("password"),
        ),
        (
            json!({ "username": "ANN", "password": "password" }).to_string(),
            409,
            ErrorCode::UsernameTaken,
            Some("username"),
        ),
        ("x".repeat(20_000), 413, ErrorCode::InvalidPayload, None),
    ] {
        let answer = server.post(path::REGISTER, &body, &[]).await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!(answer.refusal(), (status, code, field.map(str::to_owned)), "{shown}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_415() {
    let server = TestServer::start().await;
    for headers in [
        vec![],
        vec![("content-type", "text/plain")],
        vec![("content-type", "application/x-www-form-urlencoded")],
    ] {
        let answer = server.request("POST", path::LOGIN, &headers, &credentials("ann", "password")).await;
        assert_eq!(answer.refusal(), (415, ErrorCode::InvalidPayload, None));
    }
    let headers = [("content-type", "application/json; charset=utf-8")];
    let answer = server.request("POST", path::LOGIN, &headers, &credentials("ann", "password")).await;
    assert_eq!(answer.status, 401);
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_address_is_404_and_a_wrong_method_405() {
    let server = TestServer::start().await;
    for path in ["/api/nothing", "/api/auth/nothing", "/api", "/api/", "/api//", "/api/auth/login/x"] {
        assert_eq!(server.get(path).await.refusal(), (404, ErrorCode::NotFound, None), "{path}");
    }
    for path in [path::LOGIN, path::REGISTER, path::REFRESH, path::LOGOUT, path::LOGOUT_ALL] {
        let answer = server.get(path).await;
        assert_eq!(answer.refusal(), (405, ErrorCode::NotFound, None), "{path}");
        assert_eq!(answer.header("allow"), Some("POST"), "{path}");
    }
    for path in ["/", "/u/ann", path::EMOJIS, "/missing.js"] {
        let answer = server.post(path, "{}", &[]).await;
        assert_eq!((answer.refusal().0, answer.header("allow")), (405, Some("GET,HEAD")), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn only_pages_of_the_servers_own_origin_or_an_allowed_one_may_act() {
    let friendly: parlance::Origin = "https://friendly.example".parse().unwrap();
    let server = TestServer::start_with(|config| config.allow_origin = vec![friendly]).await;
    let own = server.url();
    let polling = format!("{}?EIO=4&transport=polling", path::SOCKET_IO);
    for (origin, allowed) in [
        (own.as_str(), true),
        ("https://friendly.example", true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let login = server.post(path::LOGIN, &credentials("ann", "password"), &[("origin", origin)]).await;
        assert_eq!(login.status, if allowed { 401 } else { 403 }, "{origin}");
        let refresh = server.post(path::REFRESH, "", &[("origin", origin)]).await;
        assert_eq!(refresh.status, if allowed { 401 } else { 403 }, "{origin}");
        let socket = server.request("GET", &polling, &[("origin", origin)], "").await;
        assert_eq!(socket.status, if allowed { 200 } else { 403 }, "{origin}");
        if !allowed {
            assert_eq!(socket.refusal().1, ErrorCode::ForbiddenOrigin);
        }
    }
    let preflight = [("origin", "https://friendly.example"), ("access-control-request-method", "POST")];
    let answer = server.request("OPTIONS", path::LOGIN, &preflight, "").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://friendly.example"));
    for origin in ["https://evil.example", "null"] {
        let preflight = [("origin", origin), ("access-control-request-method", "POST")];
        let answer = server.request("OPTIONS", path::LOGIN, &preflight, "").await;
        assert_eq!(answer.refusal(), (403, ErrorCode::ForbiddenOrigin, None), "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
    }
    // A page of another origin must be able to read how long it has to wait, and which request it was.
    let login = server
        .post(path::LOGIN, &credentials("ann", "password"), &[("origin", "https://friendly.example")])
        .await;
    assert_eq!(login.header("access-control-expose-headers"), Some("retry-after,x-request-id"));
    server.stop().await;
}

#[tokio::test]
async fn health_says_that_the_server_can_serve_and_which_protocol_it_speaks() {
    let server = TestServer::start().await;
    let answer = server.get(path::HEALTH).await;
    assert_eq!(answer.status, 200);
    let health: Value = answer.json();
    assert_eq!((&health["status"], &health["protocol"]), (&json!("ok"), &json!(version::FINGERPRINT)));
    server.stop().await;
}

#[tokio::test]
async fn the_generated_documents_are_served() {
    let server = TestServer::start().await;
    let asyncapi = server.get("/api/asyncapi.json").await;
    assert_eq!((asyncapi.status, asyncapi.body.as_str()), (200, documents::ASYNCAPI));
    let typescript = server.get("/api/parlance.d.ts").await;
    assert_eq!((typescript.status, typescript.body.as_str()), (200, documents::TYPESCRIPT));
    server.stop().await;
}

#[tokio::test]
async fn the_pages_own_addresses_are_the_page_and_missing_files_are_missing() {
    let server = TestServer::start().await;
    let page = server.get("/").await;
    // Without a built page it says so.
    assert!([200, 503].contains(&page.status), "{}", page.status);
    assert!(page.body.starts_with("<!doctype html>"));
    let deep = server.get("/g/0192e4a0-7b3c-7000-8000-0000000000aa").await;
    assert_eq!((deep.status, deep.body), (page.status, page.body.clone()));
    for missing in ["/missing.js", "/assets/missing-0123456789abcdef.wasm", "/../Cargo.toml", "/.env"] {
        assert_eq!(server.get(missing).await.status, 404, "{missing}");
    }
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    if page.status == 200 {
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval' 'sha256-"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
    server.stop().await;
}

#[tokio::test]
async fn wrong_passwords_are_limited_by_name_and_not_for_others() {
    let server = TestServer::start().await;
    server.person("ann").await;
    server.person("ben").await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(server.post(path::LOGIN, &credentials("ann", "a wrong guess"), &[]).await.status);
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert!(statuses[10..].contains(&429), "{statuses:?}");
    let limited = server.post(path::LOGIN, &credentials("ann", "password"), &[]).await;
    assert_eq!(limited.refusal().1, ErrorCode::RateLimited);
    assert!(limited.header("retry-after").is_some());
    assert_eq!(server.post(path::LOGIN, &credentials("ben", "password"), &[]).await.status, 200);
    server.stop().await;
}
