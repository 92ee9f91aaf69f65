use protocol::{CreateGroup, Recipient, User, Visibility};

use crate::{
    domain_event::Origin,
    store::{Address, Store, check_postgresql, message::NewMessage},
    testing::postgresql::TestDatabase,
};

/// A database with something in each table, and nobody using it.
async fn filled() -> TestDatabase {
    let database = TestDatabase::new();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    let ben = store.register("ben".parse().unwrap(), String::new()).await.unwrap();
    let send = async |from: &User, recipient: Recipient, text: &str| {
        let content = text.parse().unwrap();
        let new = NewMessage { sender: from.id, recipient, content, client_id: None, reply_to: None };
        store.send(new).await.unwrap()
    };
    let new = CreateGroup {
        name: "Lunch".parse().unwrap(),
        visibility: Visibility::Public,
        client_id: Some("g".parse().unwrap()),
    };
    let group = store.create_group(ann.id, Origin::default(), new).await.unwrap();
    store.join_group(ben.clone(), group.id).await.unwrap();
    for number in 0..5 {
        send(&ann, Recipient::User(ben.id), &format!("cake {number}")).await;
    }
    let message = send(&ben, Recipient::Group(group.id), "@ann cake?").await;
    let edited = store.edit_message(ben.id, message.id, "@ann tea?".parse().unwrap(), None).await.unwrap();
    edited.committed().await.unwrap();
    // One that is deleted after it was put into the index, and one before.
    let first = send(&ben, Recipient::Group(group.id), "oops").await;
    store.index_messages().await.unwrap();
    let second = send(&ben, Recipient::Group(group.id), "oops again").await;
    for message in [first, second] {
        store.delete_message(ben.id, message.id).await.unwrap().committed().await.unwrap();
    }
    store.index_messages().await.unwrap();
    store.close().await;
    database
}

fn problems(database: &TestDatabase) -> Vec<String> {
    let address: Address = database.url().parse().unwrap();
    check_postgresql(&address).unwrap().problems
}

#[tokio::test]
async fn what_is_damaged_on_purpose_is_found_and_nothing_else() {
    let whole = filled().await;
    let address: Address = whole.url().parse().unwrap();
    let checked = check_postgresql(&address).unwrap();
    assert_eq!(checked.problems, Vec::<String>::new());
    assert_eq!(checked.to_string(), "people: 2, groups: 1, messages: 8");
    let private = "(SELECT id FROM conversations WHERE low IS NOT NULL)";
    let of_group = "(SELECT conversation FROM groups)";
    for (damage, expected) in [
        (
            format!("DELETE FROM messages WHERE seq = 2 AND conversation = {private}"),
            &["not numbered from 1 to its head without a gap", "The index that is searched has not"][..],
        ),
        (
            format!("DELETE FROM messages WHERE seq = 5 AND conversation = {private}"),
            &["not numbered from 1 to its head without a gap", "The index that is searched has not"],
        ),
        (
            format!("UPDATE conversations SET rev = rev + 1 WHERE id = {private}"),
            &["A conversation's revisions are not its messages and their changes"],
        ),
        (
            format!(
                "DELETE FROM changes WHERE rev = (SELECT min(rev) FROM changes WHERE conversation = {of_group})"
            ),
            &["A conversation's revisions are not its messages and their changes"],
        ),
        (
            format!("UPDATE messages SET born = 1 WHERE seq = 2 AND conversation = {private}"),
            &["Two changes of a conversation have the same revision"],
        ),
        (
            format!("UPDATE members SET read_up_to = 99 WHERE conversation = {private} AND read_up_to > 0"),
            &["Somebody has read further than a conversation goes"],
        ),
        ("UPDATE groups SET members = 3".to_owned(), &["A group has another number of members than it says"]),
        (
            "UPDATE members SET role = 0".to_owned(),
            &[
                "A group has no owner, or more than one; if it has none, the next change of who is in the group gives it one",
            ],
        ),
        (
            "DROP INDEX members_owner; UPDATE members SET role = 2".to_owned(),
            &[
                "A group has no owner, or more than one",
                "A member has an unknown role, or somebody has a role in",
            ],
        ),
        (
            "UPDATE members SET role = 7 WHERE role = 0".to_owned(),
            &["A member has an unknown role, or somebody has a role in a private conversation"],
        ),
        (
            "UPDATE membership_changes SET number = number + 1".to_owned(),
            &["The people who joined and left a group are not numbered without a gap"],
        ),
        (
            "DELETE FROM looks; DELETE FROM user_parts; DELETE FROM users WHERE username = 'ben'".to_owned(),
            &["A row of the table members refers to one that is not there."],
        ),
        (
            "UPDATE edits SET seq = 77".to_owned(),
            &["A row of the table edits refers to one that is not there."],
        ),
        ("DELETE FROM message_words WHERE seq = 1".to_owned(), &["The index that is searched has not"]),
        (
            "ALTER SEQUENCE conversations_id_seq RESTART".to_owned(),
            &["The next conversation would get a number that is taken"],
        ),
        (
            "UPDATE parlance SET version = 99".to_owned(),
            &["Its tables have version 99; this Parlance knows 1 to "],
        ),
        ("DROP TABLE parlance".to_owned(), &["There are no tables of Parlance in it."]),
        ("DROP TABLE changes CASCADE".to_owned(), &["PostgreSQL says: relation \"changes\" does not exist."]),
    ] {
        let copy = whole.copy();
        // As a restore does it that was told to disable triggers, or a disk.
        copy.run(&format!("SET session_replication_role = replica; {damage}"));
        let problems = problems(&copy);
        for expected in expected {
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{damage}: {problems:?}");
        }
        // Of a person who is gone there are traces in several tables.
        let others = problems.iter().filter(|problem| !expected.iter().any(|one| problem.contains(one)));
        let others: Vec<_> = others.filter(|problem| !problem.contains("refers to one")).collect();
        assert!(others.is_empty(), "{damage}: {others:?}");
    }
}

#[tokio::test]
async fn a_text_that_cannot_be_read_is_found() {
    let database = filled().await;
    database.run("ALTER TABLE messages ALTER content SET STORAGE EXTERNAL");
    database.run("UPDATE messages SET content = repeat('cake ', 2000) WHERE seq = 1");
    assert_eq!(problems(&database), Vec::<String>::new());
    // Long texts are kept in a table beside their rows.
    database.run(
        "SET allow_system_table_mods = on;
         DELETE FROM pg_class WHERE oid = (SELECT reltoastrelid FROM pg_class WHERE relname = 'messages')",
    );
    let problems = problems(&database);
    assert!(problems[0].starts_with("PostgreSQL says: ") && problems.len() == 1, "{problems:?}");
}
