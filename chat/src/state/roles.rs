//! Roles in groups, one's own and those of others, and being removed from a group.

use protocol::{
    ConversationId, Group, GroupId, GroupName, LeftGroup, Member, Role, RoleChanged, User, UserId,
};

use super::{ChatState, ConversationState, Effect, Topic};

/// This person is no longer in a group, and did not leave it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// From which.
    pub group: GroupId,
    /// Its name.
    pub name: GroupName,
    /// Who did it; `None` if it was noticed after a break. Then they may have left on another device.
    pub by: Option<UserId>,
}

impl ChatState {
    pub(super) fn role_changed(&mut self, changed: RoleChanged) -> Vec<Effect> {
        let RoleChanged { group_id, user_id, role } = changed;
        let is_mine = user_id == self.me.id;
        if let Some(conversation) = self.change(ConversationId::Group(group_id)) {
            if is_mine {
                conversation.role = role;
            }
            conversation.members_heard += 1;
            let members = conversation.members.iter_mut().flatten();
            members.filter(|member| member.id == user_id).for_each(|member| member.role = role);
        }
        // An answer that is on its way may say what was before.
        if is_mine {
            self.sync_may_be_old();
        }
        vec![]
    }

    /// This person made a group.
    pub(crate) fn made(&mut self, group_id: GroupId) -> Vec<Effect> {
        self.role_changed(RoleChanged { group_id, user_id: self.me.id, role: Role::Owner })
    }

    /// Grows with all that is heard of a group's members.
    #[must_use]
    pub fn heard_of_members(&self, group: GroupId) -> u64 {
        self.conversation(ConversationId::Group(group)).map_or(0, |conversation| conversation.members_heard)
    }

    /// The server said who is in a group. If something was heard of them since it was asked, what is known
    /// already may be newer, and it is asked again after a while.
    pub(super) fn members_are(&mut self, group: GroupId, heard: u64, members: Vec<Member>) -> Vec<Effect> {
        self.learn(members.iter().cloned().map(User::from));
        let Some(conversation) = self.change(ConversationId::Group(group)) else { return vec![] };
        let is_stale = conversation.members_heard != heard;
        if !is_stale || conversation.members.is_none() {
            conversation.members = Some(members);
        }
        let must_wait = is_stale && !std::mem::replace(&mut conversation.members_awaited, is_stale);
        if must_wait { vec![Effect::AwaitMembers(group)] } else { vec![] }
    }

    pub(super) fn members_are_due(&mut self, group: GroupId) -> Vec<Effect> {
        let Some(conversation) = self.change(ConversationId::Group(group)) else { return vec![] };
        conversation.members_awaited = false;
        vec![Effect::ListMembers(group)]
    }

    /// Members may have come and gone, and have other roles, without this page hearing of it. The list on the
    /// screen is asked for again.
    pub(super) fn missed_members(&mut self) -> Option<Effect> {
        self.conversations.values_mut().for_each(|conversation| conversation.members_heard += 1);
        let open = self.open.and_then(|id| self.conversation(id)).filter(|open| open.members.is_some());
        open?.group().map(|group| Effect::ListMembers(group.id))
    }

    /// They are told, because the group is gone from their screen. That cannot wait for a name that is not
    /// known.
    pub(super) fn were_removed(&mut self, left: LeftGroup) {
        let LeftGroup { group_id: group, name, removed_by } = left;
        if removed_by.is_some() {
            self.tell_removal(Removal { group, name, by: removed_by });
        }
    }

    /// The server's list does not have a group any more.
    pub(super) fn is_gone(&mut self, id: ConversationId) {
        let group = self.conversation(id).and_then(ConversationState::group).cloned();
        if let Some(Group { id: group, name, .. }) = group {
            self.tell_removal(Removal { group, name, by: None });
        }
        self.leave(id);
    }

    /// This person wanted to look at a group or to join it, and is banned from it or is not.
    pub(crate) fn learn_ban(&mut self, group: GroupId, is_banned: bool) -> Vec<Effect> {
        let is_new = if is_banned { self.banned.insert(group) } else { self.banned.remove(&group) };
        if is_new {
            self.changed(Topic::Conversation(ConversationId::Group(group)));
        }
        vec![]
    }

    /// They are in the group now.
    pub(super) fn is_in(&mut self, id: ConversationId) {
        if let ConversationId::Group(group) = id {
            self.banned.remove(&group);
        }
    }

    /// Whether this person is known to be banned from a group. Nobody is told when that ends; whoever looks at it
    /// or tries to join it again learns it.
    #[must_use]
    pub fn is_banned(&self, group: GroupId) -> bool {
        self.banned.contains(&group)
    }

    fn tell_removal(&mut self, removal: Removal) {
        self.removals.retain(|other| other.group != removal.group);
        self.removals.push(removal);
        self.changed(Topic::Removals);
    }
}
