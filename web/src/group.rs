//! Making a group, finding one, adding people to one, leaving one, being removed from one; roles.

pub(crate) mod add_people;
mod asked_groups;
mod choose_people;
pub(crate) mod find_group;
pub(crate) mod found_group;
pub(crate) mod leave_group;
pub(crate) mod new_group;
pub(crate) mod removed;
pub(crate) mod roles;
