use protocol::{ErrorCode, Timestamp};

use super::*;

#[tokio::test]
async fn it_is_kept_when_somebody_was_online_last() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    assert_eq!(store.last_seen(ann.id, ben.id).await.unwrap(), None, "nobody has seen him");
    store.note_last_seen(vec![(ann.id, Timestamp(5)), (ben.id, Timestamp(7))]).await.unwrap();
    store.note_last_seen(vec![(ben.id, Timestamp(9)), (NOBODY, Timestamp(9))]).await.unwrap();
    store.note_last_seen(vec![(ben.id, Timestamp(8))]).await.unwrap();
    let store = store.restarted().await;
    assert_eq!(store.last_seen(ann.id, ben.id).await.unwrap(), Some(Timestamp(9)));
    assert_eq!(store.last_seen(ben.id, ann.id).await.unwrap(), Some(Timestamp(5)));
    assert_eq!(code(store.last_seen(ann.id, NOBODY).await), ErrorCode::UnknownUser);
}

#[tokio::test]
async fn a_time_that_has_not_come_yet_is_replaced_by_an_earlier_one() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    store.note_last_seen(vec![(ann.id, Timestamp(i64::MAX))]).await.unwrap();
    store.note_last_seen(vec![(ann.id, Timestamp(5))]).await.unwrap();
    assert_eq!(store.last_seen(ann.id, ann.id).await.unwrap(), Some(Timestamp(5)));
}
