//! What the server says: its events, and the connection to it.

use protocol::{ConversationId, ErrorBody, Message, Peer, ServerEvent};

use std::time::Duration;

use super::{ChatState, Effect, Link, Load, people::by_name};

/// How often to [`ChatState::look_again`].
pub const LOOK_AGAIN: Duration = Duration::from_secs(60);

impl ChatState {
    /// The server sent an event. No event is left out, and none can be: there is no `_` here.
    #[must_use = "effects are to be carried out"]
    pub fn apply(&mut self, event: ServerEvent) -> Vec<Effect> {
        match event {
            ServerEvent::PrivateMessage(message)
            | ServerEvent::MessageSent(message)
            | ServerEvent::GroupMessage(message) => self.receive(message),
            ServerEvent::JoinedGroup(_) => self.sync(),
            ServerEvent::LeftGroup(left) => {
                let id = ConversationId::Group(left.group_id);
                self.conversations.remove(&id);
                if self.open == Some(id) {
                    self.open = None;
                }
                vec![]
            }
            ServerEvent::UserJoinedGroup(joined) => {
                self.people.learn([joined.user.clone()]);
                if let Some(conversation) =
                    self.conversations.get_mut(&ConversationId::Group(joined.group_id))
                {
                    if let Some(Peer::Group(group)) = &mut conversation.peer {
                        group.member_count += 1;
                    }
                    if let Some(members) = &mut conversation.members {
                        members.retain(|member| member.id != joined.user.id);
                        let place = by_name(&joined.user);
                        let index = members.partition_point(|member| by_name(member) < place);
                        members.insert(index, joined.user);
                    }
                }
                vec![]
            }
            ServerEvent::UserLeftGroup(left) => {
                if let Some(conversation) = self.conversations.get_mut(&ConversationId::Group(left.group_id))
                {
                    if let Some(Peer::Group(group)) = &mut conversation.peer {
                        group.member_count = group.member_count.saturating_sub(1);
                    }
                    if let Some(members) = &mut conversation.members {
                        members.retain(|member| member.id != left.user_id);
                    }
                }
                vec![]
            }
            ServerEvent::OnlineUsers(ids) => {
                self.presence_is_unknown = false;
                self.people.set_online(&ids);
                self.ask_for(ids).into_iter().collect()
            }
            ServerEvent::UserOnline(id) => {
                self.people.note(id, true);
                self.ask_for([id]).into_iter().collect()
            }
            ServerEvent::UserOffline(id) => {
                self.people.note(id, false);
                vec![]
            }
            ServerEvent::PresenceChanged(changed) => {
                let online = changed.online.iter().map(|id| (*id, true));
                let changes = online.chain(changed.offline.iter().map(|id| (*id, false)));
                changes.for_each(|(id, online)| self.people.note(id, online));
                self.ask_for(changed.online).into_iter().collect()
            }
            ServerEvent::ReadUpTo(read) => {
                if let Some(conversation) = self.conversations.get_mut(&read.conversation) {
                    conversation.read_up_to = conversation.read_up_to.max(read.seq);
                }
                vec![]
            }
            // Only an event without an ack is refused this way, and the page sends none.
            ServerEvent::Error(_) => vec![],
        }
    }

    /// The connection came or went.
    #[must_use = "effects are to be carried out"]
    pub fn link(&mut self, link: Link) -> Vec<Effect> {
        let online = link.is_online();
        self.link = link;
        if !online {
            return vec![];
        }
        // The server joined us to our rooms before it let us in, so nothing falls between the
        // events that come now and this look at where things stand.
        let mut effects = self.sync_anew();
        if let Some(id) = self.open {
            effects.extend(self.fetch(id));
        }
        effects.extend(self.read_outbox());
        effects.extend(self.send_due());
        effects
    }

    /// The connection is there, and was before this page came to share it with others.
    #[must_use = "effects are to be carried out"]
    pub fn joined(&mut self) -> Vec<Effect> {
        self.presence_is_unknown = true;
        let mut effects = self.link(Link::Online);
        effects.extend(self.list_online());
        effects
    }

    fn list_online(&mut self) -> Option<Effect> {
        self.presence_is_unknown.then(|| {
            self.people.await_list();
            Effect::ListOnline
        })
    }

    /// Asks how things stand, every [`LOOK_AGAIN`]: it reveals a last message that was lost on the
    /// way, and repeats what could not be loaded.
    #[must_use = "effects are to be carried out"]
    pub fn look_again(&mut self) -> Vec<Effect> {
        if !self.link.is_online() {
            return vec![];
        }
        let mut effects = self.sync();
        effects.extend(self.list_online());
        if let Some(id) = self.open {
            effects.extend(self.fetch(id));
        }
        effects.extend(self.read_outbox());
        effects
    }

    /// The connection cannot come back by itself.
    pub fn refused(&mut self, error: ErrorBody) {
        if self.list != Load::Loaded {
            self.list = Load::Failed(error.message.clone());
        }
        self.link = Link::Refused(error);
    }

    pub(super) fn receive(&mut self, message: Message) -> Vec<Effect> {
        let id = message.conversation(self.me.id);
        let mine = message.sender_id == self.me.id;
        let mut effects: Vec<Effect> = self.ask_for([message.sender_id]).into_iter().collect();
        if mine && let Some(client_id) = &message.client_id {
            effects.extend(self.confirm(client_id));
        }
        if !self.conversations.contains_key(&id) {
            effects.extend(self.sync());
        }
        let conversation = self.conversations.entry(id).or_default();
        if mine {
            // The server counts it so, too: who writes has read.
            conversation.read_up_to = conversation.read_up_to.max(message.seq);
        }
        conversation.receive(message);
        if conversation.timeline.is_loaded() {
            effects.extend(self.fetch(id));
        }
        effects
    }
}
