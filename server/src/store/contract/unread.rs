use protocol::{ConversationId, ErrorCode, Head, HeadsDigest, ReadUpTo, Rev, Seq};

use super::*;

impl Opened {
    /// Five messages of Ann, which Ben has read.
    async fn with_five(&mut self) -> (User, User, ConversationId) {
        let (ann, ben) = (self.user("ann").await, self.user("ben").await);
        for number in 1..=5 {
            self.say(&ann, &ben, &format!("m{number}")).await.unwrap();
        }
        let conversation = ConversationId::User(ann.id);
        self.mark_read(ben.id, ORIGIN, conversation, Seq(5), None).await.unwrap();
        self.published();
        (ann, ben, conversation)
    }

    async fn first_of(&self, me: &User) -> protocol::Conversation {
        self.conversations(me.id, Part::default()).await.unwrap().remove(0)
    }
}

fn read(conversation: ConversationId, seq: u64, mark: u64) -> ReadUpTo {
    let unread = 5 - seq;
    ReadUpTo { conversation, seq: Seq(seq), unread, unread_mentions: 0, rev: Rev(5), mark }
}

#[tokio::test]
async fn a_mark_goes_back_to_before_the_message_never_forward_and_counts_how_often() {
    let mut store = Opened::new();
    let (_, ben, id) = store.with_five().await;
    for (first, seq, mark, told) in
        [(6, 5, 0, false), (u64::MAX, 5, 0, false), (4, 3, 1, true), (4, 3, 1, false), (5, 3, 1, false)]
            .into_iter()
            .chain([(2, 1, 2, true), (1, 0, 3, true), (0, 0, 3, false)])
    {
        let answer = store.mark_unread(ben.id, ORIGIN, id, Seq(first)).await.unwrap();
        assert_eq!(answer, read(id, seq, mark), "from {first}");
        let event = DomainEvent::Read { user: ben.id, read: answer };
        assert_eq!(store.published(), if told { vec![event] } else { vec![] }, "from {first}");
    }
    let store = store.restarted().await;
    let listed = store.first_of(&ben).await;
    assert_eq!((listed.read_up_to, listed.unread, listed.mark), (Seq(0), 5, 3));
}

#[tokio::test]
async fn who_does_not_know_of_the_mark_does_not_take_it_back() {
    let mut store = Opened::new();
    let (_, ben, id) = store.with_five().await;
    store.mark_unread(ben.id, ORIGIN, id, Seq(3)).await.unwrap();
    store.published();
    let late = store.mark_read(ben.id, ORIGIN, id, Seq(5), Some(0)).await.unwrap();
    assert_eq!((late, store.published()), (read(id, 2, 1), vec![]));
    // Who knows it does, and so does a program that knows nothing of marks.
    let knows = store.mark_read(ben.id, ORIGIN, id, Seq(4), Some(1)).await.unwrap();
    assert_eq!(knows, read(id, 4, 1));
    let unaware = store.mark_read(ben.id, ORIGIN, id, Seq(5), None).await.unwrap();
    assert_eq!(unaware, read(id, 5, 1));
    // A number from before a backup was restored.
    store.mark_unread(ben.id, ORIGIN, id, Seq(3)).await.unwrap();
    let greater = store.mark_read(ben.id, ORIGIN, id, Seq(5), Some(u64::MAX)).await.unwrap();
    assert_eq!(greater, read(id, 5, 2));
}

#[tokio::test]
async fn who_was_away_learns_of_it_by_the_digest_and_one_without_marks_has_the_former_digest() {
    let mut store = Opened::new();
    let (ann, ben, id) = store.with_five().await;
    let digest = async |store: &Opened| HeadsDigest::of_state([Head::from(&store.first_of(&ben).await)]);
    let before = digest(&store).await;
    store.mark_unread(ben.id, ORIGIN, id, Seq(3)).await.unwrap();
    let marked = digest(&store).await;
    assert_ne!(marked, before);
    let asked = |state| protocol::Synchronise { state: Some(state), ..protocol::Synchronise::default() };
    assert_eq!(store.synchronise(ben.id, asked(marked)).await.unwrap(), protocol::Synced::default());
    let list = store.synchronise(ben.id, asked(before)).await.unwrap().conversations.unwrap();
    assert_eq!(list, [store.first_of(&ben).await]);
    // Read to the end again, it is not as if nothing had been.
    store.mark_read(ben.id, ORIGIN, id, Seq(5), Some(1)).await.unwrap();
    assert_ne!(digest(&store).await, before);
    assert_eq!(store.first_of(&ann).await.mark, 0, "the other person is not concerned");
}

#[tokio::test]
async fn what_one_marks_as_unread_counts_with_mentions_without_deleted_ones_until_one_writes() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    let id = ConversationId::Group(lunch.id);
    store.say(&ann, &lunch, "@ben hello").await.unwrap();
    let deleted = store.say(&ann, &lunch, "@ben never mind").await.unwrap();
    store.say(&ben, &lunch, "one's own counts, too").await.unwrap();
    store.delete_message(ann.id, deleted.id).await.unwrap().committed().await.unwrap();
    store.published();
    let marked = store.mark_unread(ben.id, ORIGIN, id, Seq(1)).await.unwrap();
    assert_eq!((marked.unread, marked.unread_mentions, marked.mark), (2, 1, 1));
    store.say(&ben, &lunch, "back again").await.unwrap();
    let listed = store.first_of(&ben).await;
    assert_eq!((listed.unread, listed.unread_mentions, listed.mark), (0, 0, 1));
}

#[tokio::test]
async fn marking_as_unread_needs_a_conversation_of_ones_own() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    let mark = async |id| store.mark_unread(ben.id, ORIGIN, id, Seq(1)).await;
    assert_eq!(code(mark(ConversationId::Group(lunch.id)).await), ErrorCode::NotAMember);
    assert_eq!(code(mark(ConversationId::Group(NO_GROUP)).await), ErrorCode::UnknownGroup);
    assert_eq!(code(mark(ConversationId::User(NOBODY)).await), ErrorCode::UnknownUser);
    let nothing = mark(ConversationId::User(ann.id)).await.unwrap();
    assert_eq!((nothing.seq, nothing.unread, nothing.mark), (Seq::ZERO, 0, 0));
}
