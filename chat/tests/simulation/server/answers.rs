//! What somebody is answered who asks: their conversations, pages of them, and whether anything is new.

use protocol::{
    Anchor, Conversation, ConversationId, FetchHistory, Group, GroupId, Head, HeadsDigest, HistoryPage,
    MembershipChange, Message, Peer, Role, Seq, Synced, Synchronise, Timestamp, UserId, Visibility, excerpt,
};

use super::{ConversationKey, Server, user};

/// Conversations on a page of the answer to `sync`: fewer than a real server has.
const PAGE: usize = 2;

impl Server {
    /// The conversations of somebody.
    pub(in super::super) fn list(&self, me: UserId) -> Vec<Conversation> {
        let groups = self.files.members.iter().filter(|(_, members)| members.contains(&me));
        let groups = groups.map(|(group, _)| ConversationKey::Group(*group));
        let pairs = self.files.history.keys().filter(|place| match place {
            ConversationKey::Pair(low, high) => [*low, *high].contains(&me),
            ConversationKey::Group(_) => false,
        });
        groups.chain(pairs.copied()).map(|place| self.conversation(me, place)).collect()
    }

    /// Every message as it is now. What replies to another one shows how that begins now.
    pub(in super::super) fn history(&self, place: ConversationKey) -> Vec<Message> {
        let mut messages = self.files.history.get(&place).cloned().unwrap_or_default();
        let texts: Vec<String> = messages.iter().map(|message| excerpt(&message.content)).collect();
        for quote in messages.iter_mut().filter_map(|message| message.reply_to.as_mut()) {
            quote.excerpt.clone_from(&texts[quote.seq.0 as usize - 1]);
        }
        messages
    }

    pub(super) fn synchronise(&self, me: UserId, asked: &Synchronise) -> Synced {
        let mut diverged: Vec<ConversationId> = Vec::new();
        for anchor in &asked.known {
            if !self.stands(me, anchor) && !diverged.contains(&anchor.conversation) {
                diverged.push(anchor.conversation);
            }
        }
        let list = self.list(me);
        let heads = || list.iter().map(Head::from);
        let knows = asked.state == Some(HeadsDigest::of_state(heads()))
            && asked.roles == Some(HeadsDigest::of_roles(heads()));
        if knows && diverged.is_empty() {
            return Synced::default();
        }
        let after = |id| list.iter().position(|one| one.id() == id).map_or(0, |index| index + 1);
        let rest = &list[asked.after.map_or(0, after)..];
        let page = if asked.paged { rest.len().min(PAGE) } else { rest.len() };
        Synced { conversations: Some(rest[..page].to_vec()), more: page < rest.len(), diverged }
    }

    fn stands(&self, me: UserId, anchor: &Anchor) -> bool {
        if let ConversationId::Group(group) = anchor.conversation
            && !self.is_member(me, group)
        {
            return false;
        }
        let changes = self.files.changes.get(&ConversationKey::of(me, anchor.conversation));
        let rev = anchor.rev.expect("a page asks about changes");
        changes.is_some_and(|changes| changes.get(rev.0 as usize - 1) == Some(&anchor.id))
    }

    pub(super) fn page(&self, me: UserId, fetch: &FetchHistory) -> HistoryPage {
        let place = ConversationKey::of(me, fetch.conversation);
        let (after, before) = (fetch.after.unwrap_or_default(), fetch.before.unwrap_or(Seq(u64::MAX)));
        let mut messages = self.history(place);
        messages.retain(|message| message.seq > after && message.seq < before);
        // Small pages, so that catching up takes several.
        if let Some(around) = fetch.around {
            let at = (around.0.max(1) as usize).min(messages.len());
            messages = messages[at.saturating_sub(2)..(at + 1).min(messages.len())].to_vec();
        } else if fetch.after.is_some() {
            messages.truncate(3);
        } else {
            messages.drain(..messages.len().saturating_sub(3));
        }
        let beginning = fetch.after.unwrap_or_default();
        let first = messages.first().map_or(beginning, |first| first.seq);
        let begins = fetch.after.is_some() || first == Seq(1);
        let first = if begins { beginning } else { first };
        let last = messages.last().map_or(beginning, |last| last.seq);
        let changes =
            self.memberships(place).filter(|change| (first..=last).contains(&change.after)).collect();
        HistoryPage { messages, head: self.head(place), rev: self.rev(place), changes }
    }

    /// Who joined and who left.
    pub(in super::super) fn memberships(
        &self,
        place: ConversationKey,
    ) -> impl Iterator<Item = MembershipChange> {
        let here = move |(group, _): &&(GroupId, MembershipChange)| ConversationKey::Group(*group) == place;
        self.files.memberships.iter().filter(here).map(|(_, change)| *change)
    }

    fn conversation(&self, me: UserId, place: ConversationKey) -> Conversation {
        let (mark, read_up_to) = self.read_by(me, place);
        Conversation {
            with: match place.seen_by(me) {
                ConversationId::Group(group) => Peer::Group(self.group(group)),
                ConversationId::User(other) => Peer::User(user(other.into_bytes()[0])),
            },
            last_message: self.history(place).pop(),
            read_up_to,
            mark,
            unread: self.unread(me, place),
            unread_mentions: self.unread_mentions(me, place),
            rev: self.rev(place),
            change_id: self.last_change_id(place),
            updated_at: Timestamp(0),
            muted: false,
            role: match place {
                ConversationKey::Group(group) => self.role(me, group),
                ConversationKey::Pair(..) => Role::Member,
            },
        }
    }

    pub(super) fn group(&self, id: GroupId) -> Group {
        Group {
            id,
            name: "Some".parse().unwrap(),
            visibility: Visibility::Public,
            member_count: self.files.members[&id].len() as u64,
            created_at: Timestamp(0),
        }
    }
}
