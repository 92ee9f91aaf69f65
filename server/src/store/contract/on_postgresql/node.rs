//! Which servers there are, and what one of them reads anew when it may have missed something.

use std::{collections::HashSet, sync::Arc};

use protocol::{CreateGroup, User, Visibility};

use crate::{
    domain_event::Origin,
    ids::{NodeId, SessionId},
    store::Store,
    testing::postgresql::TestDatabase,
};

async fn user(store: &Store, name: &str) -> User {
    store.register(name.parse().unwrap(), String::new()).await.unwrap()
}

async fn session(store: &Store, of: &User, number: u8) -> SessionId {
    store.start_session(of.id, [number; 32]).await.unwrap()
}

#[tokio::test]
async fn servers_are_there_from_their_first_note_until_they_withdraw() {
    let database = TestDatabase::new();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let (one, two) = (NodeId(1), NodeId(u64::MAX));
    assert_eq!(store.note_node(one).await.unwrap(), [one]);
    let mut both = store.note_node(two).await.unwrap();
    both.sort_unstable();
    assert_eq!(both, [one, two]);
    database.run("UPDATE nodes SET seen_at = now() - INTERVAL '7 seconds' WHERE id = 1");
    assert_eq!(store.note_node(two).await.unwrap(), [two], "one has not been heard of");
    database.run("UPDATE nodes SET seen_at = now() - INTERVAL '2 days' WHERE id = 1");
    store.note_node(two).await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM nodes"), 1, "it is forgotten");
    store.withdraw_node(two).await.unwrap();
    assert_eq!(store.note_node(one).await.unwrap(), [one]);
}

#[tokio::test]
async fn whoever_is_connected_can_be_looked_at_again_all_at_once() {
    let database = TestDatabase::new();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let (ann, ben) = (user(&store, "ann").await, user(&store, "ben").await);
    let anns = session(&store, &ann, 1).await;
    let (over, alone) = (session(&store, &ben, 2).await, session(&store, &ben, 3).await);
    store.end_session(over).await.unwrap();
    let mut both = Vec::new();
    for name in ["Lunch", "Dinner"] {
        let new =
            CreateGroup { name: name.parse().unwrap(), visibility: Visibility::Public, client_id: None };
        both.push(store.create_group(ann.id, Origin::default(), new).await.unwrap().id);
    }
    let asked = vec![(anns, ann.id), (over, ben.id), (alone, ben.id), (anns, ann.id)];
    let both = Arc::new(HashSet::from_iter(both));
    let standing = store.standing(asked).await.unwrap();
    assert_eq!(standing, [Some(both.clone()), None, Some(Arc::default()), Some(both)]);
    assert_eq!(store.standing(vec![]).await.unwrap(), []);
}
