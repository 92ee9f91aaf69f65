//! Receipts of people at another server.

use std::collections::BTreeSet;

use futures::future::join_all;
use protocol::{ConversationId, MarkRead, ServerEvent};

use super::Engines;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_read_at_one_server_is_told_together_at_another() {
    const READERS: usize = 12;
    let engines = Engines::start();
    let [one, two] = engines.two().await;
    let ann = one.person("ann").await;
    let mut anns = ann.connect().await;
    let lunch = anns.create_group("Lunch").await;
    let mut readers = Vec::new();
    for number in 0..READERS {
        let person = two.person(&format!("user{number}")).await;
        let device = person.connect().await;
        device.join(&lunch).await;
        readers.push((person.id(), device));
    }
    let seq = anns.say_to_group(&lunch, "soup?").await.seq;
    let conversation = ConversationId::Group(lunch.id);
    let reading = readers.iter().map(|(_, device)| device.call(MarkRead { conversation, seq, mark: None }));
    assert!(join_all(reading).await.iter().all(Result::is_ok));
    let expected: BTreeSet<_> = readers.iter().map(|(id, _)| *id).collect();
    let (mut heard, mut together) = (BTreeSet::new(), 0);
    while heard != expected {
        let some = anns.hears(|event| match event {
            ServerEvent::ReceiptChanged(one) => Some(vec![one.user_id]),
            ServerEvent::ReceiptsChanged(all) => Some(all.receipts.iter().map(|one| one.user_id).collect()),
            _ => None,
        });
        let some = some.await;
        together = together.max(some.len());
        heard.extend(some);
    }
    assert!(together > 1, "each by itself");
    one.stop().await;
    two.stop().await;
}
