//! What the server says: its events, and the connection to it.

use protocol::{
    ConversationId, ConversationMuted, ErrorBody, GroupId, MarkRead, MarkUnread, Member, Message, Peer,
    ReadUpTo, Role, Seq, ServerEvent, UserId,
};

use super::{ChatState, Effect, Link, Load, Topic, action::named, conversations::Mark};
use crate::environment::TabNews;

impl ChatState {
    /// The server sent an event. No event is left out, and none can be: there is no `_` here.
    #[must_use = "effects are to be carried out"]
    pub fn apply(&mut self, event: ServerEvent) -> Vec<Effect> {
        match event {
            ServerEvent::PrivateMessage(message)
            | ServerEvent::MessageSent(message)
            | ServerEvent::GroupMessage(message)
            | ServerEvent::MessageChanged(message) => self.receive(message),
            ServerEvent::JoinedGroup(_) => self.sync(),
            ServerEvent::LeftGroup(left) => {
                self.leave(ConversationId::Group(left.group_id));
                self.were_removed(left);
                vec![]
            }
            ServerEvent::UserJoinedGroup(joined) => {
                self.learn([joined.user.clone()]);
                if let Some(conversation) = self.change(ConversationId::Group(joined.group_id)) {
                    if let Some(Peer::Group(group)) = &mut conversation.peer {
                        group.member_count += 1;
                    }
                    conversation.timeline.hear_membership(joined.user.id, true, None);
                    conversation.members_heard += 1;
                    if let Some(members) = &mut conversation.members {
                        members.retain(|member| member.id != joined.user.id);
                        members.push(Member::new(joined.user, Role::Member));
                    }
                }
                self.came_or_went(joined.group_id)
            }
            ServerEvent::UserLeftGroup(left) => {
                self.stops_typing(ConversationId::Group(left.group_id), left.user_id);
                if let Some(conversation) = self.change(ConversationId::Group(left.group_id)) {
                    if let Some(Peer::Group(group)) = &mut conversation.peer {
                        group.member_count = group.member_count.saturating_sub(1);
                    }
                    conversation.timeline.hear_membership(left.user_id, false, left.removed_by);
                    conversation.members_heard += 1;
                    if let Some(members) = &mut conversation.members {
                        members.retain(|member| member.id != left.user_id);
                    }
                }
                let mut effects = self.came_or_went(left.group_id);
                effects.extend(self.ask_for([left.user_id].into_iter().chain(left.removed_by)));
                effects
            }
            ServerEvent::RoleChanged(changed) => self.role_changed(changed),
            ServerEvent::OnlineUsers(ids) => self.online_are(&ids),
            ServerEvent::UserOnline(id) => self.hear_presence(vec![(id, true)]),
            ServerEvent::UserOffline(id) => self.hear_presence(vec![(id, false)]),
            ServerEvent::PresenceChanged(changed) => {
                let online = changed.online.into_iter().map(|id| (id, true));
                self.hear_presence(online.chain(changed.offline.into_iter().map(|id| (id, false))).collect())
            }
            ServerEvent::ReadUpTo(read) => self.read(&read),
            ServerEvent::ConversationMuted(muted) => {
                self.mute(&muted);
                vec![]
            }
            ServerEvent::UserTyping(typing) => self.hear_typing(&typing),
            ServerEvent::ReceiptChanged(changed) => self.hear_receipt(&changed),
            ServerEvent::ReceiptsChanged(changed) => {
                self.hear_receipts(changed.conversation, changed.receipts)
            }
            ServerEvent::EventsMissed(_) => {
                let mut effects = self.look_again();
                effects.extend(self.missed_members());
                effects
            }
            // Only an event without an ack is refused this way: of ours `typing`, about which nobody waits to
            // hear.
            ServerEvent::Error(_) => vec![],
        }
    }

    /// Another window of this program did something that the server does not tell this one.
    #[must_use = "effects are to be carried out"]
    pub fn apply_tab(&mut self, news: TabNews) -> Vec<Effect> {
        match news {
            TabNews::Read { conversation, seq, mark } => {
                // That tab may have read messages that a restored backup does not have, so this tab
                // believes it only up to the newest message that it knows to exist.
                let head = self.conversation(conversation).map_or(Seq::ZERO, |one| one.timeline.head());
                let mark = Mark { number: mark, seq: seq.min(head) };
                return self.read_up_to(conversation, mark, None);
            }
            TabNews::Unread(read) => return self.read(&read),
            TabNews::Joined(group) => {
                self.meet(Peer::Group(group));
                // Whoever makes a group is its owner, whoever joins one usually is not.
                return self.sync();
            }
            TabNews::Left(group) => self.leave(ConversationId::Group(group)),
            TabNews::Muted(muted) => self.mute(&muted),
            TabNews::Unsent(unsent) => return self.hear_unsent(*unsent),
            TabNews::Done(client_id) => return self.hear_done(&client_id),
            TabNews::Watches { tab, users, asks } => return self.tab_watches(tab, users, asks),
            TabNews::Gone(tab) => return self.tab_is_gone(tab),
            TabNews::Presence(changes) => return self.tab_tells_presence(changes),
        }
        vec![]
    }

    /// The connection came or went.
    #[must_use = "effects are to be carried out"]
    pub fn link(&mut self, link: Link) -> Vec<Effect> {
        let online = link.is_online();
        self.link = link;
        self.is_unresponsive = false;
        self.changed(Topic::Link);
        if !online {
            self.forget_typing();
            return vec![];
        }
        // The server joined us to our rooms before it let us in, so nothing falls between the
        // events that come now and this look at where things stand.
        let mut effects = self.sync_anew();
        if let Some(id) = self.open {
            effects.extend(self.fetch(id));
        }
        effects.extend(self.ask_for_receipts_anew());
        self.forget_deliveries();
        effects.extend(self.read_outbox());
        effects.extend(self.send_due());
        effects.extend(self.ask_for_missing_names());
        effects
    }

    /// The connection is there, and watches these people from its beginning.
    #[must_use = "effects are to be carried out"]
    pub fn connected(&mut self, watched: Vec<UserId>) -> Vec<Effect> {
        let mut effects = self.link(Link::Online);
        effects.extend(self.watch_anew(watched, false));
        effects
    }

    /// The connection is there, and other tabs had it already before this page came.
    #[must_use = "effects are to be carried out"]
    pub fn joined(&mut self) -> Vec<Effect> {
        let mut effects = self.link(Link::Online);
        effects.extend(self.watch_anew(vec![], true));
        effects
    }

    /// Asks how things stand, every [`LOOK_AGAIN`](crate::runtime::LOOK_AGAIN): it reveals a last
    /// message that was lost on the way, and repeats what could not be loaded.
    #[must_use = "effects are to be carried out"]
    pub fn look_again(&mut self) -> Vec<Effect> {
        if !self.link.is_online() {
            return vec![];
        }
        let mut effects = self.sync();
        effects.extend(self.watch_again());
        if let Some(id) = self.open {
            effects.extend(self.fetch(id));
        }
        effects.extend(self.ask_for_receipts_again());
        effects.extend(self.say_delivered());
        effects.extend(self.read_outbox());
        effects.extend(self.ask_for_missing_names());
        effects
    }

    /// The server does not go with this program, and another one may not come soon.
    pub fn refused(&mut self, error: ErrorBody) {
        if self.list != Load::Loaded {
            self.list = Load::Failed(error.message.clone());
            self.changed(Topic::List);
        }
        self.link = Link::Refused(error);
        self.changed(Topic::Link);
    }

    /// The server says something, or has said nothing for too long.
    pub fn unresponsive(&mut self, is_unresponsive: bool) {
        if self.is_unresponsive != is_unresponsive {
            self.is_unresponsive = is_unresponsive;
            self.changed(Topic::Link);
        }
    }

    /// This person has read a conversation up to here, on whatever device.
    pub(super) fn read_up_to(
        &mut self,
        id: ConversationId,
        mark: Mark,
        counted: Option<&ReadUpTo>,
    ) -> Vec<Effect> {
        let (me, is_open) = (self.me.id, self.open == Some(id));
        match self.change(id).is_some_and(|conversation| conversation.read(mark, counted, is_open, me)) {
            true => self.sync(),
            false => vec![],
        }
    }

    /// The same, as the server says it.
    pub(super) fn read(&mut self, read: &ReadUpTo) -> Vec<Effect> {
        self.read_up_to(read.conversation, Mark::of(read), Some(read))
    }

    /// The server has been told what is to be unread.
    pub(super) fn marked_unread(&mut self, mark: &MarkUnread, read: ReadUpTo) -> Vec<Effect> {
        let (id, me) = (mark.conversation, self.me.id);
        let is_open = self.open == Some(id);
        let Some(conversation) = self.change(id) else { return vec![] };
        let must_ask = conversation.marked(mark.seq, &read, is_open, me);
        let (seq, number) = (conversation.read_up_to, conversation.mark);
        let is_further = seq > read.seq && number == read.mark && conversation.marking.is_none();
        let mut effects = vec![Effect::TellTabs(TabNews::Unread(read))];
        if is_further {
            effects.push(Effect::MarkRead(MarkRead { conversation: id, seq, mark: Some(number) }));
        }
        if must_ask {
            effects.extend(self.sync());
        }
        effects
    }

    pub(super) fn mute(&mut self, muted: &ConversationMuted) {
        if let Some(conversation) = self.change(muted.conversation) {
            conversation.mute(muted.muted);
        }
        self.sync_may_be_old();
    }

    /// This person is not a member any more.
    pub(super) fn leave(&mut self, id: ConversationId) {
        self.left(id);
        self.remove(id);
        self.forget_typing_in(id);
        if self.open == Some(id) {
            self.open = None;
            self.forget_receipts();
            self.changed(Topic::Open);
        }
    }

    pub(super) fn receive(&mut self, message: Message) -> Vec<Effect> {
        let id = message.conversation(self.me.id);
        let me = self.me.id;
        let mut effects: Vec<Effect> = self.ask_for(named(&message)).into_iter().collect();
        if message.sender_id == me
            && let Some(client_id) = &message.client_id
        {
            effects.extend(self.confirm(client_id));
        }
        if message.change_id.is_none() {
            self.stops_typing(id, message.sender_id);
            effects.extend(self.wrote(id, message.sender_id, message.seq));
        }
        effects.extend(self.heard_in_outbox([&message].into_iter()));
        let is_new = !self.conversations.contains_key(&id);
        let conversation = self.change_or_add(id);
        let misses = conversation.receive(message, me);
        let is_loaded = conversation.timeline.is_loaded();
        if is_new || misses {
            effects.extend(self.sync());
        }
        if is_loaded {
            effects.extend(self.fetch(id));
        }
        effects.extend(self.say_delivered());
        effects
    }

    /// Somebody joined or left a group.
    fn came_or_went(&mut self, group: GroupId) -> Vec<Effect> {
        match self.open == Some(ConversationId::Group(group)) {
            true => self.ask_for_receipts(),
            false => vec![],
        }
    }
}
