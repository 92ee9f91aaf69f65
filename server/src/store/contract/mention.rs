use protocol::{ConversationId, HeadsDigest, Rev, Role, Seq, Synchronise, Username, limits};

use super::*;
use crate::store::{
    db::{Db, params},
    writer::Done,
};

impl Opened {
    async fn group_of(&self, people: &[&User]) -> Group {
        let group = self.lunch(people[0]).await;
        for who in &people[1..] {
            self.join_group((*who).clone(), group.id).await.unwrap();
        }
        group
    }

    async fn edit_to(&self, message: &Message, text: &str) -> Message {
        let edit = self.edit_message(message.sender_id, message.id, text.parse().unwrap(), None).await;
        edit.unwrap().committed().await.unwrap()
    }

    /// What is unread, and how much of it mentions this person.
    async fn counted(&self, me: &User, id: ConversationId) -> (u64, u64) {
        let all = self.conversations(me.id, Part::default()).await.unwrap();
        let found = all.into_iter().find(|one| one.id() == id).unwrap();
        (found.unread, found.unread_mentions)
    }
}

#[tokio::test]
async fn a_name_behind_an_at_mentions_who_is_in_the_conversation() {
    let store = Opened::new();
    let (ann, ben, cleo) = (store.user("ann").await, store.user("Ben").await, store.user("ben.lee").await);
    let (jose, out) = (store.user("Jos\u{e9}").await, store.user("outsider").await);
    let ming = store.user("小明明").await;
    let lunch = store.group_of(&[&ann, &ben, &cleo, &jose, &ming]).await;
    for (text, mentioned) in [
        ("hello @ben", vec![ben.id]),
        ("@BEN, @ben and @Jose\u{301}!", vec![ben.id, jose.id]),
        ("@ben.lee. @ben.", vec![cleo.id, ben.id]),
        ("**@\u{ff42}en** > @ann", vec![ben.id, ann.id]),
        ("`@ben` mail@ben\n```\n@ben\n```", vec![]),
        ("你好@小明明你在吗", vec![ming.id]),
        ("@outsider @nobody @benny @ben.l", vec![]),
    ] {
        let message = store.say(&ann, &lunch, text).await.unwrap();
        assert_eq!(message.mentions, mentioned, "{text}");
        assert!(!message.mentions_all);
        assert_eq!(store.message(ben.id, message.id).await.unwrap(), message, "it is kept");
    }
    let private = store.say(&ann, &out, "@outsider, @ann says: not @ben").await.unwrap();
    assert_eq!(private.mentions, [out.id, ann.id]);
    let note = store.say(&ann, &ann, "@ann @ben").await.unwrap();
    assert_eq!(note.mentions, [ann.id]);
    assert_eq!(store.counted(&ann, ConversationId::User(ann.id)).await, (0, 0));
}

#[tokio::test]
async fn unread_mentions_are_counted_until_they_are_read_corrected_or_deleted() {
    let store = Opened::new();
    let (ann, ben, cleo) = (store.user("ann").await, store.user("ben").await, store.user("cleo").await);
    let lunch = store.group_of(&[&ann, &ben, &cleo]).await;
    let id = ConversationId::Group(lunch.id);
    let first = store.say(&ann, &lunch, "@ben").await.unwrap();
    let second = store.say(&ann, &lunch, "@ben and @ben @cleo").await.unwrap();
    let third = store.say(&ann, &lunch, "hello").await.unwrap();
    assert_eq!(store.counted(&ben, id).await, (3, 2));
    assert_eq!(store.counted(&cleo, id).await, (3, 1));
    assert_eq!(store.counted(&ann, id).await, (0, 0));

    let read = store.mark_read(ben.id, ORIGIN, id, first.seq, None).await.unwrap();
    assert_eq!((read.seq, read.unread, read.unread_mentions, read.rev), (Seq(1), 2, 1, Rev(3)));

    let edited = store.edit_to(&second, "@cleo only").await;
    assert_eq!(edited.mentions, [cleo.id]);
    assert_eq!(store.counted(&ben, id).await, (2, 0));
    let edited = store.edit_to(&third, "hello @ben and @ann").await;
    assert_eq!(edited.mentions, [ben.id, ann.id]);
    assert_eq!(store.counted(&ben, id).await, (2, 1));
    let known = store.conversations(ben.id, Part::default()).await.unwrap();
    let state = HeadsDigest::of_state(known.iter().map(protocol::Head::from));
    let asked = Synchronise { state: Some(state), ..Synchronise::default() };
    assert_eq!(store.synchronise(ben.id, asked).await.unwrap(), protocol::Synced::default());

    let deleted = store.delete_message(ann.id, third.id).await.unwrap().committed().await.unwrap();
    assert_eq!(deleted.mentions, []);
    assert_eq!(store.message(ben.id, third.id).await.unwrap(), deleted);
    assert_eq!(store.counted(&ben, id).await, (1, 0));
    assert_eq!(store.counted(&cleo, id).await, (2, 1));
}

#[tokio::test]
async fn at_all_mentions_everybody_who_is_in_the_group_then() {
    let store = Opened::new();
    let (ann, ben, cleo) = (store.user("ann").await, store.user("ben").await, store.user("cleo").await);
    let lunch = store.group_of(&[&ann, &ben]).await;
    let id = ConversationId::Group(lunch.id);
    let message = store.say(&ann, &lunch, "@All: @ben, lunch").await.unwrap();
    assert!(message.mentions_all);
    assert_eq!(message.mentions, [ben.id]);
    assert_eq!(store.message(ben.id, message.id).await.unwrap(), message);
    assert_eq!(store.counted(&ben, id).await, (1, 1));
    store.join_group(cleo.clone(), lunch.id).await.unwrap();
    assert_eq!(store.counted(&cleo, id).await, (0, 0));
    let edited = store.edit_to(&message, "`@all`").await;
    assert_eq!((edited.mentions_all, edited.mentions.len()), (false, 0));
    assert_eq!(store.counted(&ben, id).await, (1, 0));
    // In a private conversation it is a word.
    let private = store.say(&ann, &ben, "@all").await.unwrap();
    assert!(!private.mentions_all);
    assert_eq!(store.counted(&ben, ConversationId::User(ann.id)).await, (1, 0));
}

#[tokio::test]
async fn what_mentioned_somebody_before_they_left_does_not_count_when_they_are_back() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.group_of(&[&ann, &ben]).await;
    let id = ConversationId::Group(lunch.id);
    let all = store.say(&ann, &lunch, "@all hi").await.unwrap();
    store.say(&ann, &lunch, "@ben hi").await.unwrap();
    assert_eq!(store.counted(&ben, id).await, (2, 2));
    store.leave_group(ben.id, lunch.id).await.unwrap();
    store.delete_message(ann.id, all.id).await.unwrap().committed().await.unwrap();
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    store.say(&ann, &lunch, "@ben welcome").await.unwrap();
    store.mark_unread(ben.id, ORIGIN, id, Seq(1)).await.unwrap();
    assert_eq!(store.counted(&ben, id).await, (2, 1));
}

/// A group that is as large as one can be in which everybody may mention everybody; its owner and its members.
async fn large(store: &Opened) -> (Group, User, Vec<User>) {
    let ann = store.user("ann").await;
    let lunch = store.lunch(&ann).await;
    let mut members = Vec::new();
    for n in 1..limits::MENTION_ALL_MEMBERS {
        members.push(store.member(&lunch, n).await);
    }
    (lunch, ann, members)
}

impl Opened {
    async fn member(&self, group: &Group, number: u64) -> User {
        let name = format!("member{number}").parse::<Username>().unwrap();
        let member = self.register(name, "a hash".to_owned()).await.unwrap();
        self.join_group(member.clone(), group.id).await.unwrap();
        member
    }

    /// How many rows there are that say whom messages mention: for each person, and for all together.
    async fn rows(&self) -> (i64, i64) {
        self.write(|db| {
            let count = |sql| db.prepare_cached(sql)?.query_row(params![], |row| row.get(0));
            let rows =
                (count("SELECT count(*) FROM mentions")?, count("SELECT count(*) FROM mentions_of_all")?);
            Ok(Done::without_event(rows))
        })
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn at_all_of_a_member_is_a_word_in_a_group_that_is_larger_than_the_limit() {
    let store = Opened::new();
    let (lunch, ann, members) = large(&store).await;
    let [ben, cleo] = [&members[0], &members[1]];
    assert!(store.say(ben, &lunch, "@all").await.unwrap().mentions_all, "just at the limit");
    let last = store.member(&lunch, 0).await;
    let word = store.say(ben, &lunch, "@all").await.unwrap();
    assert!(!word.mentions_all);
    let id = ConversationId::Group(lunch.id);
    assert_eq!(store.counted(&last, id).await, (1, 0));
    // For the owner and the admins no group is too large.
    assert!(store.say(&ann, &lunch, "@all").await.unwrap().mentions_all);
    store.set_role(ann.id, lunch.id, cleo.id, Role::Admin).await.unwrap();
    assert!(store.say(cleo, &lunch, "@all").await.unwrap().mentions_all);
    assert_eq!(store.counted(&last, id).await, (3, 2));
    // By a correction, too; and only as long as they have the role.
    let said = store.say(cleo, &lunch, "hello").await.unwrap();
    assert!(store.edit_to(&said, "@all hello").await.mentions_all);
    assert_eq!(store.counted(&last, id).await, (4, 3));
    store.set_role(ann.id, lunch.id, cleo.id, Role::Member).await.unwrap();
    assert!(!store.edit_to(&said, "@all, hello").await.mentions_all);
    assert_eq!(store.counted(&last, id).await, (4, 2));
}

const CROWD: &str = "
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 9999)
    INSERT INTO users (id, username, folded, password, created_at)
    SELECT unhex(printf('%032x', n)), 'crowd' || n, 'crowd' || n, '', 0 FROM numbers";
const CROWD_POSTGRESQL: &str = "
    INSERT INTO users (id, username, folded, password, created_at)
    SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), 'crowd' || n, 'crowd' || n, '', 0
    FROM generate_series(1, 9999) AS n";

#[tokio::test]
async fn at_all_in_a_group_of_ten_thousand_costs_what_a_word_costs() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    let come = |db: &Db<'_>| {
        db.prepare_cached(db.either(CROWD, CROWD_POSTGRESQL))?.execute(params![])?;
        db.prepare_cached(
            "INSERT INTO members (conversation, \"user\", read_up_to, joined_at)
             SELECT g.conversation, u.id, 0, 0 FROM groups g, users u WHERE u.username LIKE 'crowd%'",
        )?
        .execute(params![])?;
        db.prepare_cached("UPDATE groups SET members = 10000")?.execute(params![])?;
        Ok(Done::without_event(()))
    };
    store.write(come).await.unwrap();
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    let mut said = Vec::new();
    for number in 0..20 {
        said.push(store.say(&ann, &lunch, &format!("@all {number}")).await.unwrap());
    }
    assert!(said.iter().all(|message| message.mentions_all));
    assert_eq!(store.rows().await, (0, 20));
    assert_eq!(store.counted(&ben, ConversationId::Group(lunch.id)).await, (20, 20));
    for message in &said {
        store.delete_message(ann.id, message.id).await.unwrap().committed().await.unwrap();
    }
    assert_eq!(store.rows().await, (0, 0));
    let members = store.members(ben.id, lunch.id, Part::default()).await.unwrap();
    assert_eq!(members.iter().filter(|member| member.role == Role::Owner).count(), 1);
}

#[tokio::test]
async fn at_all_in_a_large_group_costs_one_row_and_counts_as_in_a_small_one() {
    let store = Opened::new();
    let (lunch, ann, members) = large(&store).await;
    let id = ConversationId::Group(lunch.id);
    let small = store.say(&ann, &lunch, "@all @member1").await.unwrap();
    assert_eq!(store.rows().await, (members.len() as i64, 0));
    let last = store.member(&lunch, 0).await;
    let first = store.say(&ann, &lunch, "@all @member1").await.unwrap();
    let second = store.say(&ann, &lunch, "@all").await.unwrap();
    assert_eq!(store.rows().await, (members.len() as i64, 2), "however many there are");
    assert_eq!(store.counted(&members[0], id).await, (3, 3), "once for each message");
    assert_eq!(store.counted(&last, id).await, (2, 2));
    assert_eq!(store.counted(&ann, id).await, (0, 0), "nobody mentions themselves");
    // It does not mention those who come later, whatever they mark as unread.
    let late = store.user("late").await;
    store.join_group(late.clone(), lunch.id).await.unwrap();
    assert_eq!(store.counted(&late, id).await, (0, 0));
    store.mark_unread(late.id, ORIGIN, id, Seq(1)).await.unwrap();
    assert_eq!(store.counted(&late, id).await, (3, 0));
    // What is read, corrected or deleted does not count any more.
    let read = store.mark_read(last.id, ORIGIN, id, first.seq, None).await.unwrap();
    assert_eq!((read.unread, read.unread_mentions), (1, 1));
    store.edit_to(&first, "nobody").await;
    assert_eq!(store.counted(&members[0], id).await, (3, 2));
    for message in [&second, &small] {
        store.delete_message(ann.id, message.id).await.unwrap().committed().await.unwrap();
    }
    assert_eq!(store.counted(&last, id).await, (0, 0));
    assert_eq!(store.rows().await, (0, 0));
    let known = store.conversations(last.id, Part::default()).await.unwrap();
    let state = HeadsDigest::of_state(known.iter().map(protocol::Head::from));
    let asked = Synchronise { state: Some(state), ..Synchronise::default() };
    assert_eq!(store.synchronise(last.id, asked).await.unwrap(), protocol::Synced::default());
}
