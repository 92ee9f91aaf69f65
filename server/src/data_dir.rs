//! The data directory. It belongs to this process alone as long as the value exists.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::error::StartError;

/// The file that is locked. Nothing is ever written to it, and nobody needs to delete it.
const LOCK: &str = "parlance.lock";

/// Two servers on one directory would not know of each other's sockets, and both would write.
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
    /// The directory itself, locked where the system allows it. So there is no second server even if somebody
    /// deletes the lock file because it looks useless.
    _directory: Option<File>,
}

impl DataDir {
    /// Makes the directory if it is missing, and locks it before anything in it is read. If two servers start
    /// for the first time at once, only one of them makes a key.
    pub(crate) fn take(path: &Path) -> Result<Self, StartError> {
        let unusable = |cause| StartError::DataDir { path: path.to_owned(), cause };
        make_private(path).map_err(unusable)?;
        let lock = private(OpenOptions::new().write(true).create(true).truncate(false))
            .open(path.join(LOCK))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StartError::InUse(path.to_owned())),
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        let directory = if cfg!(unix) { File::open(path).ok() } else { None };
        if let Some(Err(TryLockError::WouldBlock)) = directory.as_ref().map(File::try_lock) {
            return Err(StartError::InUse(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), _lock: lock, _directory: directory })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// A file that only its owner can read: there are messages or keys in it.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// A directory that is made here can be read only by its owner.
fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{auth::key, testing::scratch};

    #[test]
    fn a_directory_has_one_server_whatever_is_deleted_in_it() {
        let scratch = scratch();
        let held = DataDir::take(scratch.path()).unwrap();
        key::in_data_dir(&held).unwrap();
        let second = || DataDir::take(scratch.path()).map(|_| ()).unwrap_err();
        assert!(matches!(second(), StartError::InUse(_)));
        fs::remove_file(scratch.path().join("signing.key")).unwrap();
        assert!(matches!(second(), StartError::InUse(_)));
        #[cfg(unix)]
        {
            fs::remove_file(scratch.path().join(LOCK)).unwrap();
            assert!(matches!(second(), StartError::InUse(_)));
        }
        drop(held);
        DataDir::take(scratch.path()).unwrap();
    }

    #[test]
    fn of_many_first_starts_at_once_one_gets_the_directory() {
        for _ in 0..20 {
            let scratch = scratch();
            let path = scratch.path().join("new");
            let start = std::sync::Barrier::new(8);
            let taken = std::thread::scope(|scope| {
                let first = || {
                    start.wait();
                    let held = DataDir::take(&path).ok()?;
                    key::in_data_dir(&held).unwrap();
                    Some(held)
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(first)).collect();
                threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            });
            assert_eq!(taken.len(), 1);
        }
    }
}
