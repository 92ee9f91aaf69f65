//! Searching 1,000,000 messages: half of them in the asker's 500 conversations, a fifth in one long
//! conversation, the others in conversations of other people. And putting them into the index.

use std::time::Instant;

use anyhow::{Result, anyhow};
use parlance::seed::{Person, Seed};
use serde::Deserialize;
use serde_json::json;

use crate::{
    peer::{Kind, Peer, scratch},
    table::{Table, quantile},
};

const PALS: usize = 500;
const SHORT: u64 = 1_000;
const LONG: u64 = 200_000;
/// Conversations of two other people.
const FOREIGN: usize = 300;
const VOCABULARY: u64 = 30_000;
const REQUESTS: u64 = 100;

pub(super) async fn run(table: &mut Table) -> Result<()> {
    let home = scratch("search")?;
    let seed = Seed::open(&home.join("data"))?;
    let people = fill(&seed).await.map_err(|error| anyhow!(error))?;
    let start = Instant::now();
    seed.index().await.map_err(|error| anyhow!(error))?;
    let took = start.elapsed().as_secs_f64();
    println!("1,000,000 messages were put into the index in {took:.1} s, 100,000 in {:.2}", took / 10.0);
    seed.close().await;
    let size = std::fs::metadata(home.join("data/parlance.db"))?.len();
    println!("the database has {:.0} MB", size as f64 / 1e6);
    let peer = Peer::start_at(Kind::Parlance, home, people)?;
    for _ in 0..table.rounds {
        let mut socket = peer.connect(0).await?;
        let mut all = Vec::new();
        for (kind, query) in QUERIES {
            let (mut took, before) = (Vec::new(), peer.processor()?);
            let mut incomplete = 0;
            let mut hits = 0;
            for number in 0..REQUESTS {
                let payload = json!({ "query": query(number) });
                let start = Instant::now();
                let found: Found = socket.call("searchMessages", &payload).await?;
                took.push(start.elapsed().as_secs_f64() * 1e3);
                incomplete += u32::from(found.incomplete);
                hits += found.hits.len();
            }
            let used = (peer.processor()? - before).as_secs_f64() * 1e3 / REQUESTS as f64;
            println!(
                "{kind:40} processor {used:6.2} ms, median {:7.2} ms, p95 {:7.2}, slowest {:7.2}; {hits} hits, \
                 {incomplete} incomplete",
                quantile(&took, 0.5),
                quantile(&took, 0.95),
                quantile(&took, 1.0)
            );
            all.extend(took);
        }
        table.note("a search, 1,000,000 messages, p95, ms", peer.kind, quantile(&all, 0.95));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Found {
    hits: Vec<serde::de::IgnoredAny>,
    #[serde(default)]
    incomplete: bool,
}

type Query = fn(u64) -> String;

const QUERIES: &[(&str, Query)] = &[
    ("a word that is everywhere", |number| format!("{} ", word(number % 10))),
    ("a common word", |number| word(20 + number * 3)),
    ("a rare word", |number| word(10_000 + number * 170)),
    ("a word that nobody wrote", |number| format!("{}qx", word(number))),
    ("typing: one letter", |number| word(number * 31).chars().take(1).collect()),
    ("typing: two letters", |number| word(number * 31).chars().take(2).collect()),
    ("typing: three letters", |number| word(number * 31).chars().take(3).collect()),
    ("typing: five letters", |number| word(number * 31).chars().take(5).collect()),
    ("two common words", |number| format!("{} {}", word(number), word(200 - number))),
    ("a common and a rare word", |number| format!("{} {}", word(5_000 + number * 97), word(number % 50))),
    ("four words, the last one begun", |number| {
        let last: String = word(number + 7).chars().take(2).collect();
        format!("{} {} {} {last}", word(number), word(number + 3), word(number + 1))
    }),
    ("a phrase", |number| format!("\"{} {}\"", word(number % 30), word(number / 4))),
    ("from somebody, a common word", |number| format!("from:pal{} {}", number * 4, word(number))),
    ("from somebody", |number| format!("from:pal{}", number * 4)),
    ("in a conversation", |number| format!("in:pal{} {}", number * 4, word(number * 5))),
    ("in the long conversation, a rare word", |number| format!("in:pal0 {}", word(3_000 + number * 41))),
    ("in the long conversation, two words", |number| {
        format!("in:pal0 {} {}", word(number + 300), word(number + 500))
    }),
    ("with a link", |number| format!("has:link {}", word(number))),
    ("only a link", |_| "has:link".to_owned()),
    ("before a day", |number| format!("before:2026-01-31 {}", word(number))),
    ("Chinese, one character", |number| sign(number).to_string()),
    ("Chinese, two characters", |number| format!("{}{}", sign(number), sign(number * 7))),
];

async fn fill(seed: &Seed) -> Result<Vec<Person>, parlance::seed::SeedError> {
    let people = seed.people("me", 1).await?.into_iter().chain(seed.people("pal", PALS).await?);
    let people: Vec<Person> = people.collect();
    let foreign = seed.people("other", 2 * FOREIGN).await?;
    let mut random = Random(7);
    for (number, pal) in people[1..].iter().enumerate() {
        let count = if number == 0 { LONG } else { SHORT };
        seed.say(people[0].id, pal.id, texts(&mut random, count)).await?;
    }
    for pair in foreign.chunks(2) {
        seed.say(pair[0].id, pair[1].id, texts(&mut random, SHORT)).await?;
    }
    // So that the newest messages are not all in the conversations that were filled last.
    for pal in &people[1..] {
        seed.say(people[0].id, pal.id, texts(&mut random, 2)).await?;
    }
    Ok(people)
}

/// Texts of 3 to 16 words, of which some are frequent and most are not; some with a link, some Chinese.
fn texts(random: &mut Random, count: u64) -> Vec<String> {
    let text = |random: &mut Random| {
        if random.below(20) == 0 {
            return (0..4 + random.below(20)).map(|_| sign(random.rank(2_000))).collect();
        }
        let mut words: Vec<String> =
            (0..3 + random.below(14)).map(|_| word(random.rank(VOCABULARY))).collect();
        if random.below(50) == 0 {
            words.push(format!("https://{}.example/{}", word(random.rank(200)), random.below(1_000_000)));
        }
        words.join(" ")
    };
    (0..count).map(|_| text(random)).collect()
}

/// The word of this rank, the same each time: of two to four syllables.
fn word(rank: u64) -> String {
    const FIRST: [&str; 16] =
        ["b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w"];
    const SECOND: [&str; 8] = ["a", "e", "i", "o", "u", "ai", "ou", "en"];
    let mut rest = rank.wrapping_mul(2_654_435_761) % (1 << 21) + 128;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(FIRST[(rest % 16) as usize]);
        word.push_str(SECOND[(rest / 16 % 8) as usize]);
        rest /= 128;
    }
    word
}

fn sign(rank: u64) -> char {
    u32::try_from(0x4e00 + rank * 37 % 2_000).ok().and_then(char::from_u32).unwrap_or('一')
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// A rank as words have it: the frequency of a word is about one over its rank.
    fn rank(&mut self, end: u64) -> u64 {
        let part = self.below(1 << 30) as f64 / (1_u64 << 30) as f64;
        ((end as f64).powf(part) - 1.0) as u64
    }
}
