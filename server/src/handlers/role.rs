//! Roles in groups, and removing and banning people.

use protocol::{BanMember, BannedUser, Handle, ListBanned, RemoveMember, SetRole, UnbanMember};

use crate::{error::Result, session::Session, store::part::Part};

impl Handle<SetRole> for Session {
    async fn handle(&self, event: SetRole) -> Result<()> {
        let SetRole { group_id, user_id, role } = event;
        self.app.store.set_role(self.user.id, group_id, user_id, role).await
    }
}

impl Handle<RemoveMember> for Session {
    async fn handle(&self, event: RemoveMember) -> Result<()> {
        self.app.store.remove_member(self.user.id, event.group_id, event.user_id).await
    }
}

impl Handle<BanMember> for Session {
    async fn handle(&self, event: BanMember) -> Result<()> {
        self.app.store.ban(self.user.id, event.group_id, event.user_id).await
    }
}

impl Handle<UnbanMember> for Session {
    async fn handle(&self, event: UnbanMember) -> Result<()> {
        self.app.store.unban(self.user.id, event.group_id, event.user_id).await
    }
}

impl Handle<ListBanned> for Session {
    async fn handle(&self, event: ListBanned) -> Result<Vec<BannedUser>> {
        let ListBanned { group_id, after, limit } = event;
        self.app.store.banned(self.user.id, group_id, Part { after, limit }).await
    }
}
