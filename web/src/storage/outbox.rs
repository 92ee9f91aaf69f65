//! What one wrote and the server does not have yet, on this browser's disk.
//!
//! One row a message in IndexedDB, so that tabs never overwrite each other's. A message goes into
//! the [`journal`] first, which needs no waiting, and out of it once its row is on disk.

use std::{rc::Rc, time::Duration};

use crate::reactive::spawn_local;
use client::delivery::Unsent;
use futures::{
    StreamExt as _,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
};
use js_sys::Array;
use protocol::{ClientId, UserId};
use wasm_bindgen::{JsCast, JsValue};

use super::{
    database::{Database, Pending},
    journal,
};
use crate::state::Answer;

/// A browser whose database says nothing for so long is treated as one that has none, until the
/// rows are read the next time: what one writes must not stay invisible.
const PATIENCE: Duration = Duration::from_secs(1);

/// The rows of one person. What is asked is done in the order of asking.
pub(crate) struct OutboxRows {
    me: UserId,
    asked: UnboundedSender<Asked>,
}

enum Asked {
    Keep { client_id: ClientId, row: String, journaled: bool },
    Forget(ClientId),
    Read,
}

impl OutboxRows {
    /// Opens the rows of `me`; `answer` is called with what came of each request.
    pub(crate) fn open(me: UserId, answer: impl Fn(Answer) + 'static) -> Self {
        let (sender, asked) = unbounded();
        spawn_local(work(me, asked, Rc::new(answer)));
        Self { me, asked: sender }
    }

    pub(crate) fn keep(&self, unsent: &Unsent) {
        let client_id = unsent.client_id.clone();
        let row = serde_json::to_string(unsent).unwrap_or_default();
        let journaled = journal::put(&key(self.me, &client_id), &row);
        self.ask(Asked::Keep { client_id, row, journaled });
    }

    pub(crate) fn forget(&self, client_id: ClientId) {
        self.ask(Asked::Forget(client_id));
    }

    pub(crate) fn read(&self) {
        self.ask(Asked::Read);
    }

    fn ask(&self, asked: Asked) {
        // The worker ends with the last sender only.
        let _ = self.asked.unbounded_send(asked);
    }
}

async fn work(me: UserId, mut asked: UnboundedReceiver<Asked>, answer: Rc<dyn Fn(Answer)>) {
    let mut database = Shelf(None);
    database.open().await;
    while let Some(next) = asked.next().await {
        match next {
            Asked::Keep { client_id, row, journaled } => {
                let key = key(me, &client_id);
                let kept = database.put(&key, Some(&row)).await;
                answer(Answer::Kept(client_id, kept || journaled));
            }
            Asked::Forget(client_id) => {
                let key = key(me, &client_id);
                journal::delete(&key);
                // A row that stays comes back at the next start, and the server knows it already.
                database.put(&key, None).await;
            }
            Asked::Read => {
                database.open().await;
                // First the journal: a message leaves it only after its row is there.
                let journaled = journal::read(me);
                let mut stored: Vec<Unsent> = journaled.iter().filter_map(|(_, row)| read(row)).collect();
                let rows = database.wait(|open| open.read(&me.to_string())).await;
                let rows: Option<Array> = rows.map(JsCast::unchecked_into);
                stored.extend(rows.into_iter().flatten().filter_map(|row| read(&row.as_string()?)));
                for (key, row) in &journaled {
                    database.put(key, Some(row)).await;
                }
                answer(Answer::Outbox(stored));
            }
        }
    }
}

fn read(row: &str) -> Option<Unsent> {
    serde_json::from_str(row).ok()
}

/// The database, while it works.
struct Shelf(Option<Database>);

impl Shelf {
    async fn open(&mut self) {
        if self.0.is_none()
            && let Ok(opening) = Database::open()
        {
            self.0 = opening.settled(PATIENCE).await.map(Database::opened);
        }
    }

    /// Writes a row, or removes it. What is in the database is not in the journal any more.
    async fn put(&mut self, key: &str, row: Option<&str>) -> bool {
        let done = self.wait(|open| open.put(key, row)).await.is_some();
        if done {
            journal::delete(key);
        }
        done
    }

    async fn wait(&mut self, ask: impl FnOnce(&Database) -> Result<Pending, JsValue>) -> Option<JsValue> {
        let pending = ask(self.0.as_ref()?).ok();
        let settled = match pending {
            Some(pending) => pending.settled(PATIENCE).await,
            None => None,
        };
        if settled.is_none() {
            self.0 = None;
        }
        settled
    }
}

fn key(me: UserId, client_id: &ClientId) -> String {
    format!("{me}/{client_id}")
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use protocol::{ConversationId, Timestamp};
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::{
        super::{keep, kept},
        *,
    };

    wasm_bindgen_test_configure!(run_in_browser);

    const BEN: ConversationId = ConversationId::User(UserId::from_bytes([2; 16]));

    /// A tab of somebody whose rows no other test uses.
    struct Tab {
        rows: OutboxRows,
        answers: UnboundedReceiver<Answer>,
    }

    impl Tab {
        fn open(person: u8) -> Self {
            let (sender, answers) = unbounded();
            let me = UserId::from_bytes([person; 16]);
            let rows = OutboxRows::open(me, move |answer| drop(sender.unbounded_send(answer)));
            Self { rows, answers }
        }

        async fn keep(&mut self, unsent: &Unsent) {
            self.rows.keep(unsent);
            assert_eq!(self.answers.next().await, Some(Answer::Kept(unsent.client_id.clone(), true)));
        }

        async fn read(&mut self) -> Vec<String> {
            self.rows.read();
            let Some(Answer::Outbox(mut stored)) = self.answers.next().await else { panic!() };
            stored.sort_by_key(|unsent| unsent.order);
            stored.into_iter().map(|unsent| unsent.client_id.to_string()).collect()
        }
    }

    fn unsent(name: &str, at: i64) -> Unsent {
        client::delivery::Outbox::default().add(
            name.parse().unwrap(),
            BEN,
            "hi".parse().unwrap(),
            Timestamp(at),
        )
    }

    fn journaled(person: u8) -> usize {
        journal::read(UserId::from_bytes([person; 16])).len()
    }

    #[wasm_bindgen_test]
    async fn what_is_kept_is_there_for_the_next_visit_and_for_another_tab_until_it_is_forgotten() {
        let (mut one, mut other) = (Tab::open(21), Tab::open(21));
        one.keep(&unsent("a", 1)).await;
        other.keep(&unsent("b", 2)).await;
        assert_eq!(journaled(21), 0, "what is in the database has left the journal");
        assert_eq!(Tab::open(21).read().await, ["a", "b"]);
        assert_eq!(Tab::open(22).read().await, [""; 0], "it is of one person");
        one.rows.forget("a".parse().unwrap());
        assert_eq!(one.read().await, ["b"]);
        one.rows.forget("b".parse().unwrap());
        assert_eq!(other.read().await, [""; 0]);
    }

    #[wasm_bindgen_test]
    async fn a_page_that_dies_before_the_database_answers_loses_nothing() {
        let tab = Tab::open(23);
        tab.rows.keep(&unsent("a", 1));
        // Nothing was waited for.
        assert_eq!(journaled(23), 1);
        drop(tab);
        let mut next = Tab::open(23);
        assert_eq!(next.read().await.first().map(String::as_str), Some("a"));
        next.rows.forget("a".parse().unwrap());
        assert_eq!(next.read().await, [""; 0]);
    }

    #[wasm_bindgen_test]
    async fn the_list_of_an_earlier_version_is_taken_over_once_and_in_its_order() {
        let list = format!("parlance.outbox.{}", UserId::from_bytes([24; 16]));
        let entries = vec![unsent("b", 0), unsent("a", 0)];
        assert!(keep(&list, Some(&serde_json::to_string(&entries).unwrap())));
        let mut tab = Tab::open(24);
        assert_eq!(tab.read().await, ["b", "a"]);
        assert_eq!(kept(&list), None);
        assert_eq!(journaled(24), 0);
        for name in ["a", "b"] {
            tab.rows.forget(name.parse().unwrap());
        }
        assert_eq!(tab.read().await, [""; 0]);
    }
}
