//! How far one's own message has come, as a sign beside its time: waiting, sent, delivered, read, refused.

use chat::Topic;
use leptos::prelude::*;
use protocol::{Receipt, Seq};

use crate::{
    store::Store,
    timeline::rows::{Delivery, Row},
    ui::icon::Icon,
};

/// How far a message has come that the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    /// The server.
    Sent,
    /// A device of everybody else who was there when it was sent.
    Delivered,
    /// All of them have read it.
    Read,
}

impl Reached {
    fn of(seq: Seq, receipts: &[Receipt]) -> Self {
        let concerned = || receipts.iter().filter(|one| one.concerns(seq));
        if concerned().next().is_none() {
            Self::Sent
        } else if concerned().all(|one| one.has_read(seq)) {
            Self::Read
        } else if concerned().all(|one| one.has_received(seq)) {
            Self::Delivered
        } else {
            Self::Sent
        }
    }

    const fn sign(self) -> (&'static str, &'static str) {
        match self {
            Self::Sent => ("check", "Sent"),
            Self::Delivered => ("check-twice", "Delivered"),
            Self::Read => ("check-twice", "Read"),
        }
    }
}

#[component]
pub(super) fn Mark<'a>(row: &'a Row) -> impl IntoView + use<> {
    let (icon, words) = match (&row.delivery, row.place) {
        (Delivery::Received, _) | (Delivery::Sent, None) => return ().into_any(),
        (Delivery::Pending, _) => ("pending", "Waiting to be sent"),
        (Delivery::Late, _) => ("pending", "Waiting: the server has not answered yet"),
        (Delivery::Sent, Some((_, seq))) => {
            return view! { <SentMark seq next_own=row.next_own /> }.into_any();
        }
        (Delivery::Failed(_), _) => ("warning", "Not sent"),
    };
    view! {
        <span class="message-mark" title=words>
            <Icon name=icon small=true />
            <span class="visually-hidden">{words}</span>
        </span>
    }
    .into_any()
}

/// Always in its place, and seen where it says something new: at the newest message that has come so far. The
/// others show theirs while the pointer or the focus is at them.
#[component]
fn SentMark(
    seq: Seq,
    /// The person's next message.
    next_own: Option<Seq>,
) -> impl IntoView {
    let store = Store::expect();
    let id = store.with(|state| state.open);
    let reached = store.select(
        move || id.map(Topic::Receipts),
        move |state| {
            let receipts = id.and_then(|id| state.receipts(id)).unwrap_or_default();
            let reached = Reached::of(seq, receipts);
            (reached, next_own.is_none_or(|next| Reached::of(next, receipts) < reached))
        },
    );
    let words = move || reached.get().0.sign().1;
    view! {
        <span
            class="message-mark"
            class:is-read=move || reached.get().0 == Reached::Read
            class:is-newest=move || reached.get().1
            title=words
        >
            {move || view! { <Icon name=reached.get().0.sign().0 small=true /> }}
            <span class="visually-hidden" prop:textContent=words></span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use protocol::UserId;

    use super::*;

    fn receipt(user: u8, delivered: u64, read: u64, joined: u64) -> Receipt {
        Receipt {
            user_id: UserId::from_bytes([user; 16]),
            delivered_up_to: Seq(delivered),
            read_up_to: Seq(read),
            joined_after: Seq(joined),
        }
    }

    #[test]
    fn a_message_has_come_as_far_as_to_the_last_of_those_who_were_there() {
        let reached = |receipts: &[Receipt]| [1, 2, 3, 4].map(|seq| Reached::of(Seq(seq), receipts));
        use Reached::{Delivered, Read, Sent};
        assert_eq!(reached(&[]), [Sent; 4]);
        assert_eq!(reached(&[receipt(1, 3, 2, 0)]), [Read, Read, Delivered, Sent]);
        let newcomer = receipt(2, 3, 3, 2);
        assert_eq!(reached(&[receipt(1, 3, 2, 0), newcomer]), [Read, Read, Delivered, Sent]);
        assert_eq!(reached(&[receipt(1, 4, 4, 0), newcomer]), [Read, Read, Read, Sent]);
        assert_eq!(reached(&[newcomer])[..2], [Sent, Sent], "nobody else was there");
    }
}
