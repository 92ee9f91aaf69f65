//! Which rows a timeline has: days, who follows whom, where reading stopped. Plain Rust.

use std::{collections::HashMap, fmt, sync::Arc};

use chat::{Command, MembershipLine, Preview, Unsent, UnsentState};
use protocol::{ClientId, Message, MessageId, MessageText, Quote, Reaction, Seq, Timestamp, UserId, excerpt};

use super::comings::Comings;
use crate::intl::calendar::Day;

/// Rows of one sender that are no further apart than this are joined.
const JOINED_WITHIN: i64 = 5 * 60 * 1000;

/// The messages of a day.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DayRows {
    pub(crate) day: Day,
    /// A time on that day.
    pub(crate) at: Timestamp,
    pub(crate) rows: Vec<Row>,
}

/// A message, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) key: RowKey,
    pub(crate) sender: UserId,
    pub(crate) content: MessageText,
    pub(crate) at: Timestamp,
    pub(crate) delivery: Delivery,
    /// Which message of the conversation it is; none while it waits to be sent.
    pub(crate) place: Option<(MessageId, Seq)>,
    pub(crate) marks: Marks,
    pub(crate) quote: Option<Quote>,
    /// Beside it in a [`RowHandle`](super::handles::RowHandle).
    pub(crate) reactions: Vec<Reaction>,
    /// Whom it mentions, and whether everybody.
    pub(crate) mentions: (Vec<UserId>, bool),
    /// A correction or a deletion that the server refused.
    pub(crate) refused: Option<Refused>,
    /// Follows a row of the same sender closely.
    pub(crate) joined: bool,
    /// The first that was new when the conversation was opened.
    pub(crate) starts_new: bool,
    /// The newest message of this person.
    pub(crate) latest_own: bool,
    /// Of an own message, the next one of this person, if the server has both.
    pub(crate) next_own: Option<Seq>,
    /// Who came and went after it.
    pub(crate) comings: Option<Arc<Comings>>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    pub(crate) edited: bool,
    pub(crate) deleted: bool,
    /// Who deleted it, if it was not the person who wrote it.
    pub(crate) deleted_by: Option<UserId>,
    pub(crate) pinned: bool,
}

/// A correction or a deletion that the server refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) id: ClientId,
    /// The new text; of a deletion there is none.
    pub(crate) text: Option<MessageText>,
    /// What was not done, and why.
    pub(crate) sentence: String,
}

/// Names a row for as long as the timeline is shown: a message keeps its row when it is confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RowKey {
    Own(ClientId),
    Message(MessageId),
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(id) => write!(f, "own {id}"),
            Self::Message(id) => write!(f, "message {id}"),
        }
    }
}

/// How a message stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Delivery {
    /// Somebody else's.
    Received,
    /// This person's own, on its way.
    Pending,
    /// The same, and the server has said nothing for a while.
    Late,
    /// This person's own, at the server.
    Sent,
    /// This person's own, refused; what that means, and why.
    Failed(String),
}

/// The rows of a timeline, day by day. `day_of` knows the reader's zone.
pub(crate) fn days<'a>(
    me: UserId,
    messages: impl Iterator<Item = &'a Message>,
    lines: &[MembershipLine],
    unsent: impl Iterator<Item = &'a Unsent>,
    preview: impl Fn(&Message) -> Option<Preview<'a>>,
    divider: Option<Seq>,
    day_of: impl Fn(Timestamp) -> Day,
) -> Vec<DayRows> {
    let mut comings = HashMap::<Seq, Vec<&MembershipLine>>::new();
    for line in lines {
        comings.entry(line.after).or_default().push(line);
    }
    let confirmed = messages.map(|message| {
        let row = match preview(message) {
            Some(preview) => Row {
                refused: preview.refused.and_then(Refused::of),
                ..confirmed(me, &preview.message, divider)
            },
            None => confirmed(me, message, divider),
        };
        Row { comings: comings.remove(&message.seq).and_then(Comings::of), ..row }
    });
    let mut days: Vec<DayRows> = Vec::new();
    let mut latest_own = None;
    for mut row in confirmed.chain(unsent.map(|unsent| waiting(me, unsent))) {
        // Clocks differ; the order is the server's, and a day does not come twice.
        let day = days.last().map_or(i64::MIN, |day| day.day).max(day_of(row.at));
        if days.last().is_none_or(|last| last.day != day) {
            days.push(DayRows { day, at: row.at, rows: Vec::new() });
        }
        let index = days.len() - 1;
        let rows = &mut days[index].rows;
        row.joined = rows.last().is_some_and(|before| row.follows(before));
        if row.delivery != Delivery::Received {
            latest_own = Some((index, rows.len()));
        }
        rows.push(row);
    }
    if let Some((day, row)) = latest_own {
        days[day].rows[row].latest_own = true;
    }
    let mut next = None;
    for row in days.iter_mut().rev().flat_map(|day| day.rows.iter_mut().rev()) {
        if let (Delivery::Sent, Some((_, seq))) = (&row.delivery, row.place) {
            row.next_own = next.replace(seq);
        }
    }
    days
}

impl Refused {
    fn of(unsent: &Unsent) -> Option<Self> {
        let UnsentState::Failed(error) = &unsent.state else { return None };
        Some(Self {
            id: unsent.client_id.clone(),
            text: unsent.command.text().cloned(),
            sentence: unsent.command.refusal(&error.message),
        })
    }
}

impl Row {
    /// What a reply to it shows of it.
    pub(crate) fn as_quote(&self) -> Option<Quote> {
        let (message_id, seq) = self.place.filter(|_| !self.marks.deleted)?;
        Some(Quote { message_id, seq, sender_id: self.sender, excerpt: excerpt(&self.content) })
    }

    fn follows(&self, before: &Self) -> bool {
        self.sender == before.sender
            && !self.starts_new
            && before.comings.is_none()
            && self.quote.is_none()
            && (0..JOINED_WITHIN).contains(&(self.at.0 - before.at.0))
    }
}

fn confirmed(me: UserId, message: &Message, divider: Option<Seq>) -> Row {
    let mine = message.sender_id == me;
    Row {
        key: match &message.client_id {
            Some(client_id) if mine => RowKey::Own(client_id.clone()),
            _ => RowKey::Message(message.id),
        },
        sender: message.sender_id,
        content: message.content.clone(),
        at: message.created_at,
        delivery: match mine && !message.is_deleted() {
            true => Delivery::Sent,
            false => Delivery::Received,
        },
        place: Some((message.id, message.seq)),
        marks: Marks {
            edited: message.edited_at.is_some(),
            deleted: message.is_deleted(),
            deleted_by: message.deleted_by,
            pinned: message.pinned_at.is_some(),
        },
        quote: message.reply_to.clone().filter(|_| !message.is_deleted()),
        reactions: message.reactions.clone(),
        mentions: (message.mentions.clone(), message.mentions_all),
        refused: None,
        joined: false,
        starts_new: divider.is_some_and(|read| message.seq == read.next()),
        latest_own: false,
        next_own: None,
        comings: None,
    }
}

fn waiting(me: UserId, unsent: &Unsent) -> Row {
    Row {
        key: RowKey::Own(unsent.client_id.clone()),
        sender: me,
        content: unsent.content().cloned().unwrap_or_else(MessageText::deleted),
        at: unsent.written_at,
        delivery: match &unsent.state {
            UnsentState::Pending if unsent.is_late() => Delivery::Late,
            UnsentState::Pending => Delivery::Pending,
            UnsentState::Failed(error) => Delivery::Failed(unsent.command.refusal(&error.message)),
        },
        place: None,
        marks: Marks::default(),
        quote: match &unsent.command {
            Command::Send { reply_to, .. } => reply_to.clone(),
            _ => None,
        },
        reactions: Vec::new(),
        mentions: Default::default(),
        refused: None,
        joined: false,
        starts_new: false,
        latest_own: false,
        next_own: None,
        comings: None,
    }
}

#[cfg(test)]
mod tests {
    use chat::Outbox;
    use protocol::{ConversationId, ErrorBody, ErrorCode, Recipient};

    use super::*;

    const ME: UserId = UserId::from_bytes([1; 16]);
    const ANN: UserId = UserId::from_bytes([2; 16]);
    const MINUTE: i64 = 60_000;

    fn message(seq: u64, sender: UserId, minute: i64) -> Message {
        Message {
            client_id: Some(format!("c{seq}").parse().unwrap()),
            created_at: Timestamp(minute * MINUTE),
            ..Message::new(
                MessageId::from_bytes([seq as u8; 16]),
                sender,
                Recipient::User(if sender == ME { ANN } else { ME }),
                Seq(seq),
                format!("m{seq}").parse().unwrap(),
            )
        }
    }

    fn send(text: &str) -> Command {
        Command::Send { content: text.parse().unwrap(), reply_to: None }
    }

    fn shown(messages: &[Message], outbox: &Outbox, divider: Option<Seq>) -> Vec<DayRows> {
        let unsent = outbox.of(ConversationId::User(ANN));
        days(ME, messages.iter(), &[], unsent, |_| None, divider, |at| at.0.div_euclid(24 * 60 * MINUTE))
    }

    fn joined(days: &[DayRows]) -> Vec<bool> {
        days.iter().flat_map(|day| &day.rows).map(|row| row.joined).collect()
    }

    #[test]
    fn rows_of_one_sender_within_five_minutes_are_joined() {
        let messages = [
            message(1, ANN, 0),
            message(2, ANN, 4),
            message(3, ANN, 9),
            message(4, ME, 9),
            message(5, ME, 10),
        ];
        assert_eq!(joined(&shown(&messages, &Outbox::default(), None)), [false, true, false, false, true]);
    }

    #[test]
    fn who_came_stands_after_the_message_that_they_came_after_and_parts_the_rows() {
        let messages = [message(4, ANN, 0), message(5, ANN, 1), message(6, ANN, 2)];
        let line = |after| MembershipLine { after: Seq(after), user: ANN, joined: true, removed_by: None };
        let unsent = Outbox::default();
        let unsent = unsent.of(ConversationId::User(ANN));
        // Those before belong to an earlier page, or to the beginning.
        let days = days(ME, messages.iter(), &[line(3), line(5), line(6)], unsent, |_| None, None, |_| 0);
        let after: Vec<bool> = days[0].rows.iter().map(|row| row.comings.is_some()).collect();
        assert_eq!(after, [false, true, true]);
        assert_eq!(joined(&days), [false, true, false]);
    }

    #[test]
    fn nothing_joins_over_midnight_or_over_the_divider() {
        let midnight = 24 * 60;
        let messages =
            [message(1, ANN, midnight - 1), message(2, ANN, midnight), message(3, ANN, midnight + 1)];
        let days = shown(&messages, &Outbox::default(), Some(Seq(2)));
        assert_eq!(days.iter().map(|day| day.rows.len()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(joined(&days), [false, false, false]);
        assert!(days[1].rows[1].starts_new);
    }

    #[test]
    fn a_day_never_comes_twice_whatever_the_clocks_say() {
        let midnight = 24 * 60;
        let messages = [message(1, ANN, 1), message(2, ANN, midnight + 1), message(3, ANN, midnight - 1)];
        let days = shown(&messages, &Outbox::default(), None);
        assert_eq!(days.iter().map(|day| day.day).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(joined(&days), [false, false, false]);
    }

    #[test]
    fn a_message_keeps_its_row_when_it_is_confirmed() {
        let mut outbox = Outbox::default();
        let id: ClientId = "c1".parse().unwrap();
        outbox.add(id.clone(), ConversationId::User(ANN), send("m1"), Timestamp(0));
        outbox.kept(&id, true);
        let before = shown(&[], &outbox, None);
        outbox.confirm(&id);
        let after = shown(&[message(1, ME, 0)], &outbox, None);
        assert_eq!(before[0].rows[0].key, after[0].rows[0].key);
        assert_eq!(
            (&before[0].rows[0].delivery, &after[0].rows[0].delivery),
            (&Delivery::Pending, &Delivery::Sent)
        );
    }

    #[test]
    fn ones_own_message_knows_the_next_one() {
        let messages =
            [message(1, ME, 0), message(2, ANN, 0), message(3, ME, 24 * 60), message(4, ANN, 24 * 60)];
        let days = shown(&messages, &Outbox::default(), None);
        let next: Vec<Option<Seq>> = days.iter().flat_map(|day| &day.rows).map(|row| row.next_own).collect();
        assert_eq!(next, [Some(Seq(3)), None, None, None]);
    }

    #[test]
    fn only_the_newest_of_ones_own_is_the_latest() {
        let mut outbox = Outbox::default();
        let id: ClientId = "c9".parse().unwrap();
        outbox.add(id.clone(), ConversationId::User(ANN), send("no"), Timestamp(0));
        outbox.kept(&id, true);
        outbox.refuse(&id, ErrorBody::new(ErrorCode::UnknownUser, "No."));
        let days = shown(&[message(1, ME, 0), message(2, ANN, 0)], &outbox, None);
        let latest: Vec<bool> = days[0].rows.iter().map(|row| row.latest_own).collect();
        assert_eq!(latest, [false, false, true]);
        assert!(matches!(days[0].rows[2].delivery, Delivery::Failed(_)));
    }
}
