//! Options that only programs outside of a browser have; a browser has rules of its own.

use std::fmt;

use crate::Options;

#[derive(Clone, Default)]
pub(crate) struct NativeOptions {
    pub(super) headers: Vec<(String, String)>,
    /// PEM.
    pub(super) roots: Option<Vec<u8>>,
}

impl fmt::Debug for NativeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeOptions").finish_non_exhaustive()
    }
}

impl Options {
    /// Sends a header with every request, that of the WebSocket included. Natively only: a browser
    /// lets no program choose the headers of a WebSocket.
    ///
    /// If a header cannot be sent, [`Notice::Disconnected`](crate::Notice::Disconnected) says so as its
    /// reason.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.native.headers.push((name.into(), value.into()));
        self
    }

    /// Trusts the certificates in this PEM text, and no others, to have signed the server's
    /// certificate: for a server with an authority of its own. Natively only. Without it, the
    /// authorities that the operating system trusts are trusted.
    #[must_use]
    pub fn roots(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.native.roots = Some(pem.into());
        self
    }
}
