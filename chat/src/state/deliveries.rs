//! Messages have reached this device, which their senders are to see.
//!
//! Only in private conversations, and only if they are not read at once. One event says it for all
//! conversations, and of several windows the one that leads says it.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use protocol::{ConversationId, DeliveredUpTo, MarkDelivered, Seq, limits};

use super::{ChatState, Effect};

/// What the server was told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Deliveries {
    /// Over the present connection: an earlier one may have lost it.
    told: HashMap<ConversationId, Seq>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Phase {
    #[default]
    Idle,
    /// Waits for more, or for the person to read it.
    Gathering,
    /// The server was told a short time ago.
    Resting,
}

impl ChatState {
    /// Says soon what has come, if anything has.
    pub(super) fn say_delivered(&mut self) -> Vec<Effect> {
        if self.deliveries.phase != Phase::Idle || self.undelivered().next().is_none() {
            return vec![];
        }
        self.deliveries.phase = Phase::Gathering;
        vec![Effect::AwaitDeliveries(limits::DELIVERED_SOON)]
    }

    /// The wait is over.
    pub(super) fn deliveries_are_due(&mut self) -> Vec<Effect> {
        let gathered = self.deliveries.phase == Phase::Gathering;
        self.deliveries.phase = Phase::Idle;
        if !gathered {
            return self.say_delivered();
        }
        let conversations: Vec<DeliveredUpTo> = self.undelivered().take(limits::MARK_DELIVERED).collect();
        if conversations.is_empty() {
            return vec![];
        }
        self.deliveries.told.extend(conversations.iter().map(|mark| (mark.conversation, mark.seq)));
        self.deliveries.phase = Phase::Resting;
        vec![
            Effect::MarkDelivered(MarkDelivered { conversations }),
            Effect::AwaitDeliveries(limits::DELIVERED_APART),
        ]
    }

    /// There is a new connection.
    pub(super) fn forget_deliveries(&mut self) {
        self.deliveries.told.clear();
    }

    fn undelivered(&self) -> impl Iterator<Item = DeliveredUpTo> {
        let says = self.leads && self.link.is_online();
        let private =
            self.conversations.iter().filter(move |(id, _)| says && matches!(id, ConversationId::User(_)));
        private.filter_map(|(id, one)| {
            let seq = one.last_message.as_ref()?.seq;
            let told = self.deliveries.told.get(id).copied().unwrap_or_default();
            (seq > one.read_up_to.max(told)).then_some(DeliveredUpTo { conversation: *id, seq })
        })
    }
}
