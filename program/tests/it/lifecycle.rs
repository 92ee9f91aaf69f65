//! Starting and ending: the binary itself, and a restart under connected clients.

use std::{
    net::{SocketAddr, TcpListener},
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use client::Notice;
use protocol::{ListConversations, ServerEvent};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
};

use crate::harness::{Person, TestServer, patiently, register};

pub(crate) fn parlance(options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlance"));
    command.args(options).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    command
}

pub(crate) fn scratch() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

pub(crate) async fn fails(options: &[&str]) -> String {
    let Output { status, stdout, stderr } = patiently(parlance(options).output()).await.unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(stdout.is_empty());
    let sentence = String::from_utf8(stderr).unwrap();
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    sentence
}

/// The binary, what it says on stdout, and where it listens.
pub(crate) type Running = (Child, Lines<BufReader<ChildStdout>>, SocketAddr);

/// The binary, once it said where it listens.
pub(crate) async fn listening(data_dir: &TempDir) -> Running {
    listening_with(data_dir, &[]).await
}

pub(crate) async fn listening_with(data_dir: &TempDir, more: &[&str]) -> Running {
    let mut options = vec!["--addr", "127.0.0.1:0", "--data-dir", data_dir.path().to_str().unwrap()];
    options.extend(more);
    started(parlance(&options)).await
}

pub(crate) async fn started(mut command: Command) -> Running {
    let mut running = command.spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let line = patiently(lines.next_line()).await.unwrap().unwrap();
    let addr = line.strip_prefix("Parlance listens on http://").unwrap().parse().unwrap();
    (running, lines, addr)
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let data_dir = scratch();
    let (mut running, _lines, addr) = listening(&data_dir).await;
    let ann = register(addr, "ann").await;
    let message = ann.connect().await.say(&ann, "keep this").await;
    running.kill().await.unwrap();
    let (mut running, _lines, addr) = listening(&data_dir).await;
    let device = Person { addr, ..ann }.connect().await;
    let conversation = device.call(ListConversations::default()).await.unwrap().remove(0);
    assert_eq!(conversation.last_message, Some(message));
    running.kill().await.unwrap();
}

#[tokio::test]
async fn it_says_where_it_listens_and_ends_in_time_with_clients_connected() {
    let data_dir = scratch();
    for signal in ["-INT", "-TERM"] {
        let (mut running, mut lines, addr) = listening(&data_dir).await;
        // A WebSocket, and an HTTP connection that is kept open.
        let url = format!("ws://{addr}/socket.io/?EIO=4&transport=websocket");
        let socket = patiently(tokio_tungstenite::connect_async(url)).await.unwrap();
        let idle = TcpStream::connect(addr).await.unwrap();
        let asked = Instant::now();
        let id = running.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
        let status = patiently(running.wait()).await.unwrap();
        assert!(status.success(), "{status}");
        assert!(asked.elapsed() < Duration::from_secs(10));
        assert_eq!(lines.next_line().await.unwrap(), None, "one line and no more");
        drop((socket, idle));
    }
}

#[tokio::test]
async fn an_address_in_use_and_an_unusable_directory_end_it_with_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let data_dir = scratch();
    let sentence = fails(&["--addr", &addr, "--data-dir", data_dir.path().to_str().unwrap()]).await;
    assert!(sentence.starts_with(&format!("Parlance cannot listen on {addr}: ")), "{sentence}");
    let file = data_dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let sentence = fails(&["--addr", "127.0.0.1:0", "--data-dir", file.to_str().unwrap()]).await;
    assert!(sentence.starts_with("Parlance cannot use the data directory"), "{sentence}");
}

#[tokio::test]
async fn what_is_no_database_or_no_key_is_refused_and_left_as_it_is() {
    for (name, contents) in
        [("parlance.db", "this is not a database, but long enough to look"), ("signing.key", "short")]
    {
        let data_dir = scratch();
        let file = data_dir.path().join(name);
        std::fs::write(&file, contents).unwrap();
        let sentence =
            fails(&["--addr", "127.0.0.1:0", "--data-dir", data_dir.path().to_str().unwrap()]).await;
        assert!(sentence.contains(name), "{sentence}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), contents);
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_directory_is_refused() {
    let data_dir = scratch();
    let path = data_dir.path().to_owned();
    let server = TestServer::start_with(|config| config.data_dir = path).await;
    let sentence = fails(&["--addr", "127.0.0.1:0", "--data-dir", data_dir.path().to_str().unwrap()]).await;
    assert!(sentence.starts_with("Another Parlance uses the data directory"), "{sentence}");
    server.stop().await;
}

#[tokio::test]
async fn a_second_server_is_refused_after_the_signing_key_was_deleted() {
    let data_dir = scratch();
    let (mut running, _lines, _) = listening(&data_dir).await;
    std::fs::remove_file(data_dir.path().join("signing.key")).unwrap();
    let sentence = fails(&["--addr", "127.0.0.1:0", "--data-dir", data_dir.path().to_str().unwrap()]).await;
    assert!(sentence.starts_with("Another Parlance uses the data directory"), "{sentence}");
    running.kill().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn the_signing_key_and_the_database_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let data_dir = scratch();
    let path = data_dir.path().to_owned();
    let server = TestServer::start_with(|config| config.data_dir = path).await;
    for file in ["signing.key", "parlance.db", "parlance.db-wal"] {
        let about = std::fs::metadata(data_dir.path().join(file)).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{file}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_comes_back_by_itself_after_a_restart() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let mut bens = ben.connect().await;
    let server = server.restart().await;
    loop {
        if let Notice::Connected = bens.notice().await {
            break;
        }
    }
    let message = ann.connect().await.say(&ben, "welcome back").await;
    let ServerEvent::PrivateMessage(received) = bens.event().await else { panic!() };
    assert_eq!(received, message);
    server.stop().await;
}

#[tokio::test]
async fn healthy_says_whether_a_server_is_ready() {
    let data_dir = scratch();
    let (mut running, _lines, addr) = listening(&data_dir).await;
    let addr = addr.to_string();
    let Output { status, stdout, .. } =
        patiently(parlance(&["healthy", "--addr", &addr]).output()).await.unwrap();
    assert!(status.success());
    assert_eq!(String::from_utf8(stdout).unwrap(), format!("Parlance at http://{addr} is ready.\n"));
    running.kill().await.unwrap();
    let sentence = fails(&["healthy", "--addr", &addr]).await;
    assert!(sentence.starts_with(&format!("Nobody answers for Parlance at http://{addr}: ")), "{sentence}");
}
