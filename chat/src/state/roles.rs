//! Roles in groups, one's own and those of others, and being removed from a group.

use protocol::{ConversationId, Group, GroupId, GroupName, LeftGroup, Role, RoleChanged, UserId};

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
            let members = conversation.members.iter_mut().flatten();
            members.filter(|member| member.id == user_id).for_each(|member| member.role = role);
        }
        // An answer that is on its way may say what was before.
        self.sync_is_stale |= is_mine && self.syncing.is_some();
        vec![]
    }

    /// This person made a group.
    pub(crate) fn made(&mut self, group_id: GroupId) -> Vec<Effect> {
        self.role_changed(RoleChanged { group_id, user_id: self.me.id, role: Role::Owner })
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

    fn tell_removal(&mut self, removal: Removal) {
        self.removals.retain(|other| other.group != removal.group);
        self.removals.push(removal);
        self.changed(Topic::Removals);
    }
}
