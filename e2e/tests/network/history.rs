//! What there must be in the end: everything that was written, once, in one order, the same on every page.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use protocol::{ClientId, ConversationId, FetchHistory, Message, Seq};

use crate::{Client, page::Page};

/// Waits until every page has sent everything and shows what the server has; returns that.
pub(crate) async fn settled(
    client: &Client,
    pages: &[Page],
    conversation: ConversationId,
    patience: Duration,
) -> Result<Vec<Message>> {
    let end = Instant::now() + patience;
    loop {
        let history = whole(client, conversation).await?;
        let waiting: Vec<String> = pages.iter().filter_map(|page| page.differs_from(&history)).collect();
        if waiting.is_empty() {
            return Ok(history);
        }
        ensure!(Instant::now() < end, "after {patience:?}, of {} messages: {waiting:?}", history.len());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn whole(client: &Client, conversation: ConversationId) -> Result<Vec<Message>> {
    let mut history: Vec<Message> = Vec::new();
    loop {
        let after = history.last().map_or(Seq::ZERO, |message| message.seq);
        let fetch =
            FetchHistory { after: Some(after), limit: Some(200), ..FetchHistory::newest(conversation) };
        let page = client.call(fetch).await?;
        if page.messages.is_empty() {
            return Ok(history);
        }
        history.extend(page.messages);
    }
}

/// Nothing that the pages have sent is missing or doubled, and each page's messages are in the order in which it
/// wrote them.
pub(crate) fn check(history: &[Message], pages: &[Page]) -> Result<()> {
    let gap = history.windows(2).find(|pair| pair[1].seq != pair[0].seq.next());
    ensure!(gap.is_none(), "a gap or a double: {gap:?}");
    let ids = history.iter().filter_map(|message| message.client_id.clone());
    let places: BTreeMap<ClientId, usize> = ids.zip(0..).collect();
    ensure!(
        places.len() == history.len(),
        "{} messages are one that is there already",
        history.len() - places.len()
    );
    let mut written = 0;
    for (number, page) in pages.iter().enumerate() {
        let own = page.written();
        let lost = own.iter().filter(|id| !places.contains_key(*id)).count();
        ensure!(lost == 0, "{lost} messages of page {number} are lost");
        ensure!(own.iter().map(|id| places[id]).is_sorted(), "page {number} wrote in another order");
        written += own.len();
    }
    ensure!(history.len() == written, "{} messages, and {written} were written", history.len());
    Ok(())
}
