//! The signing key: 32 random bytes, made at the first start. With SQLite it is in a file in the data directory. With
//! PostgreSQL it is in the database, because all servers on it accept each other's tokens.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    path::Path,
};

use crate::{
    data_dir::{DataDir, private},
    error::StartError,
};

const FILE: &str = "signing.key";

pub(crate) type SigningKey = [u8; 32];

/// The key that is in the database and that several servers share; if there is none, the one in the file, which is made if it
/// is missing.
pub(crate) fn load(data_dir: &DataDir, shared: Option<SigningKey>) -> Result<SigningKey, StartError> {
    let Some(shared) = shared else { return in_data_dir(data_dir) };
    let path = data_dir.path().join(FILE);
    if fs::read(&path).is_ok_and(|own| own != shared) {
        tracing::warn!(
            file = %path.display(),
            "the signing key in this file is not used: the one in the database is. The file can be deleted."
        );
    }
    Ok(shared)
}

/// The key in the file, which is made if it is missing.
pub(crate) fn in_data_dir(data_dir: &DataDir) -> Result<SigningKey, StartError> {
    if let Some(key) = in_file(data_dir.path())? {
        return Ok(key);
    }
    let key = random()?;
    write(data_dir.path(), &key)
        .map_err(|cause| StartError::DataDir { path: data_dir.path().to_owned(), cause })?;
    Ok(key)
}

/// The key in the file, if there is one.
pub(crate) fn in_file(data_dir: &Path) -> Result<Option<SigningKey>, StartError> {
    let path = data_dir.join(FILE);
    match fs::read(&path) {
        Ok(key) => key.try_into().map(Some).map_err(|_| StartError::SigningKey(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(StartError::DataDir { path: data_dir.to_owned(), cause }),
    }
}

/// A new key.
pub(crate) fn random() -> Result<SigningKey, StartError> {
    let mut key = SigningKey::default();
    getrandom::fill(&mut key).map_err(|error| StartError::Random(error.to_string()))?;
    Ok(key)
}

/// Writes under another name first, so that a crash does not leave half a key.
fn write(data_dir: &Path, key: &SigningKey) -> io::Result<()> {
    let unfinished = data_dir.join("signing.key.new");
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&unfinished)?;
    file.write_all(key)?;
    file.sync_all()?;
    fs::rename(unfinished, data_dir.join(FILE))
}
