//! A part of a list that may be long.

use std::ops::RangeInclusive;

/// What comes behind `after`, and not more than `limit`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<I> {
    pub(crate) after: Option<I>,
    pub(crate) limit: Option<u32>,
}

impl<I> Part<I> {
    pub(super) fn limit(&self, allowed: RangeInclusive<u32>) -> u32 {
        self.limit.unwrap_or(*allowed.end()).clamp(*allowed.start(), *allowed.end())
    }
}

impl<I> Default for Part<I> {
    fn default() -> Self {
        Self { after: None, limit: None }
    }
}
