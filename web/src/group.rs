//! Making a group, finding one, leaving one.

pub(crate) mod find_group;
pub(crate) mod found_group;
pub(crate) mod leave_group;
pub(crate) mod new_group;
