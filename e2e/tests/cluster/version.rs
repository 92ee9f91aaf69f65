//! What pages show of the version that they were built from.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use protocol::{Catalogue as _, Chat, ConnectAuth, LoggedIn, version::NEEDS};
use typed_socketio::documents::compatibility::Version;

/// A page's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Built {
    /// From today's catalogue.
    Today,
    /// From the first one with the same first number. Every server of them serves it.
    Before,
    /// From one with something added, which it can do without.
    Later,
}

/// Whether the people have loaded their pages again, from servers of an older version. For all pages together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reloaded(Arc<AtomicBool>);

impl Reloaded {
    pub(crate) fn set(&self, reloaded: bool) {
        self.0.store(reloaded, Ordering::Relaxed);
    }
}

impl Built {
    /// What it shows when it connects.
    pub(crate) fn auth(self, person: &LoggedIn) -> ConnectAuth {
        let [before, later] = versions().map(|version| Some(version.to_string()));
        let today = ConnectAuth::new(person.token.clone());
        match self {
            Self::Today => today,
            Self::Before => ConnectAuth { protocol: before, needs: None, ..today },
            Self::Later => ConnectAuth { protocol: later, needs: Some(NEEDS.to_owned()), ..today },
        }
    }

    /// The same for each connection, which is another one after the page was loaded again.
    pub(crate) fn shows(
        self,
        person: &LoggedIn,
        reloaded: &Reloaded,
    ) -> impl Fn() -> ConnectAuth + Send + Sync + use<> {
        let (auth, older) = (self.auth(person), Self::Before.auth(person));
        let reloaded = reloaded.clone();
        move || if reloaded.0.load(Ordering::Relaxed) { older.clone() } else { auth.clone() }
    }
}

fn versions() -> [Version; 2] {
    let today = Version::parse(Chat::VERSION).unwrap_or(Version { major: 1, minor: 0 });
    [Version { minor: 0, ..today }, Version { minor: today.minor + 1, ..today }]
}
