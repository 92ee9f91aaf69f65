//! Roles in groups: who may change who is in a group, and keep people out of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{GroupId, UserId},
    number::Timestamp,
    text::Username,
    user::User,
};

/// What a member of a group may do there. Each role may do what those before it may, too.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Reads and writes, and adds people.
    #[default]
    Member,
    /// Removes and bans members, deletes anybody's messages, and mentions everybody also in a large group.
    Admin,
    /// Also gives roles, and removes and bans admins. A group with members has exactly one owner: first the
    /// person who made it. When the owner leaves, the admin who has been in the group for longest follows, or
    /// if there is none, such a member.
    Owner,
}

impl Role {
    /// Whether it is the one that most people have; it is left out on the wire.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub fn is_member(&self) -> bool {
        *self == Self::Member
    }

    /// Whether whoever has it may remove and ban others, and delete their messages.
    #[must_use]
    pub fn moderates(self) -> bool {
        self >= Self::Admin
    }

    /// Whether whoever has it may remove and ban somebody who has this role: the owner everybody else, an
    /// admin members.
    #[must_use]
    pub fn may_remove(self, other: Self) -> bool {
        self.moderates() && self > other
    }
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Their id.
    pub id: UserId,
    /// Their name.
    #[serde(deserialize_with = "crate::text::stored")]
    pub username: Username,
    /// Their role in the group; left out if it is `member`.
    #[serde(default, skip_serializing_if = "Role::is_member")]
    pub role: Role,
}

impl Member {
    /// A person with a role.
    #[must_use]
    pub fn new(User { id, username }: User, role: Role) -> Self {
        Self { id, username, role }
    }
}

impl From<Member> for User {
    fn from(Member { id, username, .. }: Member) -> Self {
        Self { id, username }
    }
}

/// Gives a member of a group a role. If you make somebody else the owner, you become an admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetRole {
    /// The group.
    pub group_id: GroupId,
    /// Whom.
    pub user_id: UserId,
    /// Their role from now on.
    pub role: Role,
}

/// Removes a member from a group. They may join again. If they are not in it, nothing changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoveMember {
    /// The group.
    pub group_id: GroupId,
    /// Whom.
    pub user_id: UserId,
}

/// Removes somebody from a group, if they are in it, and keeps them out of it: they can neither join nor be
/// added. Banning again is harmless. At most 1,000 people are banned from a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BanMember {
    /// The group.
    pub group_id: GroupId,
    /// Whom: a member or anybody else.
    pub user_id: UserId,
}

/// Lets somebody who was banned from a group join it again. It does not make them a member. If they are not
/// banned, nothing changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnbanMember {
    /// The group.
    pub group_id: GroupId,
    /// Whom.
    pub user_id: UserId,
}

/// Asks for the people who are banned from a group, by name. A page that is shorter than its limit is the
/// last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListBanned {
    /// The group.
    pub group_id: GroupId,
    /// The last person of the page before; left out for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<UserId>,
    /// How many at most: 1 to 1,000, 1,000 if left out; a number outside of that is moved to its
    /// nearest end.
    #[serde(
        default,
        deserialize_with = "crate::number::page_length",
        skip_serializing_if = "Option::is_none"
    )]
    pub limit: Option<u32>,
}

impl ListBanned {
    /// The first page.
    #[must_use]
    pub const fn of(group_id: GroupId) -> Self {
        Self { group_id, after: None, limit: None }
    }
}

/// Somebody who is banned from a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BannedUser {
    /// Their id.
    pub id: UserId,
    /// Their name.
    #[serde(deserialize_with = "crate::text::stored")]
    pub username: Username,
    /// Who banned them.
    pub banned_by: UserId,
    /// When.
    pub banned_at: Timestamp,
}

/// Tells everybody in a group that somebody there has another role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleChanged {
    /// The group.
    pub group_id: GroupId,
    /// Who.
    pub user_id: UserId,
    /// Their role from now on.
    pub role: Role,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_without_a_special_role_looks_like_a_user_on_the_wire() {
        let json = r#"{"id":"0192e4a0-7b3c-7000-8000-00000000000b","username":"ben"}"#;
        let mut member: Member = serde_json::from_str(json).unwrap();
        assert_eq!(member.role, Role::Member);
        assert_eq!(serde_json::to_string(&member).unwrap(), json);
        member.role = Role::Owner;
        let json = json.replace('}', r#","role":"owner"}"#);
        assert_eq!(serde_json::to_string(&member).unwrap(), json);
        let user: User = serde_json::from_str(&json).unwrap();
        assert_eq!(user, member.into());
    }

    #[test]
    fn nobody_removes_somebody_who_may_do_as_much() {
        use Role::{Admin, Member, Owner};
        let may = [Member, Admin, Owner].map(|one| [Member, Admin, Owner].map(|other| one.may_remove(other)));
        assert_eq!(may, [[false, false, false], [true, false, false], [true, true, false]]);
    }
}
