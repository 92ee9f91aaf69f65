use protocol::{ConversationId, HeadsDigest, Rev, Seq, Synchronise, Username, limits};

use super::*;

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
    let lunch = store.group_of(&[&ann, &ben, &cleo, &jose]).await;
    for (text, mentioned) in [
        ("hello @ben", vec![ben.id]),
        ("@BEN, @ben and @Jose\u{301}!", vec![ben.id, jose.id]),
        ("@ben.lee. @ben.", vec![cleo.id, ben.id]),
        ("**@\u{ff42}en** > @ann", vec![ben.id, ann.id]),
        ("`@ben` mail@ben\n```\n@ben\n```", vec![]),
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
async fn at_all_is_a_word_in_a_group_that_is_larger_than_the_limit() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let lunch = store.lunch(&ann).await;
    let name = |n: u64| format!("member{n}").parse::<Username>().unwrap();
    for n in 1..limits::MENTION_ALL_MEMBERS {
        let member = store.register(name(n), "a hash".to_owned()).await.unwrap();
        store.join_group(member, lunch.id).await.unwrap();
    }
    assert!(store.say(&ann, &lunch, "@all").await.unwrap().mentions_all, "just at the limit");
    let last = store.register(name(0), "a hash".to_owned()).await.unwrap();
    store.join_group(last.clone(), lunch.id).await.unwrap();
    assert!(!store.say(&ann, &lunch, "@all").await.unwrap().mentions_all);
    assert_eq!(store.counted(&last, ConversationId::Group(lunch.id)).await, (1, 0));
}
