//! Our client against the real `socket.io` server (`e2e/interop/server.mjs`).

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use client::{CallError, CallFailure, Notice, Notices, Options, Transports, native::connect};
use e2e::{interop_packages, program::Running};
use futures::StreamExt as _;
use protocol::{
    Chat, ConnectAuth, ErrorCode, GroupId, JoinGroup, JoinedGroup, LeaveGroup, ListConversations, ListGroups,
    ServerEvent,
};
use tokio::time::timeout;

#[tokio::test]
async fn it_connects_calls_and_hears_events() -> Result<()> {
    let (_server, url) = start(0)?;
    let (client, mut notices) = connect::<Chat>(options(&url, "let-me-in"));
    connected(&mut notices).await?;
    // The server says this right behind its CONNECT.
    expect(&mut notices, |event| matches!(event, ServerEvent::OnlineUsers(users) if users.is_empty()))
        .await?;

    let group_id: GroupId = "0192e4a0-7b3c-7000-8000-0000000000aa".parse()?;
    let group = client.call(JoinGroup { group_id }).await?;
    ensure!(group.id == group_id && group.name.as_str() == "Tea", "{group:?}");
    expect(&mut notices, |event| matches!(event, ServerEvent::JoinedGroup(JoinedGroup { group_id: id, .. }) if *id == group_id))
        .await?;

    match client.call(LeaveGroup { group_id }).await {
        Err(CallError::Refused(error)) => ensure!(error.code == ErrorCode::NotAMember, "{error:?}"),
        other => bail!("the server refuses this, yet: {other:?}"),
    }
    Ok(())
}

#[tokio::test]
async fn every_way_to_it_works_and_survives_a_break() -> Result<()> {
    let (_server, url) = start(0)?;
    for transports in [
        Transports::WebSocketThenPolling,
        Transports::PollingThenWebSocket,
        Transports::WebSocket,
        Transports::Polling,
    ] {
        let (client, mut notices) = connect::<Chat>(options(&url, "let-me-in").transports(transports));
        connected(&mut notices).await?;
        let group_id: GroupId = "0192e4a0-7b3c-7000-8000-0000000000aa".parse()?;
        // All at once, before and after the upgrade if there is one.
        let calls: Vec<_> = (0..100).map(|_| client.call(JoinGroup { group_id })).collect();
        for call in calls {
            ensure!(call.await?.id == group_id);
        }
        let _ = client.call(ListConversations::default()).await;
        while !matches!(next(&mut notices).await?, Notice::Disconnected { retry_in: Some(_), .. }) {}
        connected(&mut notices).await?;
        ensure!(client.call(JoinGroup { group_id }).await?.id == group_id);
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_token_is_refused_with_the_servers_sentence() -> Result<()> {
    let (_server, url) = start(0)?;
    let (_client, mut notices) = connect::<Chat>(options(&url, "guessed"));
    match next(&mut notices).await? {
        Notice::Refused { message, .. } => ensure!(message == "The token is wrong.", "{message}"),
        other => bail!("not refused: {other:?}"),
    }
    Ok(())
}

#[tokio::test]
async fn a_call_that_nobody_answers_times_out() -> Result<()> {
    let (_server, url) = start(0)?;
    let options = options(&url, "let-me-in").call_timeout(Duration::from_millis(300));
    let (client, _notices) = connect::<Chat>(options);
    let answer = client.call(ListGroups::default()).await;
    ensure!(matches!(answer, Err(CallError::Failed(CallFailure::TimedOut))), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn a_broken_connection_comes_back_by_itself() -> Result<()> {
    let (_server, url) = start(0)?;
    let (client, mut notices) = connect::<Chat>(options(&url, "let-me-in"));
    connected(&mut notices).await?;
    // The server answers this by cutting the line.
    let _ = client.call(ListConversations::default()).await;
    connected(&mut notices).await
}

#[tokio::test]
async fn a_call_made_while_the_server_restarts_is_answered_by_the_next_one() -> Result<()> {
    let (server, url) = start(0)?;
    let (client, mut notices) = connect::<Chat>(options(&url, "let-me-in"));
    connected(&mut notices).await?;

    server.stop(Duration::from_secs(10))?;
    disconnected(&mut notices).await?;
    let group_id: GroupId = "0192e4a0-7b3c-7000-8000-0000000000aa".parse()?;
    let call = client.call(JoinGroup { group_id });
    let port = url.rsplit(':').next().context("no port")?.parse()?;
    let (_server, _) = start(port)?;
    ensure!(call.await?.id == group_id);
    Ok(())
}

fn start(port: u16) -> Result<(Running, String)> {
    let mut node = Command::new("node");
    node.current_dir(interop_packages()?).args(["server.mjs", &port.to_string()]);
    let mut server = Running::start(&mut node)?;
    let url = server.wait_for("its address", |line| Some(line.strip_prefix("listening on ")?.to_owned()))?;
    Ok((server, url))
}

fn options(url: &str, token: &'static str) -> Options {
    Options::new(url).auth(move || ConnectAuth::new(token.to_owned()))
}

async fn connected(notices: &mut Notices<Chat>) -> Result<()> {
    while !matches!(next(notices).await?, Notice::Connected) {}
    Ok(())
}

async fn disconnected(notices: &mut Notices<Chat>) -> Result<()> {
    while !matches!(next(notices).await?, Notice::Disconnected { .. }) {}
    Ok(())
}

async fn expect(notices: &mut Notices<Chat>, fits: impl Fn(&ServerEvent) -> bool) -> Result<()> {
    match next(notices).await? {
        Notice::Event(event) if fits(&event) => Ok(()),
        other => bail!("not what was expected: {other:?}"),
    }
}

async fn next(notices: &mut Notices<Chat>) -> Result<Notice<Chat>> {
    let notice = timeout(Duration::from_secs(15), notices.next()).await;
    notice.context("nothing happened for 15 seconds")?.context("the client has ended")
}
