//! Searching messages over the wire.

use protocol::{
    ConversationId, ErrorCode, FoundMessages, LeaveGroup, SearchMessages, Span, documents, limits,
};
use serde_json::json;

use crate::harness::{Device, RawSocket, TestServer, code};

fn search(query: &str) -> SearchMessages {
    SearchMessages { query: query.to_owned(), ..SearchMessages::default() }
}

async fn finds(device: &Device, query: &str) -> Vec<String> {
    let found = device.call(search(query)).await.unwrap();
    found.hits.iter().map(|hit| hit.message.content.to_string()).collect()
}

#[tokio::test]
async fn what_was_written_is_found_at_once_and_after_a_restart() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, bens) = (ann.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    bens.join(&lunch).await;
    let soup = anns.say_to_group(&lunch, "Grüne Suppe um zwölf").await;
    let reply = bens.say(&ann, "suppe? ja").await;
    let found = bens.call(search("SUPPE")).await.unwrap();
    assert_eq!(found.hits.iter().map(|hit| &hit.message).collect::<Vec<_>>(), [&reply, &soup]);
    assert_eq!(found.hits[1].matches, [Span { start: 6, end: 11 }]);
    assert_eq!((found.next, found.incomplete), (None, false));
    assert_eq!(finds(&bens, "from:me").await, ["suppe? ja"]);
    assert_eq!(finds(&bens, "in:lunch gru").await, ["Grüne Suppe um zwölf"]);
    let only = SearchMessages { conversation: Some(ConversationId::User(ann.id())), ..search("suppe") };
    assert_eq!(bens.call(only).await.unwrap().hits.len(), 1);
    drop((anns, bens));
    let server = server.restart().await;
    let bens = ben.connect().await;
    assert_eq!(finds(&bens, "suppe").await, ["suppe? ja", "Grüne Suppe um zwölf"]);
    server.stop().await;
}

#[tokio::test]
async fn a_former_member_finds_nothing_of_the_group() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, bens) = (ann.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    bens.join(&lunch).await;
    anns.say_to_group(&lunch, "secret soup").await;
    assert_eq!(finds(&bens, "secret").await.len(), 1);
    bens.call(LeaveGroup { group_id: lunch.id }).await.unwrap();
    assert_eq!(finds(&bens, "secret").await.len(), 0);
    assert_eq!(code(bens.call(search("in:lunch secret")).await), ErrorCode::InvalidQuery);
    let within = SearchMessages { conversation: Some(ConversationId::Group(lunch.id)), ..search("secret") };
    assert_eq!(code(bens.call(within).await), ErrorCode::NotAMember);
    server.stop().await;
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_is_refused_with_its_field() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let mut socket = RawSocket::connect(&server, &ann).await;
    let long = "x".repeat(limits::SEARCH_QUERY_CHARS + 1);
    for query in ["", "\"open", "from:nobody x", "before:soon", "has:cake", "?!", &long] {
        let reply = socket.call(&json!(["searchMessages", { "query": query }])).await;
        let error = &reply["error"];
        assert_eq!((&error["code"], &error["field"]), (&json!("invalidQuery"), &json!("query")), "{query}");
        assert!(error["message"].as_str().unwrap().ends_with('.'), "{query}: {reply}");
    }
    for (field, value, code) in [
        ("limit", json!(1.5), "invalidPayload"),
        ("before", json!("x"), "unknownMessage"),
        ("utcOffset", json!(900), "invalidPayload"),
    ] {
        let reply = socket.call(&json!(["searchMessages", { "query": "x", field: value }])).await;
        let error = &reply["error"];
        assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(field)), "{reply}");
    }
    let reply = socket.call(&json!(["searchMessages", { "query": "x", "limit": 0 }])).await;
    assert_eq!(reply, json!({ "data": { "hits": [] } }));
    assert!(documents::TYPESCRIPT.contains("searchMessages"));
    server.stop().await;
}

#[tokio::test]
async fn a_page_has_at_most_50_messages_and_the_next_one_goes_on() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let anns = ann.connect().await;
    for number in 0..60 {
        anns.say(&ann, &format!("cake {number}")).await;
    }
    let page = async |before, limit| -> FoundMessages {
        anns.call(SearchMessages { before, limit, ..search("cake") }).await.unwrap()
    };
    assert_eq!(page(None, None).await.hits.len(), limits::SEARCH_PAGE_DEFAULT as usize);
    let first = page(None, Some(1_000)).await;
    let second = page(first.next, Some(1_000)).await;
    assert_eq!((first.hits.len(), second.hits.len(), second.next), (50, 10, None));
    let texts: Vec<String> =
        first.hits.iter().chain(&second.hits).map(|hit| hit.message.content.to_string()).collect();
    assert_eq!(texts, (0..60).rev().map(|number| format!("cake {number}")).collect::<Vec<_>>());
    server.stop().await;
}
