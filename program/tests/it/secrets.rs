//! What nobody may find in a log, at any level.

use protocol::{EditMessage, LoggedIn, RenewToken, path};
use tokio::io::{AsyncReadExt, BufReader};

use crate::{
    harness::{Person, answer_of, credentials, patiently, private, request},
    lifecycle::{listening_with, scratch},
};

#[tokio::test]
async fn no_token_cookie_password_or_message_is_ever_in_the_log() {
    // The most detailed level for every library.
    let everything = "trace,socketioxide=trace,engineioxide=trace,hyper=trace,parlance=trace";
    let data_dir = scratch();
    let (mut running, _lines, addr) = listening_with(&data_dir, &["--log", everything]).await;
    let mut stderr = BufReader::new(running.stderr.take().unwrap());
    let reading = tokio::spawn(async move {
        let mut log = String::new();
        stderr.read_to_string(&mut log).await.unwrap();
        log
    });

    let (password, wrong) = ("canary-password", "canary-of-a-wrong-password");
    let registered = answer_of(addr, path::REGISTER, &credentials("ann", password)).await;
    let mut secrets = vec![password.to_owned(), wrong.to_owned(), "canary in a message".to_owned()];
    answer_of(addr, path::LOGIN, &credentials("ann", wrong)).await;
    let loggedin = answer_of(addr, path::LOGIN, &credentials("ann", password)).await;
    for answer in [&registered, &loggedin] {
        secrets.push(answer.json::<LoggedIn>().token);
        secrets.extend(answer.cookies().iter().map(|cookie| cookie.split_once('=').unwrap().1.to_owned()));
    }
    let json = ("content-type", "application/json");
    let cookie = registered.cookies().join("; ");
    let refreshed = request(addr, "POST", path::REFRESH, &[json, ("cookie", &cookie)], "").await;
    secrets.push(refreshed.json::<LoggedIn>().token);
    secrets.extend(refreshed.cookies().iter().map(|cookie| cookie.split_once('=').unwrap().1.to_owned()));

    let ann = Person { addr, login: loggedin.json() };
    let phone = ann.connect().await;
    secrets.push(phone.call(RenewToken {}).await.unwrap().token);
    phone.call(private(ann.id(), "canary in a message", None)).await.unwrap();
    // A correction, and what is in a query.
    let said = phone.call(private(ann.id(), "canary in a message", None)).await.unwrap();
    let content = "canary in a correction".parse().unwrap();
    phone.call(EditMessage { message_id: said.id, content, client_id: None }).await.unwrap();
    secrets.push("canary in a correction".to_owned());
    request(addr, "GET", "/api/nothing?token=canary-in-a-query", &[], "").await;
    request(addr, "GET", "/socket.io/?EIO=4&transport=polling&sid=canary-of-a-session", &[], "").await;
    secrets.extend(["canary-in-a-query", "canary-of-a-session"].map(str::to_owned));
    // Forged, and of a session that is over.
    ann.try_connect("canary-of-a-forged-token").refused().await;
    secrets.push("canary-of-a-forged-token".to_owned());
    let bearer = ann.bearer();
    let logged_out = request(addr, "POST", path::LOGOUT, &[json, ("authorization", &bearer)], "").await;
    assert_eq!(logged_out.status, 204);
    ann.try_connect(&ann.login.token).refused().await;

    let id = running.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    patiently(running.wait()).await.unwrap();
    let log = patiently(reading).await.unwrap();
    assert!(log.contains("event=\"editMessage\"") && log.contains("path=\"/api/nothing\""), "{log}");
    assert!(log.contains("registered") && log.contains("DEBUG") && log.contains("TRACE"), "{log}");
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log");
    }
}
