//! Roles in groups, which people outside of this world give.

use protocol::{GroupId, Role, RoleChanged, ServerEvent, UserId};

use super::{Frames, Server, encode};

impl Server {
    pub(super) fn role(&self, user: UserId, group: GroupId) -> Role {
        self.files.roles.get(&(user, group)).copied().unwrap_or_default()
    }

    /// Somebody gives a member another role. Returns what the members are told about it.
    pub(crate) fn give_role(&mut self, group_id: GroupId, user_id: UserId, role: Role) -> Frames {
        if !self.is_member(user_id, group_id) || self.role(user_id, group_id) == role {
            return vec![];
        }
        self.files.roles.insert((user_id, group_id), role);
        let frame = encode(&ServerEvent::RoleChanged(RoleChanged { group_id, user_id, role }));
        let hears = |(user, joined): &(UserId, bool)| *joined && self.is_member(*user, group_id);
        let sockets = self.transports.iter().filter(|(_, socket)| hears(socket));
        sockets.map(|(transport, _)| (*transport, frame.clone())).collect()
    }
}
