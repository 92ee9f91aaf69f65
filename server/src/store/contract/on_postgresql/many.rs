//! Several servers that write to one database at the same time.

use std::{collections::HashMap, sync::Arc};

use futures::future::join_all;
use protocol::{
    ConversationId, CreateGroup, Emoji, Group, GroupId, Message, Recipient, Rev, Seq, User, UserId,
    Visibility,
};
use tokio::sync::mpsc;

use crate::{
    domain_event::{DomainEvent, Envelope, Origin},
    error::Result,
    store::{Store, conversation::Page, message::NewMessage, part::Part, session::Refreshed},
    testing::postgresql::TestDatabase,
};

/// Servers on one database.
pub(super) struct Servers {
    pub(super) all: Vec<Arc<Store>>,
    told: Vec<mpsc::Receiver<Envelope>>,
    database: TestDatabase,
}

impl Servers {
    pub(super) fn start(count: usize) -> Self {
        let database = TestDatabase::new();
        let address = database.url().parse().unwrap();
        let (all, told) = (0..count)
            .map(|_| Store::connect(&address).unwrap())
            .map(|(store, told)| (Arc::new(store), told))
            .unzip();
        Self { all, told, database }
    }

    pub(super) async fn users(&self, count: usize) -> Vec<User> {
        let names = (0..count).map(|number| format!("user{number}").parse().unwrap());
        let made = names.map(|name| self.all[0].register(name, String::new()));
        join_all(made).await.into_iter().map(Result::unwrap).collect()
    }

    /// A group with these members.
    pub(super) async fn group(&self, members: &[User]) -> Group {
        let name = "Lunch".parse().unwrap();
        let new = CreateGroup { name, visibility: Visibility::Public, client_id: None };
        let group = self.all[0].create_group(members[0].id, Origin::default(), new).await.unwrap();
        for user in &members[1..] {
            self.all[0].join_group(user.clone(), group.id).await.unwrap();
        }
        group
    }

    /// Closes all, and returns what each of them published.
    pub(super) async fn close(self) -> (Vec<Vec<DomainEvent>>, TestDatabase) {
        join_all(self.all.iter().map(|store| store.close())).await;
        let mut published = Vec::new();
        for mut told in self.told {
            let mut events = Vec::new();
            while let Some(envelope) = told.recv().await {
                events.push(envelope.event);
            }
            published.push(events);
        }
        (published, self.database)
    }
}

pub(super) fn message(
    sender: &User,
    recipient: Recipient,
    text: String,
    client_id: Option<String>,
) -> NewMessage {
    NewMessage {
        sender: sender.id,
        recipient,
        content: text.parse().unwrap(),
        client_id: client_id.map(|id| id.parse().unwrap()),
        reply_to: None,
    }
}

/// What must hold of every conversation, whoever wrote to it.
pub(super) fn check(database: &TestDatabase) {
    for (what, wrong) in [
        (
            "seqs have no gaps",
            "SELECT count(*) FROM conversations c
             WHERE c.head != (SELECT count(*) FROM messages m WHERE m.conversation = c.id)
                OR c.head != (SELECT coalesce(max(m.seq), 0) FROM messages m WHERE m.conversation = c.id)",
        ),
        (
            "revs are messages and changes",
            "SELECT count(*) FROM conversations c
             WHERE c.rev != c.head + (SELECT count(*) FROM changes h WHERE h.conversation = c.id)",
        ),
        (
            "each rev is of one of them",
            "SELECT count(*) FROM (
                SELECT conversation, born AS rev FROM messages UNION ALL SELECT conversation, rev FROM changes
             ) AS every GROUP BY conversation, rev HAVING count(*) > 1
             UNION ALL SELECT 0 LIMIT 1",
        ),
        (
            "groups count their members",
            "SELECT count(*) FROM groups g
             WHERE g.members != (SELECT count(*) FROM members m WHERE m.conversation = g.conversation)",
        ),
        (
            "each group with members has one owner",
            "SELECT count(*) FROM groups g
             WHERE (SELECT count(*) FROM members m WHERE m.conversation = g.conversation AND m.role = 2)
                != CASE WHEN g.members > 0 THEN 1 ELSE 0 END",
        ),
        (
            "nobody is banned and a member",
            "SELECT count(*) FROM bans b JOIN members m ON m.conversation = b.conversation AND m.user = b.user",
        ),
        (
            "changes of membership are numbered",
            "SELECT count(*) FROM (SELECT conversation, max(number) AS last, count(*) AS n
                                   FROM membership_changes GROUP BY conversation) AS every WHERE last != n",
        ),
    ] {
        assert_eq!(database.number(wrong), 0, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn messages_have_numbers_without_gaps_are_kept_once_and_are_published_in_order() {
    const SENDERS: usize = 32;
    const EACH: usize = 25;
    let servers = Servers::start(2);
    let users = servers.users(SENDERS).await;
    let group = servers.group(&users).await.id;
    // Into few conversations: the group, and those with three people, most of which do not exist yet. Each message
    // is sent to both servers at once, and once more.
    let senders = users.iter().cloned().enumerate().map(|(number, user)| {
        let stores = servers.all.clone();
        let friends: Vec<UserId> = users[..3].iter().map(|user| user.id).collect();
        tokio::spawn(async move {
            for round in 0..EACH {
                let recipient = match (number + round) % 4 {
                    3 => Recipient::Group(group),
                    friend => Recipient::User(friends[friend]),
                };
                let new = message(&user, recipient, format!("{round}"), Some(format!("c{round}")));
                let (one, other) = tokio::join!(stores[0].send(new.clone()), stores[1].send(new.clone()));
                let kept = one.unwrap();
                assert_eq!(other.unwrap(), kept);
                assert_eq!(stores[round % 2].send(new).await.unwrap(), kept);
            }
        })
    });
    join_all(senders).await.into_iter().for_each(|ended| ended.unwrap());
    let (published, database) = servers.close().await;
    check(&database);
    assert_eq!(database.number("SELECT count(*) FROM messages"), (SENDERS * EACH) as i64);

    let mut times_told: HashMap<(UserId, String), usize> = HashMap::new();
    for events in published {
        let mut last: HashMap<ConversationKey, Rev> = HashMap::new();
        for event in events {
            let DomainEvent::MessageSent(message) = event else { continue };
            let before = last.insert(key(&message), message.rev);
            assert!(before.is_none_or(|before| before < message.rev), "in the order of its conversation");
            let client_id = message.client_id.unwrap().to_string();
            *times_told.entry((message.sender_id, client_id)).or_default() += 1;
        }
    }
    assert_eq!(times_told.len(), SENDERS * EACH);
    assert!(times_told.values().all(|times| *times == 1), "one of the servers tells of it, once");
}

/// A conversation, whoever names it.
type ConversationKey = (Option<GroupId>, Option<(UserId, UserId)>);

fn key(message: &Message) -> ConversationKey {
    match message.recipient {
        Recipient::Group(group) => (Some(group), None),
        Recipient::User(user) => (None, Some((user.min(message.sender_id), user.max(message.sender_id)))),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_the_same_messages_each_take_a_revision_and_none_is_lost() {
    let servers = Servers::start(2);
    let users = servers.users(20).await;
    let group = servers.group(&users).await;
    let to = Recipient::Group(group.id);
    let first = servers.all[0].send(message(&users[0], to, "first".to_owned(), None)).await.unwrap();
    let second = servers.all[1].send(message(&users[0], to, "second".to_owned(), None)).await.unwrap();
    let people = users.iter().cloned().enumerate().map(|(number, user)| {
        let store = servers.all[number % 2].clone();
        let (first, second) = (first.id, second.id);
        tokio::spawn(async move {
            let emoji: Emoji = if number % 3 == 0 { "👍" } else { "❤" }.parse().unwrap();
            store.add_reaction(user.id, first, emoji).await.unwrap().committed().await.unwrap();
            store.send(message(&user, to, format!("by {number}"), None)).await.unwrap();
            if number == 0 {
                let text = "corrected".parse().unwrap();
                let edit = store.edit_message(user.id, second, text, None).await.unwrap();
                edit.committed().await.unwrap();
            }
            store.pin_message(user.id, second).await.unwrap().committed().await.unwrap();
            store.unpin_message(user.id, second).await.unwrap().committed().await.unwrap();
        })
    });
    join_all(people).await.into_iter().for_each(|ended| ended.unwrap());
    let reacted = servers.all[0].message(users[0].id, first.id).await.unwrap();
    let who: usize = reacted.reactions.iter().map(|reaction| reaction.user_ids.len()).sum();
    assert_eq!(who, 20);
    let edited = servers.all[1].message(users[0].id, second.id).await.unwrap();
    assert_eq!((edited.content.as_str(), edited.pinned_at), ("corrected", None));
    let page =
        servers.all[1].changes(users[1].id, ConversationId::Group(group.id), Rev(0), None).await.unwrap();
    assert!(page.messages.is_sorted_by_key(|message| message.rev));
    assert_eq!(page.messages.len(), 22);
    let (_, database) = servers.close().await;
    check(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_who_write_to_each_other_for_the_first_time_at_once_have_one_conversation() {
    let servers = Servers::start(2);
    let users = servers.users(40).await;
    let pairs = users.chunks(2).map(|pair| {
        let [one, other] = [pair[0].clone(), pair[1].clone()];
        let stores = servers.all.clone();
        tokio::spawn(async move {
            let there = message(&one, Recipient::User(other.id), "hi".to_owned(), None);
            let back = message(&other, Recipient::User(one.id), "hi".to_owned(), None);
            let (there, back) = tokio::join!(stores[0].send(there), stores[1].send(back));
            let mut seqs = [there.unwrap().seq, back.unwrap().seq];
            seqs.sort();
            assert_eq!(seqs, [Seq(1), Seq(2)]);
        })
    });
    join_all(pairs).await.into_iter().for_each(|ended| ended.unwrap());
    let (_, database) = servers.close().await;
    assert_eq!(database.number("SELECT count(*) FROM conversations"), 20);
    assert_eq!(database.number("SELECT count(*) FROM members"), 40);
    check(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_name_a_group_and_a_refresh_token_go_to_one_of_those_who_ask_at_once() {
    let servers = Servers::start(2);
    let [one, other] = [servers.all[0].clone(), servers.all[1].clone()];
    for number in 0..20 {
        let name = || format!("name{number}").parse().unwrap();
        let asked = tokio::join!(one.register(name(), String::new()), other.register(name(), String::new()));
        let user = match asked {
            (Ok(user), Err(refused)) | (Err(refused), Ok(user)) => {
                assert_eq!(refused.into_body("test").code, protocol::ErrorCode::UsernameTaken);
                user
            }
            both => panic!("{both:?}"),
        };
        let new = CreateGroup {
            name: "Lunch".parse().unwrap(),
            visibility: Visibility::Private,
            client_id: Some("g1".parse().unwrap()),
        };
        let origin = Origin::default();
        let (made, again) = tokio::join!(
            one.create_group(user.id, origin, new.clone()),
            other.create_group(user.id, origin, new)
        );
        assert_eq!(made.unwrap().id, again.unwrap().id);
        let session = one.start_session(user.id, [1; 32]).await.unwrap();
        let (first, second) = tokio::join!(
            one.refresh_session(session, [1; 32], [2; 32]),
            other.refresh_session(session, [1; 32], [3; 32]),
        );
        let refreshed = [first.unwrap(), second.unwrap()];
        let rotated = refreshed.iter().filter(|one| matches!(one, Refreshed::Rotated(_))).count();
        let overlapped = refreshed.iter().filter(|one| matches!(one, Refreshed::Overlapped(_))).count();
        assert_eq!((rotated, overlapped), (1, 1), "{refreshed:?}");
    }
    let (_, database) = servers.close().await;
    assert_eq!(database.number("SELECT count(*) FROM users"), 20);
    assert_eq!(database.number("SELECT count(*) FROM groups"), 20);
    check(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_group_counts_its_members_however_they_come_and_go() {
    let servers = Servers::start(2);
    let users = servers.users(16).await;
    let group = servers.group(&users[..1]).await.id;
    let people = users[1..].iter().cloned().enumerate().map(|(number, user)| {
        let stores = servers.all.clone();
        tokio::spawn(async move {
            for round in 0..6 {
                let (here, there) = (&stores[round % 2], &stores[(number + round) % 2]);
                let (one, other) =
                    tokio::join!(here.join_group(user.clone(), group), there.join_group(user.clone(), group));
                one.unwrap();
                other.unwrap();
                here.send(message(&user, Recipient::Group(group), "here".to_owned(), None)).await.unwrap();
                if round < 5 {
                    there.leave_group(user.id, group).await.unwrap();
                }
            }
        })
    });
    join_all(people).await.into_iter().for_each(|ended| ended.unwrap());
    let members = servers.all[1].members(users[0].id, group, Part::default()).await.unwrap();
    assert_eq!(members.len(), 16);
    let page =
        servers.all[0].history(users[0].id, ConversationId::Group(group), Page::default()).await.unwrap();
    assert_eq!(page.head, Seq(15 * 6));
    let (_, database) = servers.close().await;
    check(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_server_keeps_another_one_finds_by_its_words() {
    use crate::store::message_search::Search;
    use protocol::query::Query;

    let servers = Servers::start(2);
    let users = servers.users(2).await;
    let to = Recipient::User(users[1].id);
    for number in 0..20 {
        let text = format!("cake {number}");
        servers.all[number % 2].send(message(&users[0], to, text, None)).await.unwrap();
    }
    let found = async |store: &Store| {
        let search = Search { query: Query::parse("cake").unwrap(), limit: Some(50), ..Search::default() };
        store.search_messages(users[1].id, search).await.unwrap().hits.len()
    };
    for store in &servers.all {
        assert_eq!(found(store).await, 20);
        let (one, other) = tokio::join!(servers.all[0].index_messages(), servers.all[1].index_messages());
        one.unwrap();
        other.unwrap();
        assert_eq!(found(store).await, 20);
    }
    assert_eq!(servers.database.number("SELECT count(*) FROM message_words"), 20);
    assert_eq!(servers.database.number("SELECT indexed FROM conversations"), 20);
}
