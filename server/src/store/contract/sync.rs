use std::time::Instant;

use protocol::{
    Anchor, ConversationId, CreateGroup, Head, HeadsDigest, MessageId, Peer, Seq, Synced, Synchronise,
    Visibility, limits,
};

use super::*;

impl Opened {
    async fn sync(&self, me: &User, known: Vec<Anchor>) -> Synced {
        let state = Some(self.digest(me).await);
        self.synchronise(me.id, Synchronise { state, known, ..Synchronise::default() }).await.unwrap()
    }

    /// The digest of somebody who has just listed their conversations.
    async fn digest(&self, me: &User) -> HeadsDigest {
        let mut all: Vec<protocol::Conversation> = Vec::new();
        loop {
            let after = all.last().map(protocol::Conversation::id);
            let page = self.conversations(me.id, Part { after, limit: None }).await.unwrap();
            if page.is_empty() {
                return HeadsDigest::of_state(all.iter().map(Head::from));
            }
            all.extend(page);
        }
    }
}

fn anchor(me: &User, message: &Message) -> Anchor {
    Anchor::message(message.conversation(me.id), message.seq, message.id)
}

const NOTHING_NEW: Synced = Synced { conversations: None, more: false, diverged: vec![] };

#[tokio::test]
async fn whoever_knows_everything_is_answered_nothing_and_any_change_answers_the_list() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    assert_eq!(store.sync(&ben, vec![]).await, NOTHING_NEW, "nothing is there to be known");
    store.say(&ann, &ben, "hello").await.unwrap();
    store.say(&ann, &ann, "milk").await.unwrap();
    assert_eq!(store.sync(&ann, vec![]).await, NOTHING_NEW);
    let state = Some(store.digest(&ann).await);
    let mut knows = Synchronise { state, ..Synchronise::default() };
    for change in 0..4 {
        match change {
            0 => drop(store.say(&ben, &ann, "hi").await.unwrap()),
            1 => {
                let conversation = ConversationId::User(ben.id);
                store.mark_read(ann.id, ORIGIN, conversation, Seq(2), None).await.unwrap();
            }
            2 => drop(store.join_group(ben.clone(), lunch.id).await.unwrap()),
            _ => drop(store.leave_group(ann.id, lunch.id).await.unwrap()),
        }
        let synced = store.synchronise(ann.id, knows).await.unwrap();
        let list = store.conversations(ann.id, Part::default()).await.unwrap();
        assert_eq!(
            synced,
            Synced { conversations: Some(list), diverged: vec![], ..Synced::default() },
            "change {change}"
        );
        knows =
            Synchronise { state: Some(store.digest(&ann).await), known: vec![], ..Synchronise::default() };
        assert_eq!(store.synchronise(ann.id, knows.clone()).await.unwrap(), NOTHING_NEW);
    }
    // Somebody who says nothing of what they know is told everything.
    let synced = store.synchronise(ann.id, Synchronise::default()).await.unwrap();
    assert_eq!(synced.conversations, Some(store.conversations(ann.id, Part::default()).await.unwrap()));
}

#[tokio::test]
async fn whoever_asks_for_no_pages_gets_what_is_newest_within_a_bound_and_goes_on_with_the_list() {
    const GROUPS: usize = 60;
    let store = Opened::new();
    let ann = store.user("ann").await;
    let long = "漢".repeat(4_000);
    for number in 0..GROUPS {
        let group = store.make(&ann, &format!("Group {number}"), Visibility::Private).await;
        store.say(&ann, &group, &long).await.unwrap();
    }
    let synced = store.synchronise(ann.id, Synchronise::default()).await.unwrap();
    let mut all = synced.conversations.unwrap();
    let bytes = serde_json::to_vec(&all).unwrap().len() - "[]".len();
    assert!((limits::SYNC_BYTES - 16 * 1024..=limits::SYNC_BYTES).contains(&bytes), "{bytes}");
    assert!(synced.more);
    while let after @ Some(_) = all.last().map(protocol::Conversation::id) {
        let page = store.conversations(ann.id, Part { after, limit: None }).await.unwrap();
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    let mut ids: Vec<_> = all.iter().map(protocol::Conversation::id).collect();
    assert!(all.is_sorted_by(|one, other| one.updated_at >= other.updated_at));
    ids.sort();
    ids.dedup();
    assert_eq!((all.len(), ids.len()), (GROUPS, GROUPS));
}

#[tokio::test]
async fn a_message_that_history_does_not_have_at_its_place_reveals_another_history() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    let private = store.say(&ann, &ben, "hello").await.unwrap();
    let first = store.say(&ann, &lunch, "one").await.unwrap();
    let second = store.say(&ann, &lunch, "two").await.unwrap();
    let held = [&private, &first, &second].map(|message| anchor(&ann, message));
    assert_eq!(store.sync(&ann, held.to_vec()).await, NOTHING_NEW);
    let in_lunch = held[1].conversation;
    let other = MessageId::from_bytes([9; 16]);
    for (what, lost) in [
        ("another message", Anchor { id: other.into(), ..held[1] }),
        ("at another place", Anchor { seq: Seq(2), ..held[1] }),
        ("beyond the end", Anchor { seq: Seq(3), ..held[1] }),
        ("far beyond the end", Anchor { seq: Seq(u64::MAX), ..held[1] }),
        ("before the beginning", Anchor { seq: Seq::ZERO, ..held[1] }),
    ] {
        let synced = store.sync(&ann, vec![held[0], lost, held[2]]).await;
        assert_eq!(synced.diverged, [in_lunch], "{what}");
        let list = synced.conversations.unwrap();
        assert!(list.iter().any(|one| one.id() == in_lunch), "{what}: to begin again with");
    }
    // Ben is not a member, so he must not learn whether it exists.
    assert_eq!(store.sync(&ben, vec![held[1]]).await.diverged, [in_lunch]);
    for nowhere in [ConversationId::Group(NO_GROUP), ConversationId::User(NOBODY)] {
        let lost = Anchor { conversation: nowhere, ..held[0] };
        assert_eq!(store.sync(&ann, vec![lost]).await.diverged, [nowhere]);
    }
    let nothing_said = Anchor { conversation: ConversationId::User(ann.id), ..held[0] };
    assert_eq!(store.sync(&ann, vec![nothing_said]).await.diverged, [nothing_said.conversation]);
}

/// A counter in the database's file could not show this, because a restored backup resets the counter, too.
#[tokio::test]
async fn a_restored_backup_is_recognised_by_what_people_hold() {
    let before = Opened::new();
    let (ann, ben) = (before.user("ann").await, before.user("ben").await);
    let kept = before.say(&ann, &ben, "in the backup").await.unwrap();
    before.store.close().await;
    let backup = before.data.copy();
    let after = Opened::at(before.data);
    let lost = after.say(&ann, &ben, "not in the backup").await.unwrap();
    after.store.close().await;

    let restored = Opened::at(backup);
    assert_eq!(restored.sync(&ann, vec![anchor(&ann, &kept)]).await, NOTHING_NEW);
    let rewritten = restored.say(&ben, &ann, "something else").await.unwrap();
    assert_eq!((rewritten.seq, lost.seq), (Seq(2), Seq(2)));
    let synced = restored.sync(&ann, vec![anchor(&ann, &lost)]).await;
    assert_eq!(synced.diverged, [ConversationId::User(ben.id)]);
    assert_eq!(synced.conversations.unwrap()[0].last_message, Some(rewritten));
}

#[tokio::test]
async fn the_digest_of_a_thousand_conversations_is_that_of_their_list() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let mut known = Vec::new();
    for number in 0..1_000 {
        let peer = store.user(&format!("user{number}")).await;
        if number % 10 == 0 {
            let group = store.lunch(&ann).await;
            assert!(matches!(
                store.conversations(ann.id, Part::default()).await.unwrap()[0].with,
                Peer::Group(_)
            ));
            store.join_group(peer.clone(), group.id).await.unwrap();
            continue;
        }
        let message = store.say(&peer, &ann, "hello").await.unwrap();
        if known.len() < 100 {
            known.push(anchor(&ann, &message));
        }
    }
    let state = Some(store.digest(&ann).await);
    let mut took = Vec::new();
    for asked in [
        Synchronise { state, ..Synchronise::default() },
        Synchronise { state, known: known.clone(), ..Synchronise::default() },
        Synchronise { state: None, known, ..Synchronise::default() },
    ] {
        let start = Instant::now();
        let everything = asked.state.is_none();
        let synced = store.synchronise(ann.id, asked).await.unwrap();
        took.push(start.elapsed());
        assert_eq!((synced.conversations.is_some(), synced.more), (everything, everything));
        if let Some(newest) = synced.conversations {
            assert!(newest.len() > 200, "they are read in several steps");
            let listed = store.conversations(ann.id, Part::default()).await.unwrap();
            assert_eq!(listed[..newest.len()], newest);
        }
        assert_eq!(synced.diverged, []);
    }
    println!("sync of 1,000 conversations: nothing new, with 100 messages, the list: {took:?}");
}

#[tokio::test]
async fn five_thousand_conversations_come_in_pages_that_are_bounded_in_bytes() {
    const GROUPS: usize = 5_000;
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let groups = (0..GROUPS).map(|number| {
        let name = format!("Group {number}").parse().unwrap();
        let new = CreateGroup { name, visibility: Visibility::Private, client_id: None };
        store.create_group(ann.id, ORIGIN, new)
    });
    let groups = futures::future::join_all(groups).await;
    // A message of the greatest length fills a good part of a page.
    let long = "\u{1F600}".repeat(*limits::MESSAGE_CHARS.end());
    for group in groups.iter().take(20) {
        store.say(&ann, group.as_ref().unwrap().id, &long).await.unwrap();
    }
    store.say(&ben, &ann, "hello").await.unwrap();

    let mut asked = Synchronise { paged: true, ..Synchronise::default() };
    let (mut all, mut pages) = (Vec::new(), 0);
    loop {
        let page = store.synchronise(ann.id, asked).await.unwrap();
        let conversations = page.conversations.unwrap();
        let bytes = serde_json::to_vec(&conversations).unwrap().len();
        assert!(bytes <= limits::SYNC_BYTES + "[]".len(), "{bytes}");
        all.extend(conversations);
        pages += 1;
        // Messages that are written meanwhile move nothing from one page to another.
        let writer = groups[pages * 7].as_ref().unwrap().id;
        store.say(&ann, writer, "meanwhile").await.unwrap();
        if !page.more {
            break;
        }
        // No page had room for another conversation with so long a message.
        assert!(bytes > limits::SYNC_BYTES - long.len() - 1_000, "{bytes}");
        let after = all.last().map(protocol::Conversation::id);
        asked = Synchronise { paged: true, after, ..Synchronise::default() };
    }
    let mut ids: Vec<_> = all.iter().map(protocol::Conversation::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), all.len()), (GROUPS + 1, GROUPS + 1), "each once");
    assert!(pages > 10, "{pages}");
    // Somebody who does not ask for pages is told that these are not all.
    let newest = store.synchronise(ann.id, Synchronise::default()).await.unwrap();
    let listed = store.conversations(ann.id, Part::default()).await.unwrap();
    let conversations = newest.conversations.unwrap();
    let bytes = serde_json::to_vec(&conversations).unwrap().len() - "[]".len();
    assert!(newest.more && bytes <= limits::SYNC_BYTES);
    assert_eq!(listed[..conversations.len()], conversations);
}
