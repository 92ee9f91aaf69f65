//! Lists of what may be long come in pages that are bounded in bytes, and following them misses nothing.

use futures::future::join_all;
use protocol::{Conversation, ConversationId, FormerText, MessageText, PinPlace, limits};
use serde::Serialize;

use super::*;
use crate::store::{conversation::Page, message_search::Search};

/// The longest text: 16 KB, of characters that JSON writes as they are.
fn long(number: usize) -> String {
    format!("{number:04}{}", "\u{1F600}".repeat(3_996))
}

/// 24 KB as JSON, although it has 4 KB.
fn escaped(number: usize) -> String {
    format!("word {number:04} {}", "\u{1}".repeat(3_980))
}

/// What may be on a page besides what can be long.
const REST: usize = 1_024;

fn check_bytes<T: Serialize>(page: &[T]) {
    let bytes = serde_json::to_vec(page).unwrap().len();
    assert!(bytes <= limits::HISTORY_PAGE_BYTES + page.len() * REST, "{bytes} bytes, {} items", page.len());
}

impl Opened {
    async fn pin_page(&self, me: &User, with: &User, after: Option<PinPlace>) -> Vec<Message> {
        let page = self.pins(me.id, ConversationId::User(with.id), after).await.unwrap();
        check_bytes(&page);
        page
    }

    async fn say_many(&self, sender: &User, to: &User, texts: Vec<String>) -> Vec<Message> {
        join_all(texts.iter().map(|text| self.say(sender, to, text)))
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect()
    }

    async fn pin_now(&self, me: &User, message: &Message) {
        self.pin_message(me.id, message.id).await.unwrap().committed().await.unwrap();
    }

    /// All conversations of somebody, page by page. Something happens after the first one.
    async fn all_conversations(
        &self,
        me: &User,
        meanwhile: impl AsyncFnOnce(&Conversation),
    ) -> Vec<Conversation> {
        let (mut all, mut meanwhile): (Vec<Conversation>, _) = (Vec::new(), Some(meanwhile));
        loop {
            let after = all.last().map(Conversation::id);
            let page = self.conversations(me.id, Part { after, limit: None }).await.unwrap();
            check_bytes(&page);
            if page.is_empty() {
                return all;
            }
            all.extend(page);
            if let Some(happens) = meanwhile.take() {
                happens(all.last().unwrap()).await;
            }
        }
    }
}

#[tokio::test]
async fn the_longest_pinned_messages_come_in_pages_whatever_is_unpinned_and_pinned_meanwhile() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    for text in [long, escaped] {
        let sent = store.say_many(&ann, &ben, (0..limits::PINS).map(text).collect()).await;
        for message in &sent {
            store.pin_now(&ann, message).await;
        }
        let first = store.pin_page(&ann, &ben, None).await;
        assert!((10..limits::PINS).contains(&first.len()), "{}", first.len());
        let last = first.last().unwrap();
        let next = store.pin_page(&ann, &ben, last.pin_place()).await;
        // The message behind which the next page begins is not pinned any more, then it is pinned anew.
        store.unpin_message(ann.id, last.id).await.unwrap().committed().await.unwrap();
        assert_eq!(store.pin_page(&ann, &ben, last.pin_place()).await, next);
        store.pin_now(&ann, last).await;
        assert_eq!(store.pin_page(&ann, &ben, last.pin_place()).await, next);

        let mut all = first.clone();
        loop {
            let page = store.pin_page(&ann, &ben, all.last().unwrap().pin_place()).await;
            if page.is_empty() {
                break;
            }
            all.extend(page);
        }
        let pinned: Vec<_> = all.iter().map(|message| message.id).collect();
        let expected: Vec<_> = sent.iter().rev().map(|message| message.id).collect();
        assert_eq!(pinned, expected, "those pinned last come first, also those of one moment");
        for message in &sent {
            store.unpin_message(ann.id, message.id).await.unwrap().committed().await.unwrap();
        }
    }
    assert_eq!(store.pin_page(&ann, &ben, None).await, []);
}

#[tokio::test]
async fn the_longest_former_texts_come_in_pages_also_if_there_is_a_new_one_meanwhile() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let edit = async |message: &Message, text: String| {
        let text = text.parse().unwrap();
        store.edit_message(ann.id, message.id, text, None).await.unwrap().committed().await.unwrap();
    };
    for text in [long, escaped] {
        let message = store.say(&ann, &ann, &text(0)).await.unwrap();
        for number in 1..limits::EDITS_A_MESSAGE {
            edit(&message, text(number)).await;
        }
        let mut all: Vec<FormerText> = Vec::new();
        loop {
            let after = u32::try_from(all.len()).unwrap();
            let page = store.former_texts(ann.id, message.id, after).await.unwrap();
            check_bytes(&page);
            if page.is_empty() {
                break;
            }
            if all.is_empty() {
                assert!(page.len() < limits::EDITS_A_MESSAGE / 2, "{}", page.len());
                edit(&message, text(limits::EDITS_A_MESSAGE)).await;
            }
            all.extend(page);
        }
        let all: Vec<_> = all.iter().map(|former| former.content.to_string()).collect();
        let expected: Vec<_> = (0..limits::EDITS_A_MESSAGE)
            .map(|number| text(number).parse::<MessageText>().unwrap().to_string())
            .collect();
        assert_eq!(all, expected);
        for after in [limits::EDITS_A_MESSAGE as u32, u32::MAX] {
            assert_eq!(store.former_texts(ann.id, message.id, after).await.unwrap(), []);
        }
    }
}

#[tokio::test]
async fn conversations_whose_last_messages_are_the_longest_come_in_pages() {
    const OTHERS: usize = 60;
    let store = Opened::new();
    let ann = store.user("ann").await;
    for number in 0..OTHERS {
        let other = store.user(&format!("other{number}")).await;
        let text = if number % 2 == 0 { long(number) } else { escaped(number) };
        store.say(&other, &ann, &text).await.unwrap();
    }
    let all = store.all_conversations(&ann, async |last: &Conversation| {
        let ConversationId::User(last) = last.id() else { panic!() };
        // Its conversation goes to the front: what comes behind it does not come again.
        store.say(&ann, last, "short").await.unwrap();
    });
    let all = all.await;
    let mut ids: Vec<_> = all.iter().map(Conversation::id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), OTHERS);
}

#[tokio::test]
async fn conversations_with_short_messages_come_in_pages_that_are_bounded_with_all_that_is_in_them() {
    const GROUPS: usize = *limits::CONVERSATIONS_PAGE.end() as usize;
    let store = Opened::new();
    let ann = store.user("ann").await;
    let name = "\u{1F600}".repeat(*limits::GROUP_NAME_CHARS.end());
    let groups = join_all((0..GROUPS).map(|_| store.make(&ann, &name, Visibility::Private))).await;
    let sent = groups.iter().enumerate().map(|(number, group)| {
        let client_id = format!("{number:04}{}", "\u{1F600}".repeat(60));
        let (store, ann) = (&store, &ann);
        async move { store.say_once(ann, group, "hello", &client_id).await }
    });
    assert!(join_all(sent).await.iter().all(Result::is_ok));
    let page = store.conversations(ann.id, Part::default()).await.unwrap();
    let bytes = serde_json::to_vec(&page).unwrap().len() - "[]".len();
    let room = limits::HISTORY_PAGE_BYTES - bytes;
    assert!(page.len() < GROUPS && room < 2_000, "{}, {bytes}", page.len());
    let all = store.all_conversations(&ann, async |_: &Conversation| {}).await;
    assert_eq!(all.len(), GROUPS);
}

#[tokio::test]
async fn whoever_leaves_the_group_behind_which_a_page_begins_misses_no_conversation() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let mut groups = Vec::new();
    for number in 0..40 {
        let group = store.make(&ann, &format!("Group {number}"), Visibility::Public).await;
        store.say(&ann, &group, &long(number)).await.unwrap();
        groups.push(ConversationId::Group(group.id));
    }
    let mut left = None;
    let all = store.all_conversations(&ann, async |last: &Conversation| {
        let ConversationId::Group(group) = last.id() else { panic!() };
        store.leave_group(ann.id, group).await.unwrap();
        left = Some(last.id());
    });
    let mut ids: Vec<_> = all.await.iter().map(Conversation::id).collect();
    assert!(ids.len() > groups.len(), "some come twice");
    ids.sort();
    ids.dedup();
    groups.sort();
    assert_eq!(ids, groups, "and none is missing");
    let still_there = store.all_conversations(&ann, async |_: &Conversation| {}).await;
    assert!(still_there.iter().all(|one| Some(one.id()) != left));
    // What never was one's own begins the list as well, and says nothing else.
    let after = Some(ConversationId::Group(NO_GROUP));
    let from_there = store.conversations(ann.id, Part { after, limit: Some(1) }).await.unwrap();
    assert_eq!(from_there[0], still_there[0]);
}

#[tokio::test]
async fn a_page_of_history_of_changes_and_of_hits_is_bounded_as_it_is_sent() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let sent = store.say_many(&ann, &ben, (0..60).map(escaped).collect()).await;
    let conversation = ConversationId::User(ben.id);
    let page = Page { limit: Some(200), ..Page::default() };
    let page = store.history(ann.id, conversation, page).await.unwrap();
    check_bytes(&page.messages);
    assert!((10..20).contains(&page.messages.len()), "{}", page.messages.len());
    let around = Page { limit: Some(200), around: Some(sent[30].seq), ..Page::default() };
    check_bytes(&store.history(ann.id, conversation, around).await.unwrap().messages);
    check_bytes(&store.changes(ann.id, conversation, protocol::Rev::ZERO, None).await.unwrap().messages);
    let search = Search {
        query: protocol::query::Query::parse("word").unwrap(),
        limit: Some(50),
        ..Search::default()
    };
    let found = store.search_messages(ann.id, search).await.unwrap();
    check_bytes(&found.hits);
    assert!((10..20).contains(&found.hits.len()) && found.next.is_some(), "{}", found.hits.len());
}
