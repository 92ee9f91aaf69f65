use std::time::{Duration, Instant};

use protocol::{ErrorCode, Username};
use tokio::time::timeout;

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
        let users = store.find_users(NOBODY, query).await.unwrap();
        users.into_iter().map(|user| user.username.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("AN").await, ["ann", "Hannah"]);
    assert_eq!(found("").await, ["ann", "ben", "Hannah", "Zoe"]);
    assert_eq!(found("%").await, [""; 0]);
    assert_eq!(found(&"a".repeat(10_000)).await, [""; 0]);
}

#[tokio::test]
async fn a_name_is_found_without_its_accents_and_whatever_its_last_letter_looks_like() {
    let store = Opened::new();
    let names = ["ΝΙΚΟΣ", "Νίκος-π", "νικοσ_", "Müller"];
    for name in names {
        store.user(name).await;
    }
    for query in ["ΝΙΚΟΣ", "Νίκος", "νικοσ", "νίκοσ", "ίκος"] {
        let found = store.find_users(NOBODY, query).await.unwrap();
        assert_eq!(found.len(), 3, "{query}");
    }
    for query in ["muller", "MÜLLER", "mu\u{308}ll"] {
        let found = store.find_users(NOBODY, query).await.unwrap();
        assert_eq!(found[0].username.as_str(), "Müller", "{query}");
    }
}

#[tokio::test]
async fn an_exact_name_comes_first_then_what_begins_so_then_what_contains_it() {
    let store = Opened::new();
    let crowd = (0..150).map(|number| format!("amax{number:03}"));
    let all: Vec<_> = crowd.chain(["max", "Maxine", "maximilian"].map(str::to_owned)).collect();
    futures::future::join_all(all.iter().map(|name| store.user(name))).await;
    for query in ["max", "MAX", " max ", "\u{ff4d}ax"] {
        let found = store.find_users(NOBODY, query).await.unwrap();
        let names: Vec<_> = found.iter().take(4).map(|user| user.username.as_str()).collect();
        assert_eq!(names, ["max", "maximilian", "Maxine", "amax000"], "{query}");
        assert_eq!(found.len(), 100);
    }
    let found = store.find_users(NOBODY, "maximilian").await.unwrap();
    assert_eq!(found.len(), 1);
    let longer_than_a_part = store.user("abcdefghijklmnopqrstuvwxyz").await;
    assert_eq!(store.find_users(NOBODY, "cdefghijklmnopqrst").await.unwrap(), [longer_than_a_part]);
    assert_eq!(store.find_users(NOBODY, "cdefghijklmnopqrsx").await.unwrap(), []);
}

#[tokio::test]
async fn a_search_takes_no_longer_in_a_crowd() {
    // Looking at all of them would take forty milliseconds. It takes PostgreSQL long to make them.
    let crowd = match ENGINE {
        Engine::Sqlite => 20_000,
        Engine::Postgresql => 4_000,
    };
    assert!(slowest_search(crowd).await < Duration::from_millis(20));
}

/// `cargo nextest run -p server --run-ignored only 100000 --no-capture`.
#[tokio::test]
#[ignore = "takes a minute"]
async fn a_search_takes_no_longer_among_100000() {
    let slowest = slowest_search(100_000).await;
    println!("the slowest of all searches among 100,000 people took {slowest:?}");
    assert!(slowest < Duration::from_millis(20));
}

/// How long the slowest of several searches takes in a crowd.
async fn slowest_search(crowd: usize) -> Duration {
    let store = Opened::new();
    let names: Vec<_> = (0..crowd).map(|number| format!("somebody-{number}x{}", number % 7)).collect();
    for names in names.chunks(500) {
        futures::future::join_all(names.iter().map(|name| store.user(name))).await;
    }
    let mut slowest = Duration::ZERO;
    for query in ["nobody-is-called-so", "some", "body", "x3", "y", "somebody-19999x0", ""] {
        let mut best = Duration::MAX;
        // The machine may be busy with something else.
        for _ in 0..5 {
            let begun = Instant::now();
            store.find_users(NOBODY, query).await.unwrap();
            best = best.min(begun.elapsed());
        }
        slowest = slowest.max(best);
    }
    slowest
}

#[tokio::test]
async fn a_name_that_looks_like_another_is_taken_whatever_its_letters_are() {
    let store = Opened::new();
    for name in ["ann", "sam", "fullwidth", "paypal"] {
        store.user(name).await;
    }
    for imitation in [
        "\u{430}nn",
        "\u{17f}am",
        "\u{ff46}ullwidth",
        "\u{1d41a}\u{1d427}\u{1d427}",
        "paypaI",
        "paypa1",
        "PAYPA1",
    ] {
        let username: Username = imitation.parse().unwrap();
        assert_eq!(code(store.is_vacant(username.clone()).await), ErrorCode::UsernameTaken, "{imitation}");
        assert_eq!(code(store.register(username, String::new()).await), ErrorCode::UsernameTaken);
    }
    let refused = store.register("\u{430}nn".parse().unwrap(), String::new()).await.unwrap_err();
    assert!(refused.to_string().starts_with("This user name looks like one that somebody has"), "{refused}");
    // Alone it is no name either.
    assert_eq!(
        code(store.register("\u{17f}ue".parse().unwrap(), String::new()).await),
        ErrorCode::InvalidText
    );
    // And logging in with a name that only looks the same finds nobody, unless it is the same by RFC 8265.
    assert!(store.account(&"\u{430}nn".parse().unwrap()).await.unwrap().is_none());
    let account = store.account(&"\u{ff46}ullwidth".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(account.user.username.as_str(), "fullwidth");
}

#[tokio::test]
async fn a_search_has_at_most_100_results() {
    let store = Opened::new();
    let all: Vec<_> = (0..120).map(|number| format!("user{number}")).collect();
    futures::future::join_all(all.iter().map(|name| store.user(name))).await;
    assert_eq!(store.find_users(NOBODY, "").await.unwrap().len(), 100);
}

#[tokio::test]
async fn people_are_looked_up_by_id_and_unknown_ids_left_out() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let users = store.users(ann.id, vec![ben.id, NOBODY, ann.id, ben.id]).await.unwrap();
    assert_eq!(users, [ben.clone(), ann, ben]);
}

#[tokio::test]
async fn whoever_asks_for_much_waits_for_what_they_asked_before_and_nobody_else_does() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let long = store.read_for(ann.id, move |_| Ok(ended.recv().ok()));
    let others = async {
        let soon = Duration::from_millis(100);
        assert!(timeout(soon, store.users(ann.id, vec![ben.id])).await.is_err());
        assert!(timeout(soon, store.group(ann.id, lunch.id)).await.is_err());
        store.users(ben.id, vec![ann.id]).await.unwrap();
        store.group(ben.id, lunch.id).await.unwrap();
        drop(end);
    };
    let (long, ()) = tokio::join!(long, others);
    long.unwrap();
}
