//! Backup, restore and check, as an owner runs them.

use std::{fs, path::Path, process::Output};

use protocol::ListConversations;
use tempfile::TempDir;

use crate::{
    harness::{Person, log_in, patiently, register},
    lifecycle::{fails, listening, parlance, scratch},
};

async fn run(data_dir: &TempDir, command: &str, file: Option<&Path>) -> Output {
    let mut options = vec![command, "--data-dir", data_dir.path().to_str().unwrap()];
    options.extend(file.map(|file| file.to_str().unwrap()));
    patiently(parlance(&options).output()).await.unwrap()
}

async fn done(data_dir: &TempDir, command: &str, file: Option<&Path>) -> String {
    let Output { status, stdout, stderr } = run(data_dir, command, file).await;
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// A server is killed after a few messages.
async fn ann_says_something(data_dir: &TempDir) {
    let (mut running, _lines, addr) = listening(data_dir).await;
    let ann = register(addr, "ann").await;
    let phone = ann.connect().await;
    for number in 0..3 {
        phone.say(&ann, &format!("m{number}")).await;
    }
    running.kill().await.unwrap();
}

#[tokio::test]
async fn a_backup_of_a_running_server_has_everything_that_was_acknowledged_and_can_be_restored() {
    let (data_dir, elsewhere) = (scratch(), scratch());
    let backup = elsewhere.path().join("backup.db");
    let (mut running, _lines, addr) = listening(&data_dir).await;
    let ann = register(addr, "ann").await;
    let phone = ann.connect().await;
    for number in 0..50 {
        phone.say(&ann, &format!("m{number}")).await;
    }
    let written = done(&data_dir, "backup", Some(&backup)).await;
    assert!(written.ends_with("people: 1, groups: 0, messages: 50.\n"), "{written}");
    let later = phone.say(&ann, "after the backup").await;
    let whole = done(&data_dir, "check", None).await;
    assert!(whole.ends_with("people: 1, groups: 0, messages: 51.\n"), "{whole}");

    let refused = run(&data_dir, "restore", Some(&backup)).await;
    assert!(!refused.status.success(), "a server that runs keeps its database");
    running.kill().await.unwrap();
    let restored = done(&data_dir, "restore", Some(&backup)).await;
    assert!(restored.contains("What was there before is kept in "), "{restored}");
    let (mut running, _lines, addr) = listening(&data_dir).await;
    let phone = Person { addr, ..ann }.connect().await;
    let last = phone.call(ListConversations::default()).await.unwrap().remove(0).last_message.unwrap();
    assert_eq!(last.content.as_str(), "m49");
    running.kill().await.unwrap();

    // What was there before is kept, with what a kill had left in the log.
    let kept = restored.split("is kept in ").nth(1).unwrap().trim_end().trim_end_matches('.');
    done(&data_dir, "restore", Some(Path::new(kept))).await;
    let (mut running, _lines, addr) = listening(&data_dir).await;
    let last = log_in(addr, "ann")
        .await
        .connect()
        .await
        .call(ListConversations::default())
        .await
        .unwrap()
        .remove(0)
        .last_message
        .unwrap();
    assert_eq!(last, later);
    running.kill().await.unwrap();
}

#[tokio::test]
async fn a_backup_can_be_restored_where_nothing_is_and_is_one_private_file() {
    let (data_dir, elsewhere, fresh) = (scratch(), scratch(), scratch());
    let (mut running, _lines, addr) = listening(&data_dir).await;
    register(addr, "ann").await;
    running.kill().await.unwrap();
    let backup = elsewhere.path().join("backup.db");
    // Twice, as every night: the newer one takes the place of the older.
    done(&data_dir, "backup", Some(&backup)).await;
    done(&data_dir, "backup", Some(&backup)).await;
    let files: Vec<_> =
        fs::read_dir(elsewhere.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["backup.db"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    }
    done(&fresh, "restore", Some(&backup)).await;
    let (mut running, _lines, addr) = listening(&fresh).await;
    log_in(addr, "ann").await;
    running.kill().await.unwrap();
}

#[tokio::test]
async fn what_is_no_whole_database_is_neither_restored_nor_said_to_be_whole() {
    let (data_dir, elsewhere) = (scratch(), scratch());
    let dir = data_dir.path().to_str().unwrap();
    ann_says_something(&data_dir).await;
    let (backup, broken) = (elsewhere.path().join("backup.db"), elsewhere.path().join("broken.db"));
    done(&data_dir, "backup", Some(&backup)).await;
    let before = fs::read(data_dir.path().join("parlance.db")).unwrap();

    fs::copy(&backup, &broken).unwrap();
    let db = rusqlite_open(&broken);
    db.execute("DELETE FROM messages WHERE seq = 2", []).unwrap();
    drop(db);
    let said = run(&data_dir, "check", Some(&broken)).await;
    assert_eq!(said.status.code(), Some(1));
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("not numbered from 1 to its head without a gap"), "{said}");
    assert!(!run(&data_dir, "restore", Some(&broken)).await.status.success());

    // Torn in the middle, and no database at all.
    let bytes = fs::read(&backup).unwrap();
    fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    assert!(!run(&data_dir, "restore", Some(&broken)).await.status.success());
    fs::write(&broken, "this is not a database, but long enough to look").unwrap();
    assert!(!run(&data_dir, "restore", Some(&broken)).await.status.success());
    assert_eq!(fs::read(data_dir.path().join("parlance.db")).unwrap(), before, "and nothing was changed");

    let sentence = fails(&["check", "--data-dir", elsewhere.path().to_str().unwrap()]).await;
    assert!(sentence.starts_with("There is no database at "), "{sentence}");
    let itself = data_dir.path().join("parlance.db");
    let sentence = fails(&["backup", "--data-dir", dir, itself.to_str().unwrap()]).await;
    assert!(sentence.contains("is the database itself"), "{sentence}");
}

#[tokio::test]
async fn a_backup_of_a_damaged_database_leaves_the_last_good_one_where_it_is() {
    let (data_dir, elsewhere) = (scratch(), scratch());
    ann_says_something(&data_dir).await;
    let backup = elsewhere.path().join("backup.db");
    done(&data_dir, "backup", Some(&backup)).await;
    let good = fs::read(&backup).unwrap();

    // A copy has what the database has: first a message is missing, then a page is damaged, too.
    let database = data_dir.path().join("parlance.db");
    let db = rusqlite_open(&database);
    db.execute("DELETE FROM messages WHERE seq = 2", []).unwrap();
    drop(db);
    for damages_a_page in [false, true] {
        if damages_a_page {
            let mut bytes = fs::read(&database).unwrap();
            let last = bytes.len() - 4096;
            bytes[last..].fill(0xff);
            fs::write(&database, bytes).unwrap();
        }
        let said = run(&data_dir, "backup", Some(&backup)).await;
        assert_eq!(said.status.code(), Some(1));
        let said = String::from_utf8(said.stderr).unwrap();
        assert!(said.contains("not written"), "{said}");
        assert_eq!(fs::read(&backup).unwrap(), good);
        let files: Vec<_> =
            fs::read_dir(elsewhere.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, ["backup.db"]);
    }
}

fn rusqlite_open(path: &Path) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(path).unwrap();
    db.pragma_update(None, "foreign_keys", true).unwrap();
    db
}
