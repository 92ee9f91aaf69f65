//! Roles in groups, one's own and those of others, and being removed from a group.

use protocol::{ConversationId, GroupId, GroupName, LeftGroup, Role, RoleChanged, UserId};

use super::{ChatState, Effect, Topic};

/// Somebody removed this person from a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// From which.
    pub group: GroupId,
    /// Its name.
    pub name: GroupName,
    /// Who did it.
    pub by: UserId,
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

    /// They are told, because the group is gone from their screen.
    pub(super) fn were_removed(&mut self, left: LeftGroup) -> Vec<Effect> {
        let LeftGroup { group_id: group, name, removed_by } = left;
        let Some(by) = removed_by else { return vec![] };
        self.removal = Some(Removal { group, name, by });
        self.changed(Topic::Removal);
        self.ask_for([by]).into_iter().collect()
    }
}
