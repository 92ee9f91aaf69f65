//! How far people have read.

use protocol::{ClientEvent, ConversationId, MarkRead, MarkUnread, ReadUpTo, Seq, ServerEvent, UserId};

use super::{Answer, ConversationKey, Server, data};

/// How often something was marked as unread, and how far somebody has read.
pub(super) type Mark = (u64, Seq);

impl Server {
    pub(super) fn mark(
        &mut self,
        me: UserId,
        event: &ClientEvent,
        told: &mut Vec<(UserId, ServerEvent)>,
    ) -> Answer {
        let (ClientEvent::MarkRead(MarkRead { conversation, .. })
        | ClientEvent::MarkUnread(MarkUnread { conversation, .. })) = event
        else {
            panic!("this is not about reading");
        };
        if let ConversationId::Group(group) = conversation {
            self.check_member(me, *group)?;
        }
        let place = ConversationKey::of(me, *conversation);
        let head = self.head(place);
        let (number, read) = self.read_by(me, place);
        let marked = match event {
            ClientEvent::MarkRead(mark) if mark.mark.is_none_or(|known| known >= number) => {
                (number, read.max(mark.seq.min(head)))
            }
            ClientEvent::MarkUnread(mark) if mark.seq <= read => {
                (number + 1, Seq(mark.seq.0.saturating_sub(1)))
            }
            _ => (number, read),
        };
        let (mark, seq) = marked;
        let seen = self.files.seen.entry((me, place)).or_default();
        let before = read.max(*seen);
        if seq < read {
            *seen = before;
        }
        self.files.read.insert((me, place), marked);
        if seq > before {
            self.tell_receipt(me, place, told);
        }
        let read = ReadUpTo {
            conversation: *conversation,
            seq,
            unread: self.unread(me, place),
            unread_mentions: self.unread_mentions(me, place),
            rev: self.rev(place),
            mark,
        };
        told.push((me, ServerEvent::ReadUpTo(read.clone())));
        Ok(data(&read))
    }

    pub(super) fn read_by(&self, me: UserId, place: ConversationKey) -> Mark {
        self.files.read.get(&(me, place)).copied().unwrap_or_default()
    }

    pub(super) fn unread(&self, me: UserId, place: ConversationKey) -> u64 {
        let (_, read) = self.read_by(me, place);
        let messages = self.files.history.get(&place).into_iter().flatten();
        messages.filter(|message| message.seq > read && !message.is_deleted()).count() as u64
    }
}
