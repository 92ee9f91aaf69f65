//! The signing key: 32 random bytes in the data directory, made at the first start.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::Path,
};

use crate::error::StartError;

const FILE: &str = "signing.key";

pub(crate) type SigningKey = [u8; 32];

/// The key, and the data directory as this process's own for as long as it is held: two servers
/// on one directory would not know of each other's sockets.
pub(crate) struct Held {
    pub(crate) key: SigningKey,
    pub(crate) lock: File,
}

/// Makes the data directory and the key in it where they are missing, and takes hold of them.
pub(crate) fn hold(data_dir: &Path) -> Result<Held, StartError> {
    let unusable = |cause| StartError::DataDir { path: data_dir.to_owned(), cause };
    make_private(data_dir).map_err(unusable)?;
    let path = data_dir.join(FILE);
    if !path.try_exists().map_err(unusable)? {
        let mut key = SigningKey::default();
        getrandom::fill(&mut key).map_err(|error| StartError::Random(error.to_string()))?;
        write(data_dir, &key).map_err(unusable)?;
    }
    let mut lock = File::open(&path).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StartError::InUse(data_dir.to_owned())),
        Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
    }
    let mut bytes = Vec::new();
    lock.read_to_end(&mut bytes).map_err(unusable)?;
    let key = bytes.try_into().map_err(|_| StartError::SigningKey(path))?;
    Ok(Held { key, lock })
}

/// Where it is made anew it is its owner's alone: there are messages in it.
fn make_private(data_dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data_dir)
}

/// Under another name first, so that a crash leaves no half of a key.
fn write(data_dir: &Path, key: &SigningKey) -> io::Result<()> {
    let unfinished = data_dir.join("signing.key.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(key)?;
    file.sync_all()?;
    fs::rename(unfinished, data_dir.join(FILE))
}
