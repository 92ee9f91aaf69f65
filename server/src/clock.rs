//! The time of day, and ids that begin with it.

use std::time::{SystemTime, UNIX_EPOCH};

use protocol::Timestamp;
use uuid::Uuid;

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// 16 bytes that sort by the time they were made, so that new rows go to the end of an index.
pub(crate) fn new_id() -> [u8; 16] {
    Uuid::now_v7().into_bytes()
}
