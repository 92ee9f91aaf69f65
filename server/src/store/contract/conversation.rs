use protocol::{
    Conversation, ConversationId, ConversationMuted, ErrorCode, Head, HeadsDigest, Peer, Rev, Role, Seq,
};

use super::*;
use crate::store::conversation::Page;

fn with(user: &User) -> ConversationId {
    ConversationId::User(user.id)
}

fn inside(group: &Group) -> ConversationId {
    ConversationId::Group(group.id)
}

impl Opened {
    async fn page(&self, me: &User, before: Option<u64>, after: Option<u64>, limit: u32) -> Vec<u64> {
        let page =
            Page { before: before.map(Seq), after: after.map(Seq), limit: Some(limit), ..Page::default() };
        let page = self.history(me.id, with(me), page).await.unwrap();
        page.messages.into_iter().map(|message| message.seq.0).collect()
    }

    async fn unread(&self, me: &User, id: ConversationId) -> u64 {
        let all = self.conversations(me.id, Part::default()).await.unwrap();
        all.into_iter().find(|one| one.id() == id).unwrap().unread
    }
}

#[tokio::test]
async fn a_page_is_the_newest_or_what_is_before_or_after_a_place() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    for number in 1..=10 {
        store.say(&ann, &ann, &number.to_string()).await.unwrap();
    }
    assert_eq!(store.page(&ann, None, None, 3).await, [8, 9, 10]);
    assert_eq!(store.page(&ann, Some(8), None, 3).await, [5, 6, 7]);
    assert_eq!(store.page(&ann, Some(3), None, 3).await, [1, 2]);
    assert_eq!(store.page(&ann, None, Some(2), 3).await, [3, 4, 5]);
    assert_eq!(store.page(&ann, Some(5), Some(2), 9).await, [3, 4]);
    assert_eq!(store.page(&ann, Some(9), Some(2), 3).await, [3, 4, 5]);
    assert_eq!(store.page(&ann, None, Some(10), 3).await, [0; 0]);
    assert_eq!(store.page(&ann, Some(1), None, 3).await, [0; 0]);
    assert_eq!(store.page(&ann, Some(u64::MAX), Some(9), 3).await, [10]);
    assert_eq!(store.page(&ann, None, Some(u64::MAX), 3).await, [0; 0]);
}

#[tokio::test]
async fn a_page_has_50_messages_unless_asked_otherwise_and_200_at_most() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    for number in 0..210 {
        store.say(&ann, &ann, &number.to_string()).await.unwrap();
    }
    let usual = store.history(ann.id, with(&ann), Page::default()).await.unwrap();
    assert_eq!((usual.messages.len(), usual.head), (50, Seq(210)));
    assert_eq!(store.page(&ann, None, None, 1000).await.len(), 200);
    assert_eq!(store.page(&ann, None, None, 0).await.len(), 1);
}

#[tokio::test]
async fn history_is_for_those_who_are_in_it() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    let history = async |me: &User, id| store.history(me.id, id, Page::default()).await;
    assert_eq!(code(history(&ben, inside(&lunch)).await), ErrorCode::NotAMember);
    assert_eq!(code(history(&ben, ConversationId::Group(NO_GROUP)).await), ErrorCode::UnknownGroup);
    assert_eq!(code(history(&ben, ConversationId::User(NOBODY)).await), ErrorCode::UnknownUser);
    let nothing_yet = history(&ben, with(&ann)).await.unwrap();
    assert_eq!((nothing_yet.messages.len(), nothing_yet.head), (0, Seq::ZERO));
    store.say(&ann, &lunch, "before ben came").await.unwrap();
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    assert_eq!(history(&ben, inside(&lunch)).await.unwrap().messages.len(), 1);
    store.leave_group(ben.id, lunch.id).await.unwrap();
    assert_eq!(code(history(&ben, inside(&lunch)).await), ErrorCode::NotAMember);
}

#[tokio::test]
async fn the_list_shows_with_whom_the_last_message_and_what_is_unread() {
    let store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    let lunch = store.lunch(&ann).await;
    store.say(&ann, &ben, "one").await.unwrap();
    let last = store.say(&ann, &ben, "two").await.unwrap();
    store.say(&eve, &ann, "hi").await.unwrap();
    let note = store.say(&ann, &ann, "milk").await.unwrap();

    let of_ben = store.conversations(ben.id, Part::default()).await.unwrap();
    let only = Conversation {
        with: Peer::User(ann.clone()),
        updated_at: last.created_at,
        last_message: Some(last),
        read_up_to: Seq::ZERO,
        mark: 0,
        unread: 2,
        unread_mentions: 0,
        rev: Rev(2),
        change_id: None,
        muted: false,
        role: Role::Member,
    };
    assert_eq!(of_ben, [only]);

    let of_ann = store.conversations(ann.id, Part::default()).await.unwrap();
    let summary: Vec<_> =
        of_ann.iter().map(|one| (one.id(), one.unread, one.last_message.is_some())).collect();
    for expected in
        [(with(&ann), 0, true), (with(&eve), 1, true), (with(&ben), 0, true), (inside(&lunch), 0, false)]
    {
        assert!(summary.contains(&expected), "{expected:?} in {summary:?}");
    }
    assert!(of_ann.iter().is_sorted_by_key(|one| std::cmp::Reverse(one.updated_at)));
    let notes = of_ann.iter().find(|one| one.id() == with(&ann)).unwrap();
    assert_eq!((&notes.with, notes.last_message.as_ref()), (&Peer::User(ann), Some(&note)));
    assert_eq!(store.conversations(NOBODY, Part::default()).await.unwrap(), []);
}

#[tokio::test]
async fn the_newest_conversation_comes_first_and_one_just_joined_is_new() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.say(&ann, &lunch, "long ago").await.unwrap();
    let pause = || tokio::time::sleep(std::time::Duration::from_millis(3));
    let first = async || store.conversations(ben.id, Part::default()).await.unwrap()[0].id();
    pause().await;
    store.say(&ann, &ben, "hi").await.unwrap();
    assert_eq!(first().await, with(&ann));
    pause().await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    assert_eq!(first().await, inside(&lunch));
    pause().await;
    store.say(&ann, &ben, "hi again").await.unwrap();
    assert_eq!(first().await, with(&ann));
}

#[tokio::test]
async fn whoever_writes_has_read_and_a_newcomer_has_nothing_unread() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.say(&ann, &lunch, "one").await.unwrap();
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    assert_eq!(store.unread(&ben, inside(&lunch)).await, 0);
    store.say(&ann, &lunch, "two").await.unwrap();
    assert_eq!(store.unread(&ben, inside(&lunch)).await, 1);
    assert_eq!(store.unread(&ann, inside(&lunch)).await, 0);
    store.say(&ben, &lunch, "three").await.unwrap();
    assert_eq!(store.unread(&ben, inside(&lunch)).await, 0);
    assert_eq!(store.unread(&ann, inside(&lunch)).await, 1);
}

#[tokio::test]
async fn a_mark_moves_forward_only_and_never_beyond_the_head() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    for text in ["one", "two", "three"] {
        store.say(&ann, &ben, text).await.unwrap();
    }
    store.published();
    let conversation = with(&ann);
    for (asked, marked, told) in
        [(2, 2, true), (1, 2, false), (2, 2, false), (99, 3, true), (u64::MAX, 3, false)]
    {
        let read = store.mark_read(ben.id, ORIGIN, conversation, Seq(asked), None).await.unwrap();
        assert_eq!((read.seq, read.unread, read.rev, read.mark), (Seq(marked), 3 - marked, Rev(3), 0));
        let event = DomainEvent::Read { user: ben.id, read };
        let mut published = store.published();
        published.retain(|event| matches!(event, DomainEvent::Read { .. }));
        assert_eq!(published, if told { vec![event] } else { vec![] });
    }
    assert_eq!(store.unread(&ben, conversation).await, 0);
}

#[tokio::test]
async fn a_mark_needs_a_conversation_of_ones_own() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    let mark = async |id| store.mark_read(ben.id, ORIGIN, id, Seq(1), None).await;
    assert_eq!(code(mark(inside(&lunch)).await), ErrorCode::NotAMember);
    assert_eq!(code(mark(ConversationId::Group(NO_GROUP)).await), ErrorCode::UnknownGroup);
    assert_eq!(code(mark(ConversationId::User(NOBODY)).await), ErrorCode::UnknownUser);
    let nothing = mark(with(&ann)).await.unwrap();
    assert_eq!((nothing.seq, nothing.unread, nothing.rev), (Seq::ZERO, 0, Rev::ZERO));
}

#[tokio::test]
async fn conversations_come_in_pages_without_gaps_and_repetitions() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    for number in 0..7 {
        let user = store.user(&format!("user{number}")).await;
        store.say(&user, &ann, "hello").await.unwrap();
    }
    let all = store.conversations(ann.id, Part::default()).await.unwrap();
    let mut pages = Vec::new();
    loop {
        let after = pages.last().map(protocol::Conversation::id);
        let page = store.conversations(ann.id, Part { after, limit: Some(3) }).await.unwrap();
        let last = page.len() < 3;
        pages.extend(page);
        if last {
            break;
        }
    }
    assert_eq!((pages.len(), pages), (7, all));
    assert_eq!(store.conversations(NOBODY, Part { after: None, limit: Some(3) }).await.unwrap(), []);
}

#[tokio::test]
async fn a_page_of_long_messages_has_fewer_of_them_and_no_gap() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    for _ in 0..40 {
        store.say(&ann, &ben, &"\u{1F600}".repeat(4_000)).await.unwrap();
    }
    let history = async |before, after| {
        let page = Page { before, after, limit: Some(200), ..Page::default() };
        let page = store.history(ann.id, ConversationId::User(ben.id), page).await.unwrap();
        page.messages.iter().map(|message| message.seq.0).collect::<Vec<_>>()
    };
    let fit = (protocol::limits::HISTORY_PAGE_BYTES / 16_000) as u64;
    assert!(history(None, None).await.into_iter().eq(41 - fit..=40));
    assert!(history(Some(Seq(20)), None).await.into_iter().eq(20 - fit..=19));
    assert!(history(None, Some(Seq(3))).await.into_iter().eq(4..=3 + fit));
}

#[tokio::test]
async fn what_is_muted_is_so_for_one_person_until_they_change_it() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let id = with(&ben);
    let answer = |muted| ConversationMuted { conversation: id, muted };
    // Where nobody has written yet, there is nothing to mute.
    assert_eq!(store.mute(ann.id, ORIGIN, id, true).await.unwrap(), answer(false));
    store.say(&ben, &ann, "hello").await.unwrap();
    store.published();
    let digest = async |store: &Opened| -> HeadsDigest {
        let all = store.conversations(ann.id, Part::default()).await.unwrap();
        HeadsDigest::of_heads(all.iter().map(Head::from))
    };
    let before = digest(&store).await;
    assert_eq!(store.mute(ann.id, ORIGIN, id, true).await.unwrap(), answer(true));
    let told = DomainEvent::Muted { user: ann.id, muted: answer(true) };
    assert_eq!(store.published(), [told]);
    assert_eq!(store.mute(ann.id, ORIGIN, id, true).await.unwrap(), answer(true));
    assert_eq!(store.published(), [], "that was so already");
    // Somebody who was away learns of it.
    assert_ne!(digest(&store).await, before);
    let store = store.restarted().await;
    let is_muted = async |who: &User| store.conversations(who.id, Part::default()).await.unwrap()[0].muted;
    assert_eq!((is_muted(&ann).await, is_muted(&ben).await), (true, false));
    store.mute(ann.id, ORIGIN, id, false).await.unwrap();
    assert!(!is_muted(&ann).await);
    assert_eq!(digest(&store).await, before);
}
