//! How far the conversation on the screen has reached the others in it, and how far they have read.
//!
//! The server says what changes. What is missed shows when it is asked: when the conversation is opened, after
//! each break, and with the look of every minute.

#[cfg(test)]
mod tests;

use protocol::{ConversationId, ListReceipts, Message, Receipt, ReceiptChanged, Seq, UserId, limits};

use super::{ChatState, Effect, Question, Topic};

/// What is known of the conversation on the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Receipts {
    /// `None` until the server has said it.
    known: Option<Vec<Receipt>>,
    /// What was heard since the server was asked: its answer may not show it.
    heard: Vec<Receipt>,
    /// The question that is not answered yet.
    asked: Option<Question>,
    /// Something happened since then that the answer may not show.
    is_stale: bool,
}

impl ChatState {
    /// How far a conversation has reached the others in it; `None` if it is not on the screen, or if that is
    /// not known.
    #[must_use]
    pub fn receipts(&self, id: ConversationId) -> Option<&[Receipt]> {
        self.receipts.known.as_deref().filter(|_| self.open == Some(id) && self.has_receipts(id))
    }

    /// Asks about the conversation on the screen, or once more after the answer that is on its way.
    pub(super) fn ask_for_receipts(&mut self) -> Vec<Effect> {
        let Some(conversation) = self.open.filter(|id| self.link.is_online() && self.has_receipts(*id))
        else {
            return vec![];
        };
        if self.receipts.asked.is_some() {
            self.receipts.is_stale = true;
            return vec![];
        }
        self.questions += 1;
        self.receipts.asked = Some(self.questions);
        self.receipts.heard.clear();
        vec![Effect::ListReceipts(ListReceipts { conversation }, self.questions)]
    }

    /// Another conversation is on the screen, or none.
    pub(super) fn forget_receipts(&mut self) {
        self.receipts = Receipts::default();
    }

    /// There is a new connection. Nobody waits for the answer over the former one.
    pub(super) fn ask_for_receipts_anew(&mut self) -> Vec<Effect> {
        self.receipts.asked = None;
        self.ask_for_receipts()
    }

    /// Asks if the server may know something else than was heard. In a group somebody may have left and come
    /// again, without this page hearing of either.
    pub(super) fn ask_for_receipts_again(&mut self) -> Vec<Effect> {
        let Some(conversation) = self.open.and_then(|id| self.conversation(id)) else { return vec![] };
        let messages = conversation.timeline.runs().flatten();
        let own = messages.filter(|message| message.sender_id == self.me.id).map(|message| message.seq);
        let last = own.max().unwrap_or_default();
        let is_read = |receipt: &Receipt| !receipt.concerns(last) || receipt.has_read(last);
        match &self.receipts.known {
            Some(known)
                if conversation.group().is_none() && known.len() == 1 && known.iter().all(is_read) =>
            {
                vec![]
            }
            _ => self.ask_for_receipts(),
        }
    }

    pub(super) fn receipts_are(
        &mut self,
        question: Question,
        answer: Result<Vec<Receipt>, String>,
    ) -> Vec<Effect> {
        if self.receipts.asked.take_if(|asked| *asked == question).is_none() {
            return vec![];
        }
        if let Ok(mut known) = answer {
            for heard in std::mem::take(&mut self.receipts.heard) {
                raise(&mut known, heard);
            }
            let known = Some(known);
            if self.receipts.known != known {
                self.receipts.known = known;
                self.changed_receipts();
            }
        }
        match std::mem::take(&mut self.receipts.is_stale) {
            true => self.ask_for_receipts(),
            false => vec![],
        }
    }

    pub(super) fn hear_receipt(&mut self, changed: &ReceiptChanged) -> Vec<Effect> {
        let ReceiptChanged { conversation, user_id, delivered_up_to, read_up_to } = *changed;
        let receipt = Receipt { user_id, delivered_up_to, read_up_to, joined_after: Seq::ZERO };
        self.hear_receipts(conversation, [receipt])
    }

    /// Several at once, perhaps with one's own.
    pub(super) fn hear_receipts(
        &mut self,
        conversation: ConversationId,
        receipts: impl IntoIterator<Item = Receipt>,
    ) -> Vec<Effect> {
        if self.open != Some(conversation) {
            return vec![];
        }
        let me = self.me.id;
        let mut is_known = true;
        for receipt in receipts.into_iter().filter(|receipt| receipt.user_id != me) {
            is_known &= self.raise_receipt(receipt);
        }
        if is_known { vec![] } else { self.ask_for_receipts() }
    }

    /// Somebody wrote, and whoever writes has read what is above.
    pub(super) fn wrote(&mut self, id: ConversationId, sender: UserId, seq: Seq) -> Vec<Effect> {
        self.hear_receipts(id, [has_read(sender, seq)])
    }

    /// The same for messages that were fetched, whose senders may have left.
    pub(super) fn wrote_earlier<'a>(&mut self, messages: impl Iterator<Item = &'a Message>) {
        let (open, me) = (self.open, self.me.id);
        let Some(known) = &mut self.receipts.known else { return };
        let mut is_news = false;
        for message in messages.filter(|message| open == Some(message.conversation(me))) {
            is_news |= raise(known, has_read(message.sender_id, message.seq)) == Some(true);
        }
        if is_news {
            self.changed_receipts();
        }
    }

    /// Returns false if it is about somebody who has come since it was asked.
    fn raise_receipt(&mut self, receipt: Receipt) -> bool {
        if self.receipts.asked.is_some() && raise(&mut self.receipts.heard, receipt).is_none() {
            self.receipts.heard.push(receipt);
        }
        let Some(known) = &mut self.receipts.known else { return true };
        let raised = raise(known, receipt);
        if raised == Some(true) {
            self.changed_receipts();
        }
        raised.is_some()
    }

    /// Whether there are others in a conversation, and not too many.
    fn has_receipts(&self, id: ConversationId) -> bool {
        let group = self.conversation(id).and_then(|one| one.group());
        id != ConversationId::User(self.me.id)
            && group.is_none_or(|group| group.member_count <= limits::RECEIPT_MEMBERS)
    }

    fn changed_receipts(&mut self) {
        if let Some(id) = self.open {
            self.changed(Topic::Receipts(id));
        }
    }
}

fn has_read(user_id: UserId, seq: Seq) -> Receipt {
    Receipt { user_id, delivered_up_to: seq, read_up_to: seq, joined_after: Seq::ZERO }
}

/// Once read is read. Returns whether this is news; `None` if nothing is known of this person.
fn raise(known: &mut [Receipt], heard: Receipt) -> Option<bool> {
    let one = known.iter_mut().find(|one| one.user_id == heard.user_id)?;
    let before = *one;
    one.delivered_up_to = one.delivered_up_to.max(heard.delivered_up_to);
    one.read_up_to = one.read_up_to.max(heard.read_up_to);
    Some(*one != before)
}
