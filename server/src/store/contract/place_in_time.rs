use std::time::Duration;

use protocol::{ConversationId, Seq, Timestamp};

use super::*;
use crate::store::conversation::Page;

#[tokio::test]
async fn a_page_at_a_time_is_around_the_first_message_of_that_time_or_later() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let at = async |time| {
        let page = Page { at: Some(Timestamp(time)), limit: Some(1), ..Page::default() };
        let page = store.history(ann.id, ConversationId::User(ben.id), page).await.unwrap();
        page.messages.iter().map(|message| message.seq.0).collect::<Vec<_>>()
    };
    assert_eq!(at(0).await, [0; 0], "nobody has written yet");
    let mut times = Vec::new();
    for number in 0..9 {
        times.push(store.say(&ann, &ben, &format!("m{number}")).await.unwrap().created_at.0);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for (time, seq) in times.iter().zip(1..) {
        assert_eq!(at(*time).await, [seq]);
        assert_eq!(at(time - 1).await, [seq]);
    }
    assert_eq!(at(i64::MIN).await, [1]);
    assert_eq!(at(0).await, [1]);
    assert_eq!(at(times[8] + 1).await, [9], "the newest, if there is none");
    assert_eq!(at(i64::MAX).await, [9]);
    // It is a page like that around a place.
    let page = Page { at: Some(Timestamp(times[4])), limit: Some(3), ..Page::default() };
    let page = store.history(ann.id, ConversationId::User(ben.id), page).await.unwrap();
    assert_eq!(page.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), [4, 5, 6].map(Seq));
}
