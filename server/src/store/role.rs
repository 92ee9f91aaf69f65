//! Roles in groups, and who was banned from one.

use super::{Store, part::Part};
use crate::error::{Error, Result};
use protocol::{BannedUser, GroupId, Role, UserId};

impl Store {
    pub(crate) async fn set_role(&self, _: UserId, _: GroupId, _: UserId, _: Role) -> Result<()> {
        Err(Error::role_required("Only the owner of a group may do this."))
    }

    pub(crate) async fn remove_member(&self, _: UserId, _: GroupId, _: UserId) -> Result<()> {
        Err(Error::role_required("Only the owner and the admins of a group may do this."))
    }

    pub(crate) async fn ban(&self, _: UserId, _: GroupId, _: UserId) -> Result<()> {
        Err(Error::role_required("Only the owner and the admins of a group may do this."))
    }

    pub(crate) async fn unban(&self, _: UserId, _: GroupId, _: UserId) -> Result<()> {
        Err(Error::role_required("Only the owner and the admins of a group may do this."))
    }

    pub(crate) async fn banned(&self, _: UserId, _: GroupId, _: Part<UserId>) -> Result<Vec<BannedUser>> {
        Err(Error::role_required("Only the owner and the admins of a group may do this."))
    }
}
