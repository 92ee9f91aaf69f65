use protocol::ErrorCode;

use super::*;

#[tokio::test]
async fn a_name_is_taken_without_regard_to_case() {
    let store = Opened::new();
    let ann = store.user("Ann").await;
    assert_eq!(code(store.register("aNN".parse().unwrap(), String::new()).await), ErrorCode::UsernameTaken);
    let account = store.account(&"ANN".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((account.user, account.password.as_str()), (ann, "a hash"));
    assert!(store.account(&"nobody".parse().unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_name_goes_to_one_of_those_who_ask_at_once() {
    let store = Opened::new();
    let asked = (0..20).map(|_| store.register("ann".parse().unwrap(), String::new()));
    let taken = futures::future::join_all(asked).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name_in_order() {
    let store = Opened::new();
    for name in ["Zoe", "ann", "Hannah", "ben"] {
        store.user(name).await;
    }
    let found = async |query: &str| {
        let users = store.find_users(query).await.unwrap();
        users.into_iter().map(|user| user.username.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("AN").await, ["ann", "Hannah"]);
    assert_eq!(found("").await, ["ann", "ben", "Hannah", "Zoe"]);
    assert_eq!(found("%").await, [""; 0]);
    assert_eq!(found(&"a".repeat(10_000)).await, [""; 0]);
}

#[tokio::test]
async fn a_search_has_at_most_100_results() {
    let store = Opened::new();
    let all: Vec<_> = (0..120).map(|number| format!("user{number}")).collect();
    futures::future::join_all(all.iter().map(|name| store.user(name))).await;
    assert_eq!(store.find_users("").await.unwrap().len(), 100);
}

#[tokio::test]
async fn people_are_looked_up_by_id_and_unknown_ids_left_out() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let users = store.users(vec![ben.id, NOBODY, ann.id]).await.unwrap();
    assert_eq!(users, [ben, ann]);
}
