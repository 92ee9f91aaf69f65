//! One conversation as the page knows it.

mod loading;
mod unread;

use protocol::{
    ChangeId, Conversation, ConversationId, Group, Head, Member, Message, Peer, Rev, Role, Seq, Timestamp,
    UserId, limits,
};

use self::{
    loading::Fetching,
    unread::{Compared, Listed},
};
pub(super) use self::{loading::Request, unread::Mark};
use crate::timeline::{Timeline, requote};

/// Messages that are kept of a conversation whose newest messages somebody looks at, however many come; and
/// when those before them are forgotten. For somebody who looks at others, no more than so many are taken in
/// without being asked for.
const KEPT_OPEN: usize = 8_000;
const MOST_OPEN: usize = 10_000;

/// How loading something stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Load {
    /// It has not come yet.
    Loading,
    /// It is here.
    Loaded,
    /// It could not be loaded; a sentence says why.
    Failed(String),
}

/// A conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationState {
    /// With whom; unknown until the server has said so.
    pub peer: Option<Peer>,
    /// Its newest message.
    pub last_message: Option<Message>,
    /// How far this person has read.
    pub read_up_to: Seq,
    /// How often they marked something here as unread, as far as the server has said it.
    pub mark: u64,
    /// They did so while the conversation was open: what is on the screen does not count as read until they
    /// come back to it.
    pub stays_unread: bool,
    /// How many messages came after that; deleted ones do not count.
    pub unread: u64,
    /// How many of these mention this person.
    pub unread_mentions: u64,
    /// When something happened in it last.
    pub updated_at: Timestamp,
    /// Its place in the list as long as something that was written here is not confirmed: above all others that
    /// there were.
    pub(super) raised_to: Timestamp,
    /// Its messages, as far as they were fetched.
    pub timeline: Timeline,
    /// Where this person looks; `None` at the newest messages.
    pub place: Option<Seq>,
    /// How loading what is shown first stands.
    pub newest: Load,
    /// How loading older messages stands; `Loaded` when nobody asks for any.
    pub older: Load,
    /// The same for newer messages, if what is shown does not reach the newest.
    pub newer: Load,
    /// A group's members, once somebody looked.
    pub members: Option<Vec<Member>>,
    /// How often something was heard of them, or may have been missed: a list that was asked for before may not
    /// show it.
    pub(crate) members_heard: u64,
    /// They will be asked for again soon.
    pub(super) members_awaited: bool,
    /// Grows when a message has changed that is not loaded: perhaps it was pinned, or is not any more.
    pub unseen_changes: u64,
    /// The role that this person has in the group.
    pub role: Role,
    /// Whether this person has muted it.
    pub muted: bool,
    /// Where reading stopped when the conversation was opened, if there was something unread.
    pub divider: Option<Seq>,
    /// Up to this change, everything was heard: what is unread, and the newest message, are as they were
    /// after it.
    heard: Option<(Rev, ChangeId)>,
    /// The server said so since it was asked for the list of conversations last: that list may be older.
    mark_is_fresh: bool,
    /// The same for whether it is muted.
    muted_is_fresh: bool,
    /// This message was marked as unread here, and the server has not confirmed it.
    pub(super) marking: Option<Seq>,
    /// The revision at which something was marked as unread: own messages up to there were counted then.
    counted_at: Rev,
    /// The newest change that anything here came with.
    held: Option<(Rev, ChangeId)>,
    /// What was asked for to complete what is shown.
    fetching: Option<Fetching>,
    /// The newest change that came over each of the former connections, as long as the server has not
    /// said since that it still has it.
    doubted: Vec<(Rev, ChangeId)>,
}

impl Default for ConversationState {
    fn default() -> Self {
        Self {
            peer: None,
            last_message: None,
            read_up_to: Seq::ZERO,
            mark: 0,
            stays_unread: false,
            unread: 0,
            unread_mentions: 0,
            updated_at: Timestamp(0),
            raised_to: Timestamp(0),
            timeline: Timeline::default(),
            place: None,
            newest: Load::Loading,
            older: Load::Loaded,
            newer: Load::Loaded,
            members: None,
            members_heard: 0,
            members_awaited: false,
            unseen_changes: 0,
            role: Role::Member,
            muted: false,
            divider: None,
            heard: None,
            mark_is_fresh: false,
            muted_is_fresh: false,
            marking: None,
            counted_at: Rev::ZERO,
            held: None,
            fetching: None,
            doubted: vec![],
        }
    }
}

/// What the server says of it.
impl ConversationState {
    /// The group, if this is one and it is known.
    #[must_use]
    pub fn group(&self) -> Option<&Group> {
        match &self.peer {
            Some(Peer::Group(group)) => Some(group),
            _ => None,
        }
    }

    pub(super) fn is_listed(&self) -> bool {
        self.last_message.is_some() || self.group().is_some()
    }

    /// The list of conversations is asked for. Whatever is said from now on about reading and muting may be newer
    /// than the answer.
    pub(super) fn await_list(&mut self) {
        self.mark_is_fresh = false;
        self.muted_is_fresh = false;
    }

    /// This person has muted it, or no longer does.
    pub(super) fn mute(&mut self, muted: bool) {
        self.muted = muted;
        self.muted_is_fresh = true;
    }

    /// Takes what a list of conversations says.
    pub(super) fn learn(&mut self, from: Conversation, is_open: bool, me: UserId) -> Compared {
        let listed = Listed::of(&from);
        let change = from.last_change();
        let head = from.last_message.as_ref().map_or(Seq::ZERO, |message| message.seq);
        self.updated_at = self.updated_at.max(from.updated_at);
        self.peer = Some(from.with);
        if !self.muted_is_fresh {
            self.muted = from.muted;
        }
        self.role = from.role;
        self.timeline.note(from.rev, head);
        self.hold(change);
        // Events that came meanwhile may know more than the list.
        let is_current = change.map(|(rev, _)| rev) >= self.heard.map(|(rev, _)| rev);
        if is_current {
            self.heard = change;
            self.last_message = from.last_message;
        }
        self.compare(&listed, is_current, is_open, me)
    }

    pub(super) fn heard_rev(&self) -> Rev {
        self.heard.map_or(Rev::ZERO, |(rev, _)| rev)
    }

    /// How it stands, for a digest; `None` while the server does not list it.
    pub(super) fn head(&self, id: ConversationId) -> Option<Head> {
        let members = match self.peer.as_ref()? {
            Peer::User(_) => 0,
            Peer::Group(group) => group.member_count,
        };
        let head = Head {
            conversation: id,
            last: self.last_message.as_ref().map(|message| (message.seq, message.id)),
            read_up_to: self.read_up_to,
            // Only the list says whether the server knows of what was marked here, so it has to come.
            mark: if self.marking.is_some() { u64::MAX } else { self.mark },
            members,
            muted: self.muted,
            unread: self.unread,
            unread_mentions: self.unread_mentions,
            change: self.heard,
            role: self.role,
        };
        self.is_listed().then_some(head)
    }

    /// Takes a message's new state, from an event or an ack. Returns whether something before it was
    /// missed, so that the server has to be asked what is unread.
    pub(super) fn receive(&mut self, message: Message, me: UserId) -> bool {
        let misses = self.hear(&message, me);
        if message.change_id.is_some() && self.timeline.get(message.seq).is_none() {
            self.unseen_changes += 1;
        }
        self.timeline.receive(message);
        if self.timeline.runs().map(<[Message]>::len).sum::<usize>() > MOST_OPEN {
            match self.place {
                None => self.timeline.put_away(KEPT_OPEN),
                // Somebody may look at any of it.
                Some(_) => self.timeline.stop_following(),
            }
        }
        misses
    }

    fn hear(&mut self, message: &Message, me: UserId) -> bool {
        let change = (message.rev, message.last_change());
        self.hold(Some(change));
        let heard = self.heard_rev();
        if message.rev <= heard {
            return false;
        }
        let is_next = message.rev == heard.next();
        let is_counted = is_next && self.count(message, me);
        if is_next {
            self.heard = Some(change);
        }
        self.note_last(message);
        !is_counted
    }

    /// What is unread after this change. Returns false if it is not known whom the message mentioned before,
    /// and it matters.
    fn count(&mut self, message: &Message, me: UserId) -> bool {
        let is_new = message.change_id.is_none();
        if message.sender_id == me && is_new && message.rev > self.counted_at {
            // The server counts it so, too: who writes has read.
            self.read_up_to = self.read_up_to.max(message.seq);
            self.unread = 0;
            self.unread_mentions = 0;
            self.stays_unread = false;
            return true;
        }
        if message.seq <= self.read_up_to {
            return true;
        }
        if is_new {
            self.unread += 1;
        } else if message.is_deleted() {
            self.unread = self.unread.saturating_sub(1);
        }
        let mentions = message.mentions(me);
        let mentioned =
            if is_new { Some(false) } else { self.heard_of(message.seq).map(|one| one.mentions(me)) };
        match mentioned {
            Some(mentioned) => {
                self.unread_mentions =
                    (self.unread_mentions + u64::from(mentions)).saturating_sub(u64::from(mentioned));
            }
            None => return !mentions && self.unread_mentions == 0,
        }
        true
    }

    /// A message as it was after the last change that was heard, if it is here.
    fn heard_of(&self, place: Seq) -> Option<&Message> {
        let (heard, _) = self.heard?;
        let last = self.last_message.as_ref().filter(|last| last.seq == place && last.rev <= heard);
        let is_current = self.timeline.applied() == heard;
        last.or_else(|| self.timeline.get(place).filter(|_| is_current))
    }

    fn note_last(&mut self, message: &Message) {
        match &mut self.last_message {
            Some(last) if last.seq == message.seq && last.rev < message.rev => last.clone_from(message),
            Some(last) if last.seq >= message.seq => requote(last, message),
            _ => {
                self.updated_at = self.updated_at.max(message.created_at);
                self.last_message = Some(message.clone());
            }
        }
    }

    /// The first unread message, if the newest page would not show it.
    pub(super) fn far_unread(&self) -> Option<Seq> {
        let first = self.read_up_to.next();
        let is_far = self.timeline.head().since(self.read_up_to) > u64::from(limits::HISTORY_PAGE_DEFAULT);
        (self.unread > 0 && is_far && self.timeline.get(first).is_none()).then_some(first)
    }
}

/// Whether what is held here is in the server's history.
impl ConversationState {
    fn hold(&mut self, change: Option<(Rev, ChangeId)>) {
        self.held = self.held.max(change);
    }

    /// A new connection came: everything here is older than it.
    pub(super) fn doubt(&mut self, id: ConversationId) {
        if let Some(held) = self.held
            && self.doubted.last() != Some(&held)
        {
            self.doubted.push(held);
        }
        // A number without its message proves nothing, and the list gives it again.
        let head = self.last_message.as_ref().map_or(Seq::ZERO, |message| message.seq);
        self.read_up_to = self.read_up_to.min(head);
        self.counted_at = Rev::ZERO;
        self.timeline.doubt(self.held.map_or(Rev::ZERO, |(rev, _)| rev), head);
        if let ConversationId::Group(_) = id {
            self.timeline.doubt_membership();
        }
    }

    pub(super) fn doubted(&self) -> &[(Rev, ChangeId)] {
        &self.doubted
    }

    /// The server has this change, and therefore all that came before it.
    pub(super) fn trust(&mut self, change: (Rev, ChangeId)) {
        self.doubted.retain(|doubted| *doubted != change);
    }

    /// The same after an equal digest, which only covers conversations whose peer is known, and in them
    /// only what was heard.
    pub(super) fn trust_heard(&mut self) {
        if self.peer.is_some()
            && let Some(heard) = self.heard
        {
            self.trust(heard);
        }
    }

    /// Whether the server's history is certainly another one: it ends before a change of a former
    /// connection, or has another one there.
    pub(super) fn differs_from(&mut self, head: &Head) -> bool {
        let (rev, id) = head.change.map_or((Rev::ZERO, None), |(rev, id)| (rev, Some(id)));
        let differs =
            self.doubted.iter().any(|doubted| doubted.0 > rev || (doubted.0 == rev && Some(doubted.1) != id));
        if let (false, Some(last)) = (differs, head.change) {
            self.trust(last);
        }
        differs
    }

    /// Forgets everything that came from the server, except the peer.
    pub(super) fn start_over(&mut self) {
        let (members_heard, unseen_changes) = (self.members_heard + 1, self.unseen_changes + 1);
        let (peer, place) = (self.peer.take(), self.place);
        *self = Self { peer, place, members_heard, unseen_changes, ..Self::default() };
    }
}
