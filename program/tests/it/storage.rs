//! When the disk does not do what it should, and when the log cannot be written.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use protocol::{ErrorCode, LoggedIn, path};
use tokio::time::sleep;

use crate::{
    harness::{TestServer, answer_of, code, credentials, patiently, private, register, request},
    lifecycle::{fails, listening_with, parlance, scratch, started},
    log::{ended, line, log_of},
};

/// A small file system in memory, for as long as it is held. None if nothing may be mounted here.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let disk = Self(scratch());
        let options = ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk.0.path().to_str()?];
        let mounted = Command::new("mount").args(options).stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then_some(disk)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").args(["-l", self.0.path().to_str().unwrap()]).status().ok();
    }
}

#[tokio::test]
async fn a_disk_that_is_full_is_said_everywhere_and_recovered_from() {
    // Where nothing may be mounted, the store's own tests have a database that cannot grow.
    let Some(disk) = SmallDisk::mount() else { return };
    let path = disk.0.path().to_owned();
    let server = TestServer::start_with(|config| config.data_dir.clone_from(&path)).await;
    let ann = server.person("ann").await;
    let phone = ann.connect().await;
    phone.say(&ann, "before").await;
    assert_eq!(server.get(path::READY).await.status, 200);
    let ballast = path.join("ballast");
    std::fs::write(&ballast, vec![0; 4 << 20]).unwrap_err();
    let long = "x".repeat(4_000);
    let mut refused = None;
    for _ in 0..1_000 {
        if let Err(error) = phone.call(private(ann.id(), &long, None)).await {
            refused = Some(error);
            break;
        }
    }
    assert_eq!(code(Err::<(), _>(refused.unwrap())), ErrorCode::StorageFull);
    let ready = server.get(path::READY).await;
    assert_eq!(ready.refusal(), (503, ErrorCode::StorageFull, None));
    assert!(ready.body.contains("the disk is full"), "{}", ready.body);
    assert!(ready.header("retry-after").is_some());
    assert_eq!(server.get(path::HEALTH).await.status, 200, "a restart would not help");
    let login = server.post(path::LOGIN, &credentials("ann", "password"), &[]).await;
    assert!([200, 503].contains(&login.status), "{login:?}");

    std::fs::remove_file(&ballast).unwrap();
    // Nobody writes. Somebody who asks finds out.
    sleep(Duration::from_millis(1_100)).await;
    assert_eq!(server.get(path::READY).await.status, 200);
    phone.say(&ann, &long).await;
    server.stop().await;
}

#[tokio::test]
async fn each_refusal_of_a_full_disk_is_in_the_log_with_the_id_of_its_request() {
    let Some(disk) = SmallDisk::mount() else { return };
    let options =
        ["--addr", "127.0.0.1:0", "--log", "parlance=debug", "--data-dir", disk.0.path().to_str().unwrap()];
    let mut running = started(parlance(&options)).await;
    let (log, addr) = (log_of(&mut running), running.2);
    let ann = register(addr, "ann").await;
    let phone = ann.connect().await;
    std::fs::write(disk.0.path().join("ballast"), vec![0; 4 << 20]).unwrap_err();
    let long = "x".repeat(4_000);
    let mut sent = 1;
    while phone.call(private(ann.id(), &long, None)).await.is_ok() {
        sent += 1;
    }
    let ready = request(addr, "GET", path::READY, &[], "").await;
    assert_eq!(ready.status, 503);
    let sentence = fails(&["healthy", "--addr", &addr.to_string()]).await;
    assert!(sentence.contains("is not ready") && sentence.contains("the disk is full"), "{sentence}");
    drop(phone);
    let log = ended(running, log).await;
    line(&log, &["refused: the disk is full", "failure{", &format!("-{sent} "), "event=\"privateMessage\""]);
    let id = ready.header("x-request-id").unwrap();
    line(&log, &["refused: the disk is full", "request{", id, "path=\"/ready\""]);
    line(&log, &["request answered", id, "status=503"]);
    assert_eq!(
        log.lines().filter(|line| line.contains("ERROR") || line.contains("WARN")).count(),
        1,
        "{log}"
    );
}

#[tokio::test]
async fn a_database_that_is_damaged_is_said_and_recovered_from() {
    let server = TestServer::start_with(|config| config.rate_limit = parlance::Switch::Off).await;
    let ann = server.person("ann").await;
    let phone = ann.connect().await;
    for number in 0..2_000 {
        phone.say(&ann, &format!("m{number} {}", "x".repeat(200))).await;
    }
    // When the log has been moved into it, most of the file is what is damaged.
    sleep(Duration::from_millis(2_500)).await;
    let file = server.data_dir().join("parlance.db");
    let whole = std::fs::read(&file).unwrap();
    let damaged: Vec<u8> =
        whole.iter().enumerate().map(|(at, byte)| if at < 8192 { *byte } else { 0x55 }).collect();
    overwrite(&file, &damaged);
    let mut found = None;
    for _ in 0..2_000 {
        let page = protocol::FetchHistory {
            before: Some(protocol::Seq(rand(2_000))),
            limit: Some(200),
            ..protocol::FetchHistory::newest(protocol::ConversationId::User(ann.id()))
        };
        if let Err(error) = phone.call(page).await {
            found = Some(error);
            break;
        }
    }
    assert_eq!(code(Err::<(), _>(found.unwrap())), ErrorCode::StorageUnavailable);
    let ready = server.get(path::READY).await;
    assert_eq!(ready.refusal(), (503, ErrorCode::StorageUnavailable, None));
    assert!(ready.body.contains("the database is damaged"), "{}", ready.body);
    overwrite(&file, &whole);
    let mut statuses = Vec::new();
    while statuses.last() != Some(&200) && statuses.len() < 40 {
        sleep(Duration::from_millis(250)).await;
        statuses.push(server.get(path::READY).await.status);
    }
    assert_eq!(statuses.last(), Some(&200), "{statuses:?}");
    server.stop().await;
}

fn overwrite(file: &std::path::Path, bytes: &[u8]) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().write(true).open(file).unwrap();
    file.write_all(bytes).unwrap();
}

fn rand(below: u64) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    1 + RandomState::new().hash_one(0) % below
}

#[cfg(unix)]
#[tokio::test]
async fn a_log_whose_reader_is_gone_or_stalls_does_not_end_the_server() {
    for stalls in [false, true] {
        let data_dir = scratch();
        let (mut running, _lines, addr) = listening_with(&data_dir, &["--log", "trace"]).await;
        let reader = running.stderr.take().unwrap();
        let reader = if stalls { Some(reader) } else { None };
        for number in 0..100 {
            let name = format!("person{number}");
            if number == 0 {
                register(addr, &name).await;
            } else {
                let answer = answer_of(addr, path::LOGIN, &credentials("person0", "password")).await;
                assert!([200, 429].contains(&answer.status), "{answer:?}");
            }
        }
        assert_eq!(running.try_wait().unwrap(), None, "it still runs");
        let id = running.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(patiently(running.wait()).await.unwrap().success());
        drop(reader);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_log_on_a_full_disk_does_not_end_the_server() {
    let data_dir = scratch();
    let mut command = parlance(&["--addr", "127.0.0.1:0", "--data-dir", data_dir.path().to_str().unwrap()]);
    command.stderr(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let (mut running, _lines, addr) = crate::lifecycle::started(command).await;
    let ann: LoggedIn = register(addr, "ann").await.login;
    assert_eq!(ann.user.username.as_str(), "ann");
    running.kill().await.unwrap();
}
