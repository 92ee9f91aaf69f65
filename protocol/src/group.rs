//! Groups: making, finding, joining and leaving them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{GroupId, UserId},
    number::{Seq, Timestamp},
    text::{ClientId, GroupName},
    user::User,
};

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    #[serde(deserialize_with = "crate::text::stored")]
    pub name: GroupName,
    /// Who can find it.
    pub visibility: Visibility,
    /// How many members it has.
    pub member_count: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who can find a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Visibility {
    /// Everybody finds it and may join.
    Public,
    /// Nobody finds it; a person who was given its id may join.
    Private,
}

/// Makes a group. You are its first member, and its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateGroup {
    /// Its name.
    pub name: GroupName,
    /// Who can find it.
    pub visibility: Visibility,
    /// Identifies this request, so that it can be sent again if the answer did not arrive: then the
    /// answer is the group that it made the first time, and no second one is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

/// Joins a group. Membership lasts until you leave or are removed; joining again is harmless. Who is banned from
/// the group is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinGroup {
    /// The group.
    pub group_id: GroupId,
}

/// Leaves a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaveGroup {
    /// The group.
    pub group_id: GroupId,
}

/// Searches the public groups by a part of their name; an empty query finds all. At most 100: first those with
/// exactly this name, then those whose names begin with it, then the others, each by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindGroups {
    /// A part of the name. Case, accents and the width of letters do not matter.
    #[serde(default)]
    pub query: String,
}

/// Asks for the groups that you are a member of, by name. A page that is shorter than its limit is the
/// last one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListGroups {
    /// The last group of the page before; left out for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<GroupId>,
    /// How many at most: 1 to 1,000, 1,000 if left out; a number outside of that is moved to its
    /// nearest end.
    #[serde(
        default,
        deserialize_with = "crate::number::page_length",
        skip_serializing_if = "Option::is_none"
    )]
    pub limit: Option<u32>,
}

/// Looks at one group: one of yours, a public one, or a private one whose id you were given, unless you are banned
/// from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GetGroup {
    /// The group.
    pub group_id: GroupId,
}

/// Asks for the members of a group that you are a member of, by name. A page that is shorter than its
/// limit is the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListMembers {
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

impl ListMembers {
    /// The first page.
    #[must_use]
    pub fn of(group_id: GroupId) -> Self {
        Self { group_id, after: None, limit: None }
    }
}

/// Makes people members of a group that you are a member of: all of them, or none. For people who are
/// members already nothing changes. If one of them is banned from the group, nobody is added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddMembers {
    /// The group.
    pub group_id: GroupId,
    /// The people, at most 50.
    pub user_ids: Vec<UserId>,
}

/// Asks for the groups that both you and somebody else are members of, by name; at most 100.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListSharedGroups {
    /// The other person.
    pub user_id: UserId,
}

/// Somebody joined a group or left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipChange {
    /// Its place among the changes of the group: each has a greater one than those before.
    pub number: u64,
    /// The `seq` of the message after which it happened; 0 before the first.
    pub after: Seq,
    /// Who.
    pub user_id: UserId,
    /// Whether they joined; if not, they left.
    pub joined: bool,
    /// Who removed them; left out if they left by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_by: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// Confirms on all of your devices that you joined a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinedGroup {
    /// The group.
    pub group_id: GroupId,
    /// Its name.
    #[serde(deserialize_with = "crate::text::stored")]
    pub name: GroupName,
}

/// Confirms on all of your devices that you left a group, or tells you that you were removed from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftGroup {
    /// The group.
    pub group_id: GroupId,
    /// Its name.
    #[serde(deserialize_with = "crate::text::stored")]
    pub name: GroupName,
    /// Who removed you; left out if you left by yourself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_by: Option<UserId>,
}

/// Tells a group's other members that somebody joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserJoinedGroup {
    /// The group.
    pub group_id: GroupId,
    /// Who joined.
    pub user: User,
}

/// Tells a group's other members that somebody left, or was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserLeftGroup {
    /// The group.
    pub group_id: GroupId,
    /// Who left.
    pub user_id: UserId,
    /// Who removed them; left out if they left by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_by: Option<UserId>,
}
