use protocol::{Anchor, ChangesPage, ConversationId, Emoji, MessageId, Rev, Seq, Synchronise, limits};

use super::*;
use crate::store::conversation::Page;

impl Opened {
    pub(super) async fn edit(&self, me: &User, message: &Message, text: &str) -> Result<Message> {
        self.edit_once(me, message, text, None).await
    }

    pub(super) async fn edit_once(
        &self,
        me: &User,
        message: &Message,
        text: &str,
        client_id: Option<&str>,
    ) -> Result<Message> {
        let client_id = client_id.map(|id| id.parse().unwrap());
        self.edit_message(me.id, message.id, text.parse().unwrap(), client_id).await?.committed().await
    }

    pub(super) async fn delete(&self, me: &User, message: &Message) -> Result<Message> {
        self.delete_message(me.id, message.id).await?.committed().await
    }

    pub(super) async fn react(&self, me: &User, message: &Message, emoji: &str) -> Result<Message> {
        self.add_reaction(me.id, message.id, emoji.parse().unwrap()).await?.committed().await
    }

    async fn unreact(&self, me: &User, message: &Message, emoji: &str) -> Result<Message> {
        self.remove_reaction(me.id, message.id, emoji.parse().unwrap()).await?.committed().await
    }

    pub(super) async fn pin(&self, me: &User, message: &Message) -> Result<Message> {
        self.pin_message(me.id, message.id).await?.committed().await
    }

    async fn reply(&self, me: &User, to: impl ToRecipient, quoted: MessageId) -> Result<Message> {
        let new = NewMessage { reply_to: Some(quoted), ..new_message(me, to, "a reply", None) };
        self.send(new).await
    }

    async fn since(&self, me: &User, conversation: ConversationId, since: u64) -> ChangesPage {
        self.changes(me.id, conversation, Rev(since), None).await.unwrap()
    }
}

fn emoji(text: &str) -> Emoji {
    text.parse().unwrap()
}

#[tokio::test]
async fn every_change_takes_the_next_revision_and_is_published_whole() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let first = store.say(&ann, &ben, "helo").await.unwrap();
    let second = store.say(&ben, &ann, "hi").await.unwrap();
    store.published();
    let edited = store.edit(&ann, &first, "hello").await.unwrap();
    let reacted = store.react(&ben, &first, "👍").await.unwrap();
    let pinned = store.pin(&ben, &first).await.unwrap();
    let deleted = store.delete(&ann, &first).await.unwrap();
    let third = store.say(&ann, &ben, "bye").await.unwrap();
    let all = [&first, &second, &edited, &reacted, &pinned, &deleted, &third];
    assert_eq!(all.map(|message| message.rev.0), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(all.map(|message| message.seq.0), [1, 2, 1, 1, 1, 1, 3]);
    assert_eq!((edited.content.as_str(), edited.edited_at.is_some()), ("hello", true));
    assert_eq!(edited.created_at, first.created_at);
    assert_eq!(reacted.reactions, [protocol::Reaction { emoji: emoji("👍"), user_ids: vec![ben.id] }]);
    assert!(pinned.pinned_at.is_some());
    let gone = (deleted.content.as_str(), deleted.reactions.len(), deleted.pinned_at, deleted.edited_at);
    assert_eq!(gone, ("", 0, None, None));
    assert!(deleted.is_deleted());
    let told = [edited, reacted, pinned, deleted.clone()].map(DomainEvent::MessageChanged);
    assert_eq!(
        store.published(),
        told.into_iter().chain([DomainEvent::MessageSent(third)]).collect::<Vec<_>>()
    );
    assert_eq!(store.message(ben.id, first.id).await.unwrap(), deleted);
}

#[tokio::test]
async fn what_is_so_already_is_answered_and_changes_nothing() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let message = store.say(&ann, &ben, "hello").await.unwrap();
    store.react(&ben, &message, "❤").await.unwrap();
    let before = store.pin(&ann, &message).await.unwrap();
    store.published();
    assert_eq!(store.edit(&ann, &message, "hello").await.unwrap(), before);
    assert_eq!(store.react(&ben, &message, "❤️").await.unwrap(), before, "it is the same emoji");
    assert_eq!(store.unreact(&ann, &message, "❤").await.unwrap(), before, "it is ben's");
    assert_eq!(store.pin(&ben, &message).await.unwrap(), before);
    let gone = store.delete(&ann, &message).await.unwrap();
    assert_eq!(store.delete(&ann, &message).await.unwrap(), gone);
    assert_eq!(store.published(), [DomainEvent::MessageChanged(gone)]);
}

#[tokio::test]
async fn who_may_not_or_comes_too_late_is_refused_and_nothing_changes() {
    let mut store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    let grouped = store.say(&ben, &lunch, "hello").await.unwrap();
    let private = store.say(&ann, &ben, "hello").await.unwrap();
    let deleted = store.say(&ann, &ben, "oh").await.unwrap();
    store.delete(&ann, &deleted).await.unwrap();
    store.leave_group(ben.id, lunch.id).await.unwrap();
    store.published();
    assert_eq!(code(store.edit(&ben, &private, "x").await), ErrorCode::NotYourMessage);
    assert_eq!(code(store.delete(&ben, &private).await), ErrorCode::NotYourMessage);
    assert_eq!(code(store.delete(&ben, &deleted).await), ErrorCode::NotYourMessage);
    assert_eq!(code(store.react(&eve, &private, "👍").await), ErrorCode::UnknownMessage);
    assert_eq!(code(store.react(&eve, &grouped, "👍").await), ErrorCode::NotAMember);
    assert_eq!(code(store.edit(&ben, &grouped, "x").await), ErrorCode::NotAMember, "ben has left");
    for refused in [
        store.edit(&ann, &deleted, "x").await,
        store.react(&ann, &deleted, "👍").await,
        store.pin(&ben, &deleted).await,
    ] {
        assert_eq!(code(refused), ErrorCode::MessageDeleted);
    }
    // The deletion has taken them off, so that there is nothing left to do.
    let deleted = store.message(ann.id, deleted.id).await.unwrap();
    for unchanged in [
        store.unreact(&ann, &deleted, "👍").await,
        store.unpin_message(ben.id, deleted.id).await.unwrap().committed().await,
    ] {
        assert_eq!(unchanged.unwrap(), deleted);
    }
    let unknown = Message { id: MessageId::from_bytes([1; 16]), ..private };
    assert_eq!(code(store.delete(&ann, &unknown).await), ErrorCode::UnknownMessage);
    assert_eq!(store.published(), []);
}

#[tokio::test]
async fn reactions_pins_and_corrections_have_limits() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let message = store.say(&ann, &ann, "hello").await.unwrap();
    let emojis = "😀 😃 😄 😁 😆 😅 🤣 😂 🙂 🙃 😉 😊 😇 🥰 😍 🤩 😘 😗 😚 😙";
    for emoji in emojis.split(' ').take(limits::EMOJIS_OF_A_PERSON) {
        store.react(&ann, &message, emoji).await.unwrap();
    }
    assert_eq!(code(store.react(&ann, &message, "👍").await), ErrorCode::TooMany);
    store.unreact(&ann, &message, "😀").await.unwrap();
    store.react(&ann, &message, "👍").await.unwrap();

    let lunch = store.lunch(&ann).await;
    let (ben, eve) = (store.user("ben").await, store.user("eve").await);
    let loved = store.say(&ann, &lunch, "party").await.unwrap();
    for (number, emoji) in emojis.split(' ').enumerate() {
        let who = if number < limits::EMOJIS_OF_A_PERSON { &ben } else { &eve };
        store.join_group(who.clone(), lunch.id).await.unwrap();
        store.react(who, &loved, emoji).await.unwrap();
    }
    assert_eq!(code(store.react(&ann, &loved, "👍").await), ErrorCode::TooMany);
    store.react(&ann, &loved, "😀").await.unwrap();

    let popular = store.say(&ann, &lunch, "cake").await.unwrap();
    for n in 0..limits::REACTIONS_A_MESSAGE {
        let user = store.user(&format!("user{n}")).await;
        store.join_group(user.clone(), lunch.id).await.unwrap();
        store.react(&user, &popular, "🎂").await.unwrap();
    }
    assert_eq!(code(store.react(&ann, &popular, "🎂").await), ErrorCode::TooMany);

    for _ in 0..limits::PINS {
        let message = store.say(&ann, &lunch, "x").await.unwrap();
        store.pin(&ann, &message).await.unwrap();
    }
    assert_eq!(code(store.pin(&ann, &popular).await), ErrorCode::TooMany);
    let pins = store.pins(ann.id, ConversationId::Group(lunch.id), None).await.unwrap();
    assert_eq!(pins.len(), limits::PINS);
    store.unpin_message(ann.id, pins[0].id).await.unwrap().committed().await.unwrap();
    store.pin(&ann, &popular).await.unwrap();

    for n in 0..limits::EDITS_A_MESSAGE {
        store.edit(&ann, &message, &format!("text {n}")).await.unwrap();
    }
    assert_eq!(code(store.edit(&ann, &message, "once more").await), ErrorCode::TooMany);
}

#[tokio::test]
async fn a_reply_quotes_what_the_message_says_now() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let first = store.say(&ann, &ben, "one\ntwo").await.unwrap();
    let reply = store.reply(&ben, &ann, first.id).await.unwrap();
    let quote = reply.reply_to.clone().unwrap();
    assert_eq!((quote.message_id, quote.seq, quote.sender_id), (first.id, Seq(1), ann.id));
    assert_eq!(quote.excerpt, "one two");
    let excerpt = async || store.message(ann.id, reply.id).await.unwrap().reply_to.unwrap().excerpt;
    store.edit(&ann, &first, "three").await.unwrap();
    assert_eq!(excerpt().await, "three");
    store.delete(&ann, &first).await.unwrap();
    assert_eq!(excerpt().await, "");
    // What is in another conversation cannot be quoted, and nothing is sent.
    let note = store.say(&ann, &ann, "secret").await.unwrap();
    assert_eq!(code(store.reply(&ann, &ben, note.id).await), ErrorCode::UnknownMessage);
    assert_eq!(code(store.reply(&ben, &ben, note.id).await), ErrorCode::UnknownMessage);
    assert_eq!(store.say(&ann, &ben, "next").await.unwrap().seq, Seq(3));
}

#[tokio::test]
async fn the_changes_since_a_revision_are_the_present_state_of_each_message_once() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let id = ConversationId::User(ben.id);
    let mut messages = Vec::new();
    for n in 1..=10 {
        messages.push(store.say(&ann, &ben, &format!("m{n}")).await.unwrap());
    }
    store.edit(&ann, &messages[2], "third").await.unwrap();
    messages.push(store.say(&ann, &ben, "m11").await.unwrap());
    store.react(&ben, &messages[2], "👍").await.unwrap();
    store.edit(&ann, &messages[0], "first").await.unwrap();
    messages.push(store.say(&ann, &ben, "m12").await.unwrap());
    // 1: 14, 2: 2, 3: 13, 4 to 10: 4 to 10, 11: 12, 12: 15
    let seqs = |page: &ChangesPage| page.messages.iter().map(|message| message.seq.0).collect::<Vec<_>>();
    let expected: [(u64, &[u64]); 8] = [
        (0, &[2, 4, 5, 6, 7, 8, 9, 10, 11, 3, 1, 12]),
        (2, &[4, 5, 6, 7, 8, 9, 10, 11, 3, 1, 12]),
        (9, &[10, 11, 3, 1, 12]),
        (11, &[11, 3, 1, 12]),
        (12, &[3, 1, 12]),
        (13, &[1, 12]),
        (14, &[12]),
        (15, &[]),
    ];
    for (since, seq) in expected {
        let page = store.since(&ann, id, since).await;
        assert_eq!((seqs(&page).as_slice(), page.rev, page.more), (seq, Rev(15), false), "since {since}");
        assert!(page.messages.is_sorted_by_key(|message| message.rev));
    }
    assert_eq!(store.since(&ann, id, u64::MAX).await.messages, []);
    // In pages it is the same.
    let (mut since, mut paged) = (Rev(0), Vec::new());
    loop {
        let page = store.changes(ben.id, ConversationId::User(ann.id), since, Some(5)).await.unwrap();
        paged.extend(seqs(&page));
        since = page.rev;
        if !page.more {
            break;
        }
        assert_eq!(page.messages.len(), 5);
    }
    assert_eq!((paged.as_slice(), since), (expected[0].1, Rev(15)));
}

#[tokio::test]
async fn a_page_of_changes_is_bounded_in_bytes() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let long = "é".repeat(4_000);
    for _ in 0..50 {
        store.say(&ann, &ann, &long).await.unwrap();
    }
    let page = store.since(&ann, ConversationId::User(ann.id), 0).await;
    assert_eq!((page.messages.len(), page.rev, page.more), (32, Rev(32), true));
}

#[tokio::test]
async fn a_deleted_message_is_not_unread_and_the_digest_shows_every_change() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let mut messages = Vec::new();
    for n in 1..=3 {
        messages.push(store.say(&ann, &ben, &format!("m{n}")).await.unwrap());
    }
    let listed = async || store.conversations(ben.id, Part::default()).await.unwrap().remove(0);
    let digest = async || protocol::HeadsDigest::of_state([protocol::Head::from(&listed().await)]);
    assert_eq!((listed().await.unread, listed().await.rev), (3, Rev(3)));
    let before = digest().await;
    store.delete(&ann, &messages[1]).await.unwrap();
    assert_eq!((listed().await.unread, listed().await.rev), (2, Rev(4)));
    assert_ne!(digest().await, before);
    let synced = async |state| {
        let asked = Synchronise { state: Some(state), ..Synchronise::default() };
        store.synchronise(ben.id, asked).await.unwrap().conversations
    };
    assert_eq!(synced(digest().await).await, None, "both know the same");
    assert_eq!(synced(before).await, Some(vec![listed().await]));
    let read = store.mark_read(ben.id, ORIGIN, ConversationId::User(ann.id), Seq(1), None).await.unwrap();
    assert_eq!((read.unread, read.rev), (1, Rev(4)));
}

#[tokio::test]
async fn a_change_that_a_restored_backup_does_not_have_diverges() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let message = store.say(&ann, &ben, "a").await.unwrap();
    let edited = store.edit(&ann, &message, "b").await.unwrap();
    let reacted = store.react(&ben, &message, "👍").await.unwrap();
    let id = ConversationId::User(ben.id);
    let diverged = async |rev, change| {
        let known = vec![Anchor::change(id, rev, change)];
        let asked = Synchronise { known, ..Synchronise::default() };
        !store.synchronise(ann.id, asked).await.unwrap().diverged.is_empty()
    };
    for known in [&message, &edited, &reacted] {
        assert!(!diverged(known.rev, known.last_change()).await);
    }
    assert!(diverged(Rev(2), reacted.last_change()).await);
    assert!(diverged(Rev(4), reacted.last_change()).await);
    assert!(diverged(Rev(2), message.id.into()).await);
}

#[tokio::test]
async fn a_page_around_a_place_has_as_much_on_each_side_as_there_is() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    for n in 1..=20 {
        store.say(&ann, &ann, &format!("m{n}")).await.unwrap();
    }
    let around = async |place, limit| {
        let page = Page { around: Some(Seq(place)), limit: Some(limit), ..Page::default() };
        let page = store.history(ann.id, ConversationId::User(ann.id), page).await.unwrap();
        (page.messages[0].seq.0, page.messages.last().unwrap().seq.0)
    };
    assert_eq!(around(10, 5).await, (8, 12));
    assert_eq!(around(10, 4).await, (9, 12));
    assert_eq!(around(1, 5).await, (1, 5));
    assert_eq!(around(0, 5).await, (1, 5));
    assert_eq!(around(2, 5).await, (1, 5));
    assert_eq!(around(20, 5).await, (16, 20));
    assert_eq!(around(19, 5).await, (16, 20));
    assert_eq!(around(u64::MAX, 5).await, (16, 20));
    assert_eq!(around(10, 1).await, (10, 10));
    assert_eq!(around(10, 200).await, (1, 20));
}
