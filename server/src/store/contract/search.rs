use protocol::{ConversationId, ErrorBody, FoundMessages, MessageId, query::Query};

use super::*;
use crate::store::{
    db::{Db, params},
    message_search::Search,
    value::Id,
    writer::Done,
};

impl Opened {
    async fn search(&self, who: &User, query: &str) -> Result<FoundMessages> {
        self.search_in(who, None, query).await
    }

    async fn search_in(
        &self,
        who: &User,
        conversation: Option<ConversationId>,
        query: &str,
    ) -> Result<FoundMessages> {
        self.search_messages(who.id, Search { conversation, ..searched(query) }).await
    }

    async fn finds(&self, who: &User, query: &str) -> Vec<String> {
        texts(self.search(who, query).await.unwrap())
    }

    /// What a search finds, page by page.
    async fn pages(&self, who: &User, mut search: Search) -> Vec<Message> {
        let mut found = Vec::new();
        loop {
            let page = self.search_messages(who.id, search.clone()).await.unwrap();
            if page.incomplete {
                // The machine was busy with something else.
                continue;
            }
            assert!(page.hits.len() <= search.limit.unwrap() as usize);
            found.extend(page.hits.into_iter().map(|hit| hit.message));
            search.before = page.next;
            if page.next.is_none() {
                return found;
            }
        }
    }
}

fn searched(query: &str) -> Search {
    Search { query: Query::parse(query).unwrap(), ..Search::default() }
}

fn texts(found: FoundMessages) -> Vec<String> {
    found.hits.into_iter().map(|hit| hit.message.content.to_string()).collect()
}

fn body(refused: Result<FoundMessages>) -> ErrorBody {
    match refused {
        Err(Error::Refused(body)) => body,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn messages_are_found_by_their_words_newest_first_in_every_writing_system() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    for text in [
        "Herr Müller kommt",
        "Привет, Мир",
        "今天我们去东京都吃饭",
        "東京タワーへ行きましょう",
        "오늘 학교에서 만나요",
        "สวัสดีครับ เจอกันพรุ่งนี้",
        "Muller comes, too",
        "done 🎉",
    ] {
        store.say(&ann, &ben, text).await.unwrap();
    }
    for is_indexed in [false, true] {
        if is_indexed {
            store.index_messages().await.unwrap();
        }
        for (query, expected) in [
            ("muller", vec!["Muller comes, too", "Herr Müller kommt"]),
            ("MÜLLER k", vec!["Herr Müller kommt"]),
            ("привет мир", vec!["Привет, Мир"]),
            ("ПРИВ", vec!["Привет, Мир"]),
            ("东京", vec!["今天我们去东京都吃饭"]),
            ("吃", vec!["今天我们去东京都吃饭"]),
            ("东都", vec![]),
            ("タワー", vec!["東京タワーへ行きましょう"]),
            ("ﾀﾜｰ 東京", vec!["東京タワーへ行きましょう"]),
            ("학교", vec!["오늘 학교에서 만나요"]),
            ("만", vec!["오늘 학교에서 만나요"]),
            ("พรุ่งนี้", vec!["สวัสดีครับ เจอกันพรุ่งนี้"]),
            ("🎉", vec!["done 🎉"]),
            ("\"comes too\"", vec!["Muller comes, too"]),
            ("\"too comes\"", vec![]),
            ("ulle", vec![]),
            ("nothing", vec![]),
        ] {
            assert_eq!(store.finds(&ben, query).await, expected, "{query}, in the index: {is_indexed}");
        }
    }
}

#[tokio::test]
async fn nothing_in_a_word_is_syntax() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    store.say(&ann, &ann, "a OR b NOT c* NEAR(d) ^e -f + words:g {h} 'i' col:j").await.unwrap();
    store.index_messages().await.unwrap();
    for query in [
        "OR", "a NOT", "NEAR(d)", "c*", "^e", "-f +", "words:g", "{h}", "'i'", "col : j", "(((", "* a", "a'b",
    ] {
        let found = store.search(&ann, query).await;
        let is_plain = found.is_ok() || body(found).code == ErrorCode::InvalidQuery;
        assert!(is_plain, "{query}");
    }
    assert_eq!(store.finds(&ann, "zzz OR a").await, [""; 0]);
    assert_eq!(store.finds(&ann, "words:a").await, [""; 0]);
    assert_eq!(store.finds(&ann, "words:g").await.len(), 1);
}

#[tokio::test]
async fn what_the_page_makes_a_link_of_has_a_link() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let links = ["HTTPS://CAKE.EXAMPLE", "ask mailto:ben@cake.example", "[cake](http://cake.example)"];
    for text in links.into_iter().chain(["`https://cake.example`", "http or mailto", "cake.example"]) {
        store.say(&ann, &ann, text).await.unwrap();
    }
    for is_indexed in [false, true] {
        if is_indexed {
            store.index_messages().await.unwrap();
        }
        let mut found = store.finds(&ann, "has:link").await;
        found.reverse();
        assert_eq!(found, links, "in the index: {is_indexed}");
    }
}

#[tokio::test]
async fn conditions_narrow_a_search() {
    let store = Opened::new();
    let (ann, ben, anna) = (store.user("Ann").await, store.user("ben").await, store.user("anna.m").await);
    let tea = store.make(&ann, "Tea & biscuits", Visibility::Private).await;
    store.join_group(ben.clone(), tea.id).await.unwrap();
    store.say(&ann, &tea, "cake for all").await.unwrap();
    store.say(&ben, &tea, "cake: https://cake.example").await.unwrap();
    store.say(&ann, &ben, "cake for two").await.unwrap();
    store.say(&anna, &anna, "cake for me").await.unwrap();
    for is_indexed in [false, true] {
        if is_indexed {
            store.index_messages().await.unwrap();
        }
        let all = ["cake for two", "cake: https://cake.example", "cake for all"];
        assert_eq!(store.finds(&ben, "cake").await, all);
        assert_eq!(store.finds(&ben, "from:ann cake").await, ["cake for two", "cake for all"]);
        assert_eq!(store.finds(&ben, "from:ANN in:\"tea & biscuits\"").await, ["cake for all"]);
        assert_eq!(store.finds(&ben, "in:Tea from:me").await, ["cake: https://cake.example"]);
        assert_eq!(store.finds(&ben, "in:@ann").await, ["cake for two"]);
        assert_eq!(store.finds(&ben, "has:link").await, ["cake: https://cake.example"]);
        assert_eq!(store.finds(&anna, "in:me").await, ["cake for me"]);
        assert_eq!(store.finds(&ben, "cake before:1999-01-01").await, [""; 0]);
        assert_eq!(store.finds(&ben, "cake after:1999-01-01").await.len(), 3);
        let with_ann = Some(ConversationId::User(ann.id));
        assert_eq!(texts(store.search_in(&ben, with_ann, "cake").await.unwrap()), ["cake for two"]);
        assert_eq!(texts(store.search_in(&ben, with_ann, "cake in:tea").await.unwrap()), [""; 0]);
    }
}

#[tokio::test]
async fn a_name_that_is_not_clear_is_refused_with_a_sentence() {
    let store = Opened::new();
    let (ann, _) = (store.user("ann").await, store.user("bertha").await);
    for name in ["bert.x", "bert.y"] {
        store.user(name).await;
    }
    for name in ["Lunch", "Lunch", "Lunch break"] {
        store.make(&ann, name, Visibility::Public).await;
    }
    for (query, sentence) in [
        ("from:eve", "There is nobody named “eve”."),
        (
            "from:bert",
            "The names of several people begin with “bert”: bert.x, bert.y, bertha. Write the whole name.",
        ),
        ("in:eve", "You have no conversation named “eve”."),
    ] {
        let body = body(store.search(&ann, query).await);
        assert_eq!((body.code, body.field.as_deref()), (ErrorCode::InvalidQuery, Some("query")));
        assert_eq!(body.message, sentence);
    }
    let ambiguous = body(store.search(&ann, "in:lunch").await);
    assert!(ambiguous.message.starts_with("Several of your conversations are named “lunch”"), "{ambiguous}");
    assert!(store.search(&ann, "in:\"lunch b\"").await.is_ok());
    assert!(store.search(&ann, "from:berth").await.is_ok());
}

#[tokio::test]
async fn of_names_that_differ_in_their_accents_the_one_is_meant_that_was_typed() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    for name in ["muller", "müller", "νίκος"] {
        let person = store.user(name).await;
        store.say(&person, &ann, &format!("i am {name}")).await.unwrap();
    }
    for (query, name) in [("muller", "muller"), ("MÜLLER", "müller"), ("ΝΙΚΟΣ", "νίκος")] {
        for field in ["from", "in"] {
            assert_eq!(store.finds(&ann, &format!("{field}:{query}")).await, [format!("i am {name}")]);
        }
    }
}

#[tokio::test]
async fn only_members_find_what_was_written_in_a_group() {
    let store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    store.say(&ann, &lunch, "the secret soup").await.unwrap();
    store.say(&ann, &ben, "a secret").await.unwrap();
    for is_indexed in [false, true] {
        if is_indexed {
            store.index_messages().await.unwrap();
        }
        assert_eq!(store.finds(&ben, "secret").await, ["a secret", "the secret soup"]);
        assert_eq!(store.finds(&eve, "secret").await, [""; 0]);
        let group = Some(ConversationId::Group(lunch.id));
        assert_eq!(code(store.search_in(&eve, group, "secret").await), ErrorCode::NotAMember);
        assert_eq!(body(store.search(&eve, "in:lunch secret").await).code, ErrorCode::InvalidQuery);
    }
    store.leave_group(ben.id, lunch.id).await.unwrap();
    assert_eq!(store.finds(&ben, "secret").await, ["a secret"]);
    assert_eq!(body(store.search(&ben, "in:lunch secret").await).code, ErrorCode::InvalidQuery);
}

#[tokio::test]
async fn pages_of_many_conversations_have_each_hit_once_in_the_order_of_time() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let mut all = Vec::new();
    for number in 0..7 {
        let pal = store.user(&format!("pal{number}")).await;
        for round in 0..9 {
            let text = format!("cake {number} {round}");
            all.push(store.say(&ann, &pal, &text).await.unwrap());
        }
    }
    let mut latecomers = Vec::new();
    for round in 0..9 {
        for number in [3, 1, 6] {
            let pal = store.account(&format!("pal{number}").parse().unwrap()).await.unwrap().unwrap().user;
            latecomers.push(store.say(&pal, &ann, &format!("cake again {round}")).await.unwrap());
        }
    }
    all.extend(latecomers);
    all.sort_by_key(|message| std::cmp::Reverse(message.id));
    for is_indexed in [false, true] {
        if is_indexed {
            store.index_messages().await.unwrap();
        }
        let found = store.pages(&ann, Search { limit: Some(8), ..searched("cake") }).await;
        assert_eq!(found, all);
    }
}

#[tokio::test]
async fn pages_of_a_conversation_leave_nothing_out_where_a_clock_was_set_back() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    for number in 0..60_u8 {
        let message = store.say(&ann, &ben, "cake").await.unwrap();
        let mut id = [0; 16];
        (id[5], id[15]) = (if number < 30 { 50 } else { 10 } + number % 30, number);
        let made_at_another_time = move |db: &Db<'_>| {
            db.prepare_cached("UPDATE messages SET id = ?2 WHERE id = ?1")?
                .execute(params![Id(message.id), Id(MessageId::from_bytes(id))])?;
            Ok(Done::without_event(()))
        };
        store.write(made_at_another_time).await.unwrap();
    }
    for is_indexed in [false, true] {
        if is_indexed {
            store.index_messages().await.unwrap();
        }
        for conversation in [None, Some(ConversationId::User(ann.id))] {
            let search = Search { conversation, limit: Some(20), ..searched("cake") };
            let seqs = store.pages(&ben, search).await.into_iter().map(|message| message.seq.0);
            assert_eq!(seqs.collect::<Vec<_>>(), (1..=60).rev().collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn messages_are_put_into_the_index_in_the_background() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    store.say(&ann, &ann, "cake").await.unwrap();
    let is_indexed = async || {
        let count = "SELECT count(*) FROM conversations WHERE head > indexed";
        store
            .read(|db| Ok(db.prepare_cached(count)?.query_row(params![], |row| row.get::<_, i64>(0))?))
            .await
            .unwrap()
            == 0
    };
    for _ in 0..100 {
        if is_indexed().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("it is not in the index after ten seconds");
}
