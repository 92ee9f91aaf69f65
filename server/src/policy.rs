//! Who may do what.
//!
//! Everybody who is logged in may find people and public groups, write to anybody, make groups, and look at
//! and join a group whose id they have, unless they are banned from it: the id of a private group is its invitation.
//! Only members have access to what is in a group, from the moment they join to the moment they leave or are removed,
//! including what was written before they joined; whoever has access may react and pin, add others, who can leave
//! again, and mention everybody in a group that is not large. Only who wrote a message may correct it, and only while
//! they have access to it. Nobody reads the conversation of two others: a conversation of two is named by the other
//! person, so there is no way to ask for it.
//!
//! A group has one owner, who gives roles, and removes and bans anybody else. Admins remove and ban those who are
//! neither. Both delete anybody's messages in the group, and mention everybody however large it is.
//!
//! The store asks here in the transaction that does what was asked, so that nothing changes in
//! between. The tests have a table of what each event needs; if an event has no row, they do not build.

use protocol::{Role, UserId};

pub(crate) use protocol::mention::may_mention_all;

use crate::error::{Error, Result};

#[cfg(test)]
mod matrix;

/// A person's relation to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Member(Role),
    /// Is no member, and cannot become one.
    Banned,
    /// Never was a member, or has left, or was removed.
    Stranger,
}

impl Standing {
    /// The role of a member.
    pub(crate) const fn role(self) -> Option<Role> {
        match self {
            Self::Member(role) => Some(role),
            Self::Banned | Self::Stranger => None,
        }
    }
}

/// Whether somebody may read or change what is in a group.
pub(crate) fn enter(is_member: bool) -> Result<()> {
    if is_member { Ok(()) } else { Err(Error::not_a_member()) }
}

/// Whether somebody may become a member of a group; a member stays one.
pub(crate) const fn may_join(standing: Standing) -> bool {
    !matches!(standing, Standing::Banned)
}

/// Whether somebody with this role may give roles.
pub(crate) fn give_roles(mine: Role) -> Result<()> {
    match mine {
        Role::Owner => Ok(()),
        Role::Admin | Role::Member => Err(Error::only_the_owner()),
    }
}

/// Whether somebody with this role may see who is banned, ban people who are no members, and let them in again.
pub(crate) fn moderate(mine: Role) -> Result<()> {
    if mine.moderates() { Ok(()) } else { Err(Error::only_moderators()) }
}

/// Whether somebody with this role may remove or ban a member with that one.
pub(crate) fn remove(mine: Role, theirs: Role) -> Result<()> {
    moderate(mine)?;
    match theirs {
        _ if mine.may_remove(theirs) => Ok(()),
        Role::Owner => Err(Error::nobody_removes_the_owner()),
        Role::Admin | Role::Member => Err(Error::only_the_owner()),
    }
}

/// Whether somebody may correct a message: its author alone.
pub(crate) fn correct(me: UserId, author: UserId) -> Result<()> {
    if me == author { Ok(()) } else { Err(Error::not_your_message()) }
}

/// Whether somebody may delete a message that somebody else wrote, in a group in which they have this role; there is
/// none in a private conversation.
pub(crate) fn delete(mine: Option<Role>) -> Result<()> {
    match mine {
        Some(role) if role.moderates() => Ok(()),
        Some(_) => Err(Error::not_your_message_in_a_group()),
        None => Err(Error::not_your_message()),
    }
}
