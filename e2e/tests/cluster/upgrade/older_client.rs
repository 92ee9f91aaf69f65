//! A program that was built from the last released catalogue, with the client and the runtime of that time, uses today's
//! server.

use std::env;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use client::{Notice, Notices, Options, native};
use e2e::{Server, account::Account, person::PASSWORD, program::Running};
use futures::StreamExt as _;
use protocol::{
    Chat, ConnectAuth, ConversationId, FetchHistory, Message, Recipient, SendPrivateMessage, ServerEvent,
};
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_program_of_the_last_release_writes_and_reads_and_comes_back() -> Result<()> {
    let Some(program) = env::var_os("PARLANCE_OLD_CLIENT") else {
        println!("PARLANCE_OLD_CLIENT names no program: `cargo xtask cluster upgrade` builds one.");
        return Ok(());
    };
    let mut server = Server::start("older-client")?;
    let url = server.url();
    let Account { id: ann_id, token } = Account::register(&url, "ann").await?;
    let auth = move || ConnectAuth::new(token.clone());
    let (ann, mut notices) = native::connect::<Chat>(Options::new(&url).auth(auth));

    let mut terminal = Command::new(program);
    terminal.arg(&url).env("XDG_DATA_HOME", server.data_directory());
    let mut ben = Running::start_and_write(&mut terminal)?;
    ben.write("ben")?;
    ben.write(PASSWORD)?;
    reads(&mut ben, "* connected")?;
    ben.write("/find ann")?;
    reads(&mut ben, "0. ann")?;
    ben.write("/open 0")?;
    ben.write("Hello from before")?;
    let hello = message(&mut notices).await?;
    assert_eq!((hello.content.as_str(), hello.recipient), ("Hello from before", Recipient::User(ann_id)));
    let says = async |text: &str| -> Result<()> {
        ann.call(SendPrivateMessage::new(hello.sender_id, text.parse().context("a text")?)).await?;
        Ok(())
    };
    says("Hello from today").await?;
    reads(&mut ben, "ann: Hello from today")?;

    server.stop()?;
    reads(&mut ben, "* not connected; what you write is kept")?;
    ben.write("Are you back?")?;
    server.start_again()?;
    reads(&mut ben, "* connected")?;
    // Ann may come back later than what was kept.
    heard(&mut notices, |notice| matches!(notice, Notice::Connected).then_some(())).await?;
    let newest = async || -> Result<Option<Message>> {
        let history = ann.call(FetchHistory::newest(ConversationId::User(hello.sender_id))).await?;
        Ok(history.messages.last().cloned())
    };
    let arrives = async {
        while newest().await?.is_none_or(|message| message.content.as_str() != "Are you back?") {
            sleep(Duration::from_millis(50)).await;
        }
        anyhow::Ok(())
    };
    timeout(PATIENCE, arrives).await.context("what was kept did not come")??;
    says("I am").await?;
    reads(&mut ben, "ann: I am")
}

fn reads(terminal: &mut Running, line: &str) -> Result<()> {
    terminal.wait_for(&format!("“{line}”"), |printed| (printed == line).then_some(()))
}

/// The next message that somebody else wrote.
async fn message(notices: &mut Notices<Chat>) -> Result<Message> {
    let message = |notice| match notice {
        Notice::Event(ServerEvent::PrivateMessage(message)) => Some(message),
        _ => None,
    };
    heard(notices, message).await
}

/// Waits for a notice in which `look` finds what is wanted.
async fn heard<T>(notices: &mut Notices<Chat>, look: impl Fn(Notice<Chat>) -> Option<T>) -> Result<T> {
    let next = async {
        loop {
            let notice = notices.next().await.context("the client has ended")?;
            if let Some(found) = look(notice) {
                return Ok(found);
            }
        }
    };
    timeout(PATIENCE, next).await.context("it was not heard")?
}
