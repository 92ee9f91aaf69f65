//! Who may do what.
//!
//! Everybody who is logged in may find people and public groups, write to anybody, make groups, and look at
//! and join a group whose id they have: the id of a private group is its invitation. Only members have access
//! to what is in a group, from the moment they join to the moment they leave, including what was written
//! before they joined; whoever has access may react and pin, and mention everybody in a
//! group that is not large. Only who wrote a message may correct or delete
//! it, and only while they have access to it. Any member may add others, who can leave again. Nobody reads the conversation of two
//! others: a conversation of two is named by the other person, so there is no way to ask for it.
//!
//! The store asks [`enter`] in the transaction that does what was asked, so that nothing changes in
//! between. The tests have a table of what each event needs; if an event has no row, they do not build.

use protocol::{UserId, limits};

use crate::error::{Error, Result};

#[cfg(test)]
mod matrix;

/// A person's relation to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Member,
    /// Never was a member, or has left.
    Stranger,
}

/// Whether somebody may read or change what is in a group.
pub(crate) fn enter(standing: Standing) -> Result<()> {
    match standing {
        Standing::Member => Ok(()),
        Standing::Stranger => Err(Error::not_a_member()),
    }
}

/// Whether somebody in a group may mention everybody in it at once. There are no roles, so anybody may, as
/// long as the group is not large.
pub(crate) const fn may_mention_all(members: u64) -> bool {
    members <= limits::MENTION_ALL_MEMBERS
}

/// Whether somebody may correct or delete a message: its author alone.
pub(crate) fn correct(me: UserId, author: UserId) -> Result<()> {
    if me == author { Ok(()) } else { Err(Error::not_your_message()) }
}
