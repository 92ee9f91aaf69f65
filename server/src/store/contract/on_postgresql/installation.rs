//! What servers on one database share: an id and a signing key.

use std::{collections::HashSet, fs, path::Path, thread};

use clap::Parser;

use crate::{
    auth::key::{self, SigningKey},
    config::Config,
    data_dir::DataDir,
    error::StartError,
    store::{InstallationId, Store, installation, migrate_postgresql},
    testing::{
        postgresql::{LOCKED, TestDatabase},
        scratch,
    },
};

/// What a server has that is started with these.
async fn started(
    data_dir: &Path,
    database: &TestDatabase,
) -> Result<(InstallationId, SigningKey), StartError> {
    let options = ["parlance", "--data-dir", data_dir.to_str().unwrap(), "--database", &database.url()];
    let held = DataDir::take(data_dir).unwrap();
    let (store, _told) = Store::of(&Config::parse_from(options))?;
    let key = key::load(&held, store.signing_key());
    store.close().await;
    Ok((store.installation_id(), key?))
}

#[tokio::test]
async fn servers_that_start_at_once_on_a_new_database_agree_on_one_key_and_one_id() {
    let database = TestDatabase::empty();
    let address = database.url().parse().unwrap();
    let found = thread::scope(|scope| {
        let start = |number: u8| {
            migrate_postgresql(&address).unwrap();
            installation::join(&address, || Ok([number; 32])).map(|found| (found.id, found.signing_key))
        };
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || start(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect::<HashSet<_>>()
    });
    assert_eq!(found.len(), 1, "{found:?}");
    let (store, _told) = Store::connect(&address).unwrap();
    assert!(found.contains(&(store.installation_id(), store.signing_key().unwrap())));
}

#[tokio::test]
async fn two_databases_have_two_keys_and_two_ids() {
    let databases = [TestDatabase::new(), TestDatabase::new()];
    let [one, other] = databases.each_ref().map(|database| {
        let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
        (store.installation_id(), store.signing_key().unwrap())
    });
    assert!(one.0 != other.0 && one.1 != other.1);
}

#[tokio::test]
async fn a_key_in_the_data_directory_is_for_a_database_that_has_none() {
    let database = TestDatabase::new();
    let (earlier, other) = (scratch(), scratch());
    fs::write(earlier.path().join("signing.key"), [7; 32]).unwrap();
    let (id, key) = started(earlier.path(), &database).await.unwrap();
    assert_eq!(key, [7; 32]);
    // The next one has another key in its file, or something that is no key. It is not used, and stays.
    for own in [&[8; 32][..], b"short"] {
        fs::write(other.path().join("signing.key"), own).unwrap();
        assert_eq!(started(other.path(), &database).await.unwrap(), (id, key));
        assert_eq!(fs::read(other.path().join("signing.key")).unwrap(), own);
    }
    // Where there is none, none is made.
    let third = scratch();
    assert_eq!(started(third.path(), &database).await.unwrap(), (id, key));
    assert!(!third.path().join("signing.key").exists());
}

#[tokio::test]
async fn a_file_that_is_no_key_is_not_taken_for_one() {
    let (database, data_dir) = (TestDatabase::new(), scratch());
    fs::write(data_dir.path().join("signing.key"), "short").unwrap();
    let sentence = started(data_dir.path(), &database).await.unwrap_err().to_string();
    assert!(sentence.contains("signing.key is not 32 bytes long"), "{sentence}");
    assert_eq!(database.number("SELECT count(*) FROM installation"), 0);
}

#[tokio::test]
async fn a_copy_of_a_database_is_another_installation_after_one_statement() {
    let (database, data_dir) = (TestDatabase::new(), scratch());
    let original = started(data_dir.path(), &database).await.unwrap();
    let copy = database.copy();
    assert_eq!(started(data_dir.path(), &copy).await.unwrap(), original);
    copy.run("DELETE FROM installation");
    let other = started(data_dir.path(), &copy).await.unwrap();
    assert!(original.0 != other.0 && original.1 != other.1);
}

#[tokio::test]
async fn a_database_of_the_version_before_gets_the_key_that_its_server_had() {
    let (database, data_dir) = (TestDatabase::empty(), scratch());
    database.run(include_str!("../../schema/postgresql/1.sql"));
    database.run("UPDATE parlance SET version = 1");
    fs::write(data_dir.path().join("signing.key"), [7; 32]).unwrap();
    let (_, key) = started(data_dir.path(), &database).await.unwrap();
    assert_eq!(key, [7; 32]);
}

#[tokio::test]
async fn the_key_is_read_by_nobody_else_who_may_read_all_tables() {
    let (user, _) = LOCKED;
    let database = TestDatabase::empty();
    database.run(&format!(
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {user}; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"
    ));
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    assert!(store.signing_key().is_some());
    let may_read = |table: &str| {
        database.number(&format!("SELECT has_table_privilege('{user}', '{table}', 'SELECT')::INT::BIGINT"))
    };
    assert_eq!((may_read("users"), may_read("installation")), (1, 0));
}
