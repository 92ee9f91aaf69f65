//! Options that only programs outside of a browser have; a browser has rules of its own.

use std::fmt;

#[derive(Clone, Default)]
pub(crate) struct NativeOptions {
    pub(crate) headers: Vec<(String, String)>,
    /// PEM.
    pub(crate) roots: Option<Vec<u8>>,
}

impl fmt::Debug for NativeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeOptions").finish_non_exhaustive()
    }
}
