use protocol::{ConversationId, CreateGroup, MessageText, Recipient, Role, User, Visibility, query::Query};
use tempfile::TempDir;

use super::*;
use crate::{
    domain_event::Origin,
    store::{
        self, Store, conversation::Page, message::NewMessage, message_search::Search, part::Part,
        session::Refreshed,
    },
    testing::{
        postgresql::{TestDatabase, aside},
        scratch,
    },
};

async fn send(store: &Store, from: &User, to: Recipient, text: &str) -> protocol::Message {
    let content: MessageText = text.parse().unwrap();
    let client_id = Some(format!("c {text}").replace('\0', "0").parse().unwrap());
    store
        .send(NewMessage { sender: from.id, recipient: to, content, client_id, reply_to: None })
        .await
        .unwrap()
}

/// An installation with something in each table.
async fn installation() -> (TempDir, [User; 2]) {
    let folder = scratch();
    let (store, _told) = Store::open(folder.path()).unwrap();
    let ann = store.register("Ann".parse().unwrap(), "a hash".to_owned()).await.unwrap();
    let ben = store.register("b\u{e9}n".parse().unwrap(), "a hash".to_owned()).await.unwrap();
    let session = store.start_session(ann.id, [1; 32]).await.unwrap();
    let next = store::session::Next {
        old: crate::auth::token::TokenId([1; 16]),
        new: crate::auth::token::TokenId([2; 16]),
        expires_at: protocol::Timestamp(i64::MAX),
    };
    assert!(store.renew_token(session, next).await.unwrap());
    let new = CreateGroup {
        name: "Lunch \u{ffff}".parse().unwrap(),
        visibility: Visibility::Public,
        client_id: Some("g".parse().unwrap()),
    };
    let group = store.create_group(ann.id, Origin::default(), new).await.unwrap();
    store.join_group(ben.clone(), group.id).await.unwrap();
    for number in 0..50 {
        send(&store, &ann, Recipient::User(ben.id), &format!("cake {number} \0 \u{ffff}")).await;
    }
    let message = send(&store, &ann, Recipient::Group(group.id), "@ben @b\u{e9}n").await;
    let edited =
        store.edit_message(ann.id, message.id, "@all @b\u{e9}n".parse().unwrap(), None).await.unwrap();
    edited.committed().await.unwrap();
    let unchanged =
        store.edit_message(ann.id, message.id, "@all @b\u{e9}n".parse().unwrap(), Some("e".parse().unwrap()));
    unchanged.await.unwrap().committed().await.unwrap();
    store.add_reaction(ben.id, message.id, "👍".parse().unwrap()).await.unwrap().committed().await.unwrap();
    store.index_messages().await.unwrap();
    let eve = store.register("eve".parse().unwrap(), "a hash".to_owned()).await.unwrap();
    store.ban(ann.id, group.id, eve.id).await.unwrap();
    let large = |db: &Db<'_>| {
        // As in a group that is large.
        let noted = "INSERT INTO mentions_of_all (conversation, seq, sender)
                     SELECT conversation, seq, sender FROM messages WHERE edited_at IS NOT NULL";
        db.prepare_cached(noted)?.execute(crate::store::db::params![])?;
        Ok(crate::store::writer::Done::without_event(()))
    };
    store.write(large).await.unwrap();
    store.close().await;
    (folder, [ann, ben])
}

const KEY: SigningKey = [7; 32];

fn moved(folder: &TempDir, database: &TestDatabase) -> Result<Checked, MoveError> {
    let address = database.url().parse().unwrap();
    aside(|| migrate_store(&store::file(folder.path()), Some(KEY), &address))
}

#[tokio::test]
async fn an_installation_is_the_same_after_it_was_moved_and_the_source_is_untouched() {
    let (folder, [ann, ben]) = installation().await;
    let file = std::fs::read(store::file(folder.path())).unwrap();
    let database = TestDatabase::empty();
    let checked = moved(&folder, &database).unwrap();
    assert_eq!(checked.to_string(), "people: 3, groups: 1, messages: 51");
    assert!(std::fs::read(store::file(folder.path())).unwrap() == file, "the source is untouched");
    for table in TABLES {
        assert_ne!(database.number(&format!("SELECT count(*) FROM {table}")), 0, "nothing was in {table}");
    }

    let (source, _told) = Store::open(folder.path()).unwrap();
    let (target, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    for me in [&ann, &ben] {
        let list = source.conversations(me.id, Part::default()).await.unwrap();
        assert_eq!(target.conversations(me.id, Part::default()).await.unwrap(), list);
        for conversation in list.iter().map(protocol::Conversation::id) {
            let page = Page { limit: Some(200), ..Page::default() };
            let history = source.history(me.id, conversation, page).await.unwrap();
            assert_eq!(target.history(me.id, conversation, page).await.unwrap(), history);
        }
        let query = Query::parse("cake").unwrap();
        let search = Search { query, limit: Some(50), ..Search::default() };
        let found = source.search_messages(me.id, search.clone()).await.unwrap();
        assert_eq!(found.hits.len(), 50);
        assert_eq!(target.search_messages(me.id, search.clone()).await.unwrap().hits, found.hits);
        target.index_messages().await.unwrap();
        assert_eq!(target.search_messages(me.id, search).await.unwrap().hits, found.hits);
    }
    // It goes on there, as if nothing had been.
    let cake = "cake 3 \0 \u{ffff}";
    let again = send(&target, &ann, Recipient::User(ben.id), cake).await;
    assert_eq!(again.seq, protocol::Seq(4));
    assert_eq!(send(&target, &ben, Recipient::User(ann.id), "next").await.seq, protocol::Seq(51));
    let eve = target.account(&"eve".parse().unwrap()).await.unwrap().unwrap().user;
    let group = target.own_groups(ben.id, Part::default()).await.unwrap()[0].id;
    let members = target.members(ben.id, group, Part::default()).await.unwrap();
    assert_eq!(members.iter().map(|member| member.role).collect::<Vec<_>>(), [Role::Owner, Role::Member]);
    assert!(target.join_group(eve.clone(), group).await.is_err(), "she is banned");
    assert_eq!(send(&target, &eve, Recipient::User(ann.id), "hi").await.seq, protocol::Seq(1));
    let session = ann_session(&database);
    let refreshed = target.refresh_session(session, [1; 32], [2; 32]).await.unwrap();
    assert!(matches!(refreshed, Refreshed::Rotated(live) if live.user == ann));
    let page = target.history(ann.id, ConversationId::User(eve.id), Page::default()).await.unwrap();
    assert_eq!(page.messages.len(), 1);
    // Tokens that were given before are accepted.
    assert_eq!(target.signing_key(), Some(KEY));
}

#[tokio::test]
async fn the_key_comes_along_although_a_server_has_started_on_the_database_before() {
    let (folder, _) = installation().await;
    let database = TestDatabase::empty();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let id = store.installation_id();
    store.close().await;
    moved(&folder, &database).unwrap();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    assert_eq!((store.installation_id(), store.signing_key()), (id, Some(KEY)));
}

fn ann_session(database: &TestDatabase) -> crate::ids::SessionId {
    let id = database.bytes("SELECT id FROM sessions");
    crate::ids::SessionId(id.try_into().unwrap())
}

#[tokio::test]
async fn a_database_that_is_not_empty_or_a_source_of_another_version_is_refused() {
    let (folder, _) = installation().await;
    let database = TestDatabase::new();
    database
        .run("INSERT INTO users (id, username, folded, password, created_at) VALUES ('x', 'x', 'x', 'x', 0)");
    let sentence = moved(&folder, &database).unwrap_err().to_string();
    assert!(sentence.contains("is not empty. Nothing was moved"), "{sentence}");
    assert_eq!(database.number("SELECT count(*) FROM users"), 1);
    let empty = TestDatabase::new();
    let source = Connection::open(store::file(folder.path())).unwrap();
    source.pragma_update(None, "user_version", 3).unwrap();
    let sentence = moved(&folder, &empty).unwrap_err().to_string();
    assert!(sentence.contains("is of another version of Parlance"), "{sentence}");
}

#[tokio::test]
async fn a_table_that_is_not_the_same_there_is_noticed_and_nothing_is_moved() {
    let (folder, _) = installation().await;
    let database = TestDatabase::new();
    database.run(
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN NEW.content = replace(NEW.content, ''7'', ''1''); RETURN NEW; END';
         CREATE TRIGGER spoil BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION spoil()",
    );
    let sentence = moved(&folder, &database).unwrap_err().to_string();
    assert!(sentence.starts_with("The table messages is not the same there: 51 rows"), "{sentence}");
    assert_eq!(database.number("SELECT count(*) FROM users"), 0);
}

#[test]
fn no_table_is_forgotten() {
    let database = TestDatabase::new();
    let others = database.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'");
    assert_eq!(
        others,
        TABLES.len() as i64 + 4,
        "but for `parlance`, `installation`, `nodes` and `message_words`"
    );
}
