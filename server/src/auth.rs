//! Who somebody is: passwords, the token that a connection shows, the cookie that renews it.

pub(crate) mod device;
pub(crate) mod guess;
pub(crate) mod key;
pub(crate) mod name;
pub(crate) mod password;
pub(crate) mod refresh;
pub(crate) mod token;
