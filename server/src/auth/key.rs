//! The signing key: 32 random bytes in the data directory, made at the first start.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use crate::{
    data_dir::{DataDir, private},
    error::StartError,
};

const FILE: &str = "signing.key";

pub(crate) type SigningKey = [u8; 32];

/// Reads the key, or makes it if it is missing.
pub(crate) fn load(data_dir: &DataDir) -> Result<SigningKey, StartError> {
    let unusable = |cause| StartError::DataDir { path: data_dir.path().to_owned(), cause };
    let path = data_dir.path().join(FILE);
    if !path.try_exists().map_err(unusable)? {
        let mut key = SigningKey::default();
        getrandom::fill(&mut key).map_err(|error| StartError::Random(error.to_string()))?;
        write(data_dir.path(), &key).map_err(unusable)?;
    }
    fs::read(&path).map_err(unusable)?.try_into().map_err(|_| StartError::SigningKey(path))
}

/// Writes under another name first, so that a crash does not leave half a key.
fn write(data_dir: &Path, key: &SigningKey) -> io::Result<()> {
    let unfinished = data_dir.join("signing.key.new");
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&unfinished)?;
    file.write_all(key)?;
    file.sync_all()?;
    fs::rename(unfinished, data_dir.join(FILE))
}
