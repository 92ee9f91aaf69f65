//! How far messages have reached people, and how far they have read.

use protocol::{
    ConversationId, ErrorBody, ListReceipts, MarkDelivered, Receipt, ReceiptChanged, ReceiptsChanged, Seq,
    ServerEvent, UserId,
};

use super::{Answer, ConversationKey, Server, data};

/// Of so many changes one is told to nobody, as to those who read slowly.
const TOLD_TO_NOBODY: u64 = 4;
/// Of so many one is told together with all others of its conversation.
const TOLD_TOGETHER: u64 = 3;

impl Server {
    pub(super) fn mark_delivered(
        &mut self,
        me: UserId,
        mark: &MarkDelivered,
        told: &mut Vec<(UserId, ServerEvent)>,
    ) -> Answer {
        for one in &mark.conversations {
            let place = ConversationKey::of(me, one.conversation);
            assert!(matches!(place, ConversationKey::Pair(..)), "only there somebody wants to know it");
            let seq = one.seq.min(self.head(place));
            if seq > self.receipt(me, place).delivered_up_to {
                self.files.delivered.insert((me, place), seq);
                self.tell_receipt(me, place, told);
            }
        }
        Ok(data(&()))
    }

    pub(super) fn list_receipts(&self, me: UserId, list: &ListReceipts) -> Answer {
        if let ConversationId::Group(group) = list.conversation {
            self.check_member(me, group)?;
        }
        Ok::<_, ErrorBody>(data(&self.receipts(me, list.conversation)))
    }

    pub(super) fn tell_receipt(
        &mut self,
        me: UserId,
        place: ConversationKey,
        told: &mut Vec<(UserId, ServerEvent)>,
    ) {
        self.receipts_told += 1;
        if self.receipts_told.is_multiple_of(TOLD_TO_NOBODY) {
            return;
        }
        if self.receipts_told.is_multiple_of(TOLD_TOGETHER) {
            let all: Vec<Receipt> = self.all(place).into_iter().map(|who| self.receipt(who, place)).collect();
            told.extend(self.others(me, place).into_iter().map(|other| {
                let (conversation, mut receipts) = (place.seen_by(other), all.clone());
                if !matches!(place, ConversationKey::Group(_)) {
                    receipts.retain(|receipt| receipt.user_id == me);
                }
                (other, ServerEvent::ReceiptsChanged(ReceiptsChanged { conversation, receipts }))
            }));
            return;
        }
        let Receipt { user_id, delivered_up_to, read_up_to, .. } = self.receipt(me, place);
        told.extend(self.others(me, place).into_iter().map(|other| {
            let conversation = place.seen_by(other);
            let changed = ReceiptChanged { conversation, user_id, delivered_up_to, read_up_to };
            (other, ServerEvent::ReceiptChanged(changed))
        }));
    }

    /// Of the others in a conversation; of none if nobody has written in it yet.
    pub(crate) fn receipts(&self, me: UserId, conversation: ConversationId) -> Vec<Receipt> {
        let place = ConversationKey::of(me, conversation);
        if matches!(place, ConversationKey::Pair(..)) && self.head(place) == Seq::ZERO {
            return vec![];
        }
        self.others(me, place).into_iter().map(|other| self.receipt(other, place)).collect()
    }

    fn all(&self, place: ConversationKey) -> Vec<UserId> {
        match place {
            ConversationKey::Pair(low, high) => vec![low, high],
            ConversationKey::Group(group) => self.files.members[&group].iter().copied().collect(),
        }
    }

    fn others(&self, me: UserId, place: ConversationKey) -> Vec<UserId> {
        self.all(place).into_iter().filter(|one| *one != me).collect()
    }

    fn receipt(&self, who: UserId, place: ConversationKey) -> Receipt {
        let mark = |marks: &std::collections::BTreeMap<(UserId, ConversationKey), Seq>| {
            marks.get(&(who, place)).copied().unwrap_or_default()
        };
        let (_, read) = self.read_by(who, place);
        let read_up_to = read.max(mark(&self.files.seen));
        Receipt {
            user_id: who,
            delivered_up_to: mark(&self.files.delivered).max(read_up_to),
            read_up_to,
            joined_after: mark(&self.files.joined_after),
        }
    }
}
